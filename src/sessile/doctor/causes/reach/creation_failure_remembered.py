"""The store remembers that it failed once to create its table, and fails every request until it is restarted.

Symptom: after several instances started together, or after a trouble at the start, one instance answers 500 to every request
    with a session for hours, while the database is well and other instances work.
Evidence: the same error from the table's creation again and again: connect-pg-simple with createTableIfMissing keeps the
    first rejection and answers every later query with it. 23505 on pg_type_typname_nsp_index is a race between instances.
Tell apart: PostgreSQL's own log has the error once. A 23505 that names session_pkey is about rows, not about creation.
Fix: restart that instance alone; nobody is logged out. Then create the table in a migration and turn the option off.
"""

from datetime import timedelta

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.address import Address
from sessile.doctor.causes.errors.reach import REFUSED
from sessile.doctor.causes.signs import Sighting, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.logs import Event, Kind
from sessile.doctor.findings import Confirmed, Finding, Level, Need, Remedy, RuledOut, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("store-init-promise-poisoned", "ddl-concurrent-create-race")
REMEDY = Remedy(
    "Restart the instances that say so, one by one; then create the table beforehand and turn createTableIfMissing off",
    'sessile table --create "$DATABASE_URL"',
)
LINKS = {"server errors with a cookie": Level.ALWAYS, "save errors": Level.USUALLY, "intermittent 401": Level.SOMETIMES}

RACE = Sign(
    ("23505", "42710"),
    only=r'pg_(type_typname|class_relname)_nsp_index|type "[^"]+" already exists',
)
CREATION = (
    Sign(("42P07",), only=r'relation "(?![^"]*(_pkey|_expire)")[^"]+" already exists'),
    Sign(("42501",), only="permission denied for schema"),
    Sign(("3F000",), text=r'schema "[^"]+" does not exist'),
    Sign(("ENOENT",), only=r"table\.sql"),
)
SETTLING = timedelta(seconds=30)
OUTAGE = (REFUSED, Sign(("CONNECTION_TERMINATED", "57P01", "57P03")))


def judge(facts: Facts) -> Finding:
    if not facts.logs:
        return Unseen(Need.LOG, "no log was given")
    table = sight.table(facts)
    in_order = isinstance(table, TableShape) and table.arbiter is not None
    candidates = list(signs.sightings(facts, RACE))
    if in_order:
        candidates += [s for sign in CREATION for s in signs.sightings(facts, sign)]
        candidates += [s for sign in OUTAGE for s in signs.sightings(facts, sign) if _after_the_outage(facts, s)]
    remembered = [sighting for sighting in candidates if _goes_on(sighting)]
    if remembered:
        evidence = tuple(sighting.error.evidence for sighting in remembered)
        return Confirmed((*evidence, *_contrast(table)), certainty=0.97 if in_order else signs.A_LOGS_WORD)
    if candidates:
        return RuledOut("the table's creation failed, and not again after that")
    return signs.absent(facts)


def _goes_on(sighting: Sighting) -> bool:
    """Whether one run of the process met it more than once, and the last run did not get over it."""
    error = sighting.error
    if sighting.log is None or sighting.event is None or not sighting.in_last_run:
        return False
    repeated = error.count > max(1, len(error.boots))
    worked = [event for kind in (Kind.SAVED, Kind.AUTHORIZED) for event in sighting.log.of(kind)]
    over = any(event.last.line > sighting.event.last.line for event in worked)
    return repeated and (not over or any(_between(event, sighting.event) for event in worked))


def _between(worked: Event, failed: Event) -> bool:
    """Whether sessions worked while it went on: the log is of several instances, and another one is well."""
    return failed.first.line < worked.first.line < failed.last.line


def _after_the_outage(facts: Facts, sighting: Sighting) -> bool:
    """Whether an instance says that the server is not there while it is."""
    server = sight.server(facts)
    if not isinstance(server, Server) or sighting.error.last is None:
        return False
    time = sighting.error.last.time
    if time is not None:
        return time > server.started - server.clock_ahead + SETTLING and not _elsewhere(facts, sighting)
    address = Address.of(sighting.error.message)
    return address is not None and address.reached(facts)


def _elsewhere(facts: Facts, sighting: Sighting) -> bool:
    address = Address.of(sighting.error.message)
    return address is not None and not address.reached(facts)


def _contrast(table: object) -> tuple[Evidence, ...]:
    if not isinstance(table, TableShape) or table.arbiter is None:
        return ()
    return (Evidence(f"{table.qualified} is there, with a usable key", "postgres", "pg_index"),)
