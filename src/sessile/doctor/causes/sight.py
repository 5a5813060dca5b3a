"""What a cause can see of the database, or the finding that says why it cannot."""

from sessile.doctor.facts import Database, Facts
from sessile.doctor.facts.database import Experiment, Rows, Server
from sessile.doctor.findings import Need, RuledOut, Unseen
from sessile.stores.postgres.shape import Kind, TableShape, quoted

DEFAULT_NAME = "session"


def database(facts: Facts) -> Database | Unseen:
    """The database, whether or not the doctor could connect to it."""
    return facts.database if isinstance(facts.database, Database) else Unseen(Need.DATABASE, facts.database.why)


def server(facts: Facts) -> Server | Unseen:
    """The server as the connected role meets it."""
    seen = database(facts)
    if isinstance(seen, Unseen):
        return seen
    return seen.server if isinstance(seen.server, Server) else Unseen(Need.DATABASE, seen.server.why)


def relation(facts: Facts) -> TableShape | RuledOut | Unseen:
    """The relation that should hold the sessions, whatever its columns."""
    seen = database(facts)
    if isinstance(seen, Unseen):
        return seen
    if seen.table is None or _belongs_elsewhere(seen.table):
        return RuledOut("there is no session table")
    return seen.table if isinstance(seen.table, TableShape) else Unseen(Need.DATABASE, seen.table.why)


def table(facts: Facts) -> TableShape | RuledOut | Unseen:
    """The session table, with its three columns."""
    seen = relation(facts)
    if isinstance(seen, TableShape) and not seen.holds_sessions:
        return RuledOut(f"{seen.qualified} does not hold sessions")
    return seen


def heap(table: TableShape) -> Kind:
    """What kind of relation keeps the rows: of a view, the one behind it."""
    while table.base:
        table = table.base
    return table.kind


def misfit(facts: Facts) -> tuple[str, tuple[str, ...]] | None:
    """The relation that stands where the session table should be without being one: its name and its columns."""
    seen = database(facts)
    if isinstance(seen, Unseen) or _belongs_elsewhere(seen.table):
        return None
    if isinstance(seen.table, TableShape):
        columns = tuple(column.name for column in seen.table.columns)
        return None if seen.table.holds_sessions else (seen.table.qualified, columns)
    named = (r for r in seen.relations if r.name == DEFAULT_NAME and r.in_search_path and not r.holds_sessions)
    return next(((f"{quoted(r.schema)}.{quoted(r.name)}", r.columns) for r in named), None) if seen.table is None else None


def rows(facts: Facts) -> Rows | Unseen:
    """The figures over the session table's rows."""
    seen = database(facts)
    if isinstance(seen, Unseen):
        return Unseen(Need.ROWS, seen.why)
    return seen.rows if isinstance(seen.rows, Rows) else Unseen(Need.ROWS, seen.rows.why)


def experiment(facts: Facts) -> Experiment | Unseen:
    """The login's own statements, as the doctor ran them."""
    seen = database(facts)
    if isinstance(seen, Unseen):
        return seen
    return seen.experiment if isinstance(seen.experiment, Experiment) else Unseen(Need.DATABASE, seen.experiment.why)


def passed(facts: Facts) -> bool:
    """Whether the login's own statements were run and did what a login needs."""
    seen = experiment(facts)
    return isinstance(seen, Experiment) and seen.passed


def _belongs_elsewhere(table: object) -> bool:
    """Whether it is another library's table in a schema where nobody looks for sessions."""
    return isinstance(table, TableShape) and not table.holds_sessions and not table.in_search_path
