"""The session table was created only in part, or not at all, because its SQL failed half way.

Symptom: on a fresh database every request with a session fails, although the script that creates the table is run.
Evidence: some of sid, sess and expire are there and others are not; or 42P16 (two primary keys in one script) while there is
    no table: sent as one string the script is one transaction, which is rolled back as a whole.
Tell apart: 42P16 while the table stands there with its key is harmless. A table with other columns belongs to a library
    of another kind.
Fix: create what is missing, and declare the key only once.
"""

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.boot import key_added_twice, table_missing
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("ddl-self-contradictory-42p16-no-table", "ddl-batch-rolled-back")
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Create what is missing with SQL that can be run any number of times, and take the second PRIMARY KEY out of the script",
    'sessile table --create "$DATABASE_URL"',
)
LINKS = {"server errors with a cookie": Level.ALWAYS, "save errors": Level.USUALLY, "boot failed": Level.SOMETIMES}

OURS = ("sid", "sess", "expire")
STAND_INS = {"sid": ("sid", "id", "key", "token"), "sess": ("sess", "data"), "expire": ("expir",)}


def judge(facts: Facts) -> Finding:
    if misfit := sight.misfit(facts):
        return _in_part(*misfit)
    relation = sight.relation(facts)
    if isinstance(relation, TableShape):
        return RuledOut(f"{relation.qualified} has all three columns")
    twice = signs.judge(facts, key_added_twice.SIGN)
    never = signs.judge(facts, table_missing.SIGN)
    if isinstance(twice, Confirmed) and (isinstance(relation, RuledOut) or isinstance(never, Confirmed)):
        lacking = never.evidence if isinstance(never, Confirmed) else (_nothing(),)
        title = "The session table's script declares its key twice and is rolled back, so there is no table"
        return Confirmed(twice.evidence + lacking, title, 0.995 if isinstance(relation, RuledOut) else signs.A_LOGS_WORD)
    if isinstance(relation, Unseen):
        return signs.absent(facts) if facts.logs else relation
    return RuledOut("nothing shows that its creation was begun")


def is_part(columns: tuple[str, ...]) -> bool:
    """Whether these are our columns with some left out, and nothing that could stand for those."""
    lacking = [name for name in OURS if name not in columns]
    others = [column.lower() for column in columns if column not in OURS]
    stand_ins = [column for name in lacking for word in STAND_INS[name] for column in others if word in column]
    return not columns or (0 < len(lacking) < len(OURS) and not stand_ins)


def _in_part(name: str, columns: tuple[str, ...]) -> Finding:
    if not is_part(columns):
        return RuledOut(f"{name} has columns of another kind: {', '.join(columns)}")
    lacking = ", ".join(column for column in OURS if column not in columns)
    return Confirmed((Evidence(f"{name} has {_listed(columns)}", "postgres", "pg_attribute"),), f"{name} lacks {lacking}")


def _nothing() -> Evidence:
    return Evidence("there is no session table", "postgres", "pg_class")


def _listed(columns: tuple[str, ...]) -> str:
    return f"the columns {', '.join(columns)}" if columns else "no column at all"
