"""A script adds the table's primary key at every start, and is told that there is one already.

Symptom: the log says: multiple primary keys for table "session" are not allowed. It is often blamed for lost sessions.
Evidence: 42P16. Only DDL can raise it, and only where the table has its key at that moment: it proves the table healthy, not
    corrupted. Logins are saved before and after it.
Tell apart: where there is no table at all the script contradicts itself; where the process ends with it the service never
    starts. A damaged table shows as XX001 or XX002.
Fix: nothing in the table. Make the script add the key only where there is none; never drop the table for it.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.boot import ddl_aborts_start, table_missing
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Noted, Remedy, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("ddl-rerun-42p16-benign",)
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Do nothing to the table; let the script create it only where it is missing. Dropping it is what would lose sessions",
    'sessile table --create "$DATABASE_URL"',
)
LINKS: dict[str, Level] = {}

SIGN = Sign(("42P16",), text="multiple primary keys for table", course=Course.SELECTIVE, of_sessions=True)
HARMLESS = "only DDL raises 42P16, and only on a table that has its key; no login can meet it, no row is touched"


def judge(facts: Facts) -> Finding:
    met = signs.judge(facts, SIGN)
    if not isinstance(met, Confirmed | Undecided):
        return met or signs.absent(facts)
    if any(ddl_aborts_start.ended(sighting) for sighting in signs.sightings(facts, SIGN)):
        return RuledOut("the process ends with it, which is a cause of its own")
    table = sight.table(facts)
    if isinstance(table, TableShape) and table.arbiter:
        shown = Evidence(f"{table.arbiter.name} is a usable unique key on (sid)", "postgres", "pg_index")
        return Noted((*met.evidence, shown), HARMLESS)
    if isinstance(table, Unseen) and not _never_there(facts):
        return Noted(met.evidence, HARMLESS)
    return RuledOut("the table has no usable key on sid, so this is not the harmless repetition")


def _never_there(facts: Facts) -> bool:
    return isinstance(signs.judge(facts, table_missing.SIGN), Confirmed)
