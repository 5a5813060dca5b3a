"""The session table of a database that was named: shown, checked or created, with what stands beside it, reshaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from sessile.cli import additions
from sessile.cli.additions import Task, Wanted
from sessile.cli.given import database_to_use, named
from sessile.cli.output import Show, working
from sessile.cli.reshaping import Reshaping
from sessile.doctor.evidence import database as collector
from sessile.doctor.evidence.opening import NotEvidence
from sessile.doctor.evidence.sorting import Item
from sessile.doctor.facts import Database, Unknown
from sessile.doctor.facts.database import Server
from sessile.doctor.fixes.hardened import HARDENED, USERS
from sessile.doctor.masking import excerpt
from sessile.doctor.report import table as report
from sessile.session.user import UserKeys
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.table import TableName, defects, table_sql

DEFECTS = 1


def task(*, sql: bool, check: bool, create: bool, drop: bool) -> Task:
    """What the options ask for of what stands beside the table."""
    if drop:
        return Task.DROP_SQL if sql else Task.DROP
    return Task.SQL if sql else Task.CHECK if check else Task.CREATE if create else Task.SHOW


@dataclass(frozen=True, slots=True)
class Named:
    """The table as the command line names it: where its database is, and what it is called; None is found by its looks.

    Every method returns the exit status, and raises NotEvidence where there is no database, or it cannot be looked at.
    """

    what: Sequence[str] | None
    table: str | None
    show: Show

    def shown(self, *, check: bool, create: bool) -> int:
        """Show it, or only what is wrong with it, after it was created if that was asked for."""
        name = TableName.parse(self.table or "session")
        database = database_to_use(self.what)
        if create:
            _create(database, name)
        with working("looking at the table"):
            seen = _look(database, self.table or (name.table if create else None))
        return _show(self.show, seen, named(database, self.table), check=check or create)

    def with_additions(self, task: Task, *, triggers: bool, journal: bool, time_zone: str | None) -> int:
        """Do the task with what may stand beside it."""
        database = database_to_use(self.what)
        with working("looking at the table"):
            seen = _look(database, self.table)
        if isinstance(seen.table, TableShape):
            name = TableName(seen.table.name, seen.table.schema)
        elif task is Task.CREATE:
            name = TableName.parse(self.table or "session")
        elif task in (Task.SHOW, Task.CHECK):
            return _show(self.show, seen, named(database, self.table), check=True)
        else:
            raise NotEvidence("there is no session table: create it first, sessile table --create")
        wanted = Wanted(name, triggers, journal, time_zone)
        return additions.run(task, wanted, database.url or "", named(database, self.table), self.show)

    def reshaped(self, keys: UserKeys, zone: str | None, owner: str | None, *, hardened: bool, apply: bool, undo: bool) -> int:
        """Plan, do or take back what it may have beyond what Express needs."""
        reshaping = Reshaping(HARDENED if hardened else USERS, keys, zone, owner)
        return reshaping.run(_look, database_to_use(self.what), self.table, self.show, apply=apply, undo=undo)


def _create(database: Item, name: TableName) -> None:
    try:
        with psycopg.connect(Address.parse(database.url or "").conninfo, connect_timeout=10, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '5s'")
            connection.execute(table_sql(name).encode())
    except psycopg.Error as error:
        hint = f"let the owner run: sessile table --sql --table {name.table} | psql"
        raise NotEvidence(f"{name.qualified} was not created: {excerpt(str(error))}; {hint}") from error


def _look(database: Item, table: str | None) -> Database:
    now = datetime.now(UTC)
    seen = collector.collect(database.url or "", table=table, full_scan=False, experiment=False, deadline=15.0, now=now)
    if seen.failure:
        raise NotEvidence(f"{seen.address} could not be looked at: {excerpt(seen.failure.message)}")
    if isinstance(seen.table, Unknown):
        raise NotEvidence(f"the table could not be looked at: {seen.table.why}")
    return seen


def _show(show: Show, seen: Database, database: str, *, check: bool) -> int:
    table = seen.table
    if not isinstance(table, TableShape):
        show.page.paragraph("There is no session table. This creates it:", indent=0)
        show.page.command(f"sessile table --create {database}", indent=2)
        return DEFECTS
    found = tuple(defects(table))
    if check:
        report.write_defects(show.page, table, found, database)
        return DEFECTS if found else 0
    user = seen.server.user if isinstance(seen.server, Server) else "?"
    report.write(show.page, table, user, found, database)
    return 0
