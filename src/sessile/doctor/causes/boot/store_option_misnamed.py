"""The store is handed its connection under a name that it does not know, so it connects somewhere else.

Symptom: the service's own tables work, and sessions fail or vanish: the store asks localhost, or another database.
Evidence: in the code, `new PgStore({ pgPool })`, `{ db }` or `{ client }`, or a pool that is undefined: connect-pg-simple
    knows `pool`, `pgPromise`, `conObject` and `conString`, then DATABASE_URL, then what libpq would take. The log has
    ECONNREFUSED 127.0.0.1:5432 for sessions alone.
Tell apart: where the whole service cannot connect, its other queries fail as well.
Fix: name the option `pool`. If the other database holds live sessions, copy them first: then nobody is logged out.
"""

from typing import Final

from sessile.doctor.causes import carried, code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal, Made, Setting
from sessile.doctor.findings import Change, Finding, Frequency, Level, Noted, Remedy, Undecided

ENTRIES = ("store-option-misnamed",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Copy the live rows from the database that the store used so far, then hand it its connection as `pool` or `conString`",
    carried.COPY,
    changes=(Change("Express", "new PgStore({ pgPool: pool })", "new PgStore({ pool })"),),
)
LINKS = {
    "store out of reach": Level.USUALLY,
    "save errors": Level.USUALLY,
    "server errors with a cookie": Level.SOMETIMES,
    "session rows missing after login": Level.USUALLY,
    "table empty": Level.USUALLY,
}
MISNAMED: Final = r"\b(?:pgPool|client|db): (\w*[pP]ool\w*)"
STORE: Final = "connect-pg-simple"
CONNECTIONS: Final = ("pool", "pgPromise", "conObject", "conString")
KNOWN: Final = frozenset(
    (*CONNECTIONS, "tableName", "schemaName", "ttl", "createTableIfMissing", "disableTouch", "errorLog", "pruneSessionInterval",
     "pruneSessionRandomizedInterval", "cleanUpInterval")
)  # fmt: skip


def judge(facts: Facts) -> Finding:
    proof, known = _misnamed(facts), code.environments(facts)
    if not proof:
        return code.absent(facts, "the store is handed its connection under a name that it knows", "store")
    if any("DATABASE_URL" in one.names for one in known):
        return Noted(proof, "DATABASE_URL is set, which the store takes instead")
    if known:
        without = Evidence("DATABASE_URL is not set either", "environment", known[0].source)
        places = [store.place for _, _, store in code.options(facts, "store")]
        edits = tuple(edit for place in places for edit in code.edit(place, MISNAMED, r"pool: \1"))
        return code.certain(facts, *proof, without, changes=edits)
    return Undecided(proof)


def _misnamed(facts: Facts) -> tuple[Evidence, ...]:
    """The options of stores that get no connection they know, though they were meant to get one."""
    found: list[Evidence] = []
    for source, _, store in code.options(facts, "store"):
        made = code.effective(facts, store.value)
        if not isinstance(made, Made) or not made.what.startswith(STORE) or any(map(_connects, made.settings)):
            continue
        strange = [one for one in made.settings if one.name not in KNOWN and "." not in one.name]
        undefined = [one for one in made.settings if one.name in CONNECTIONS]
        says = "the store does not know this option" if strange else "its connection is undefined"
        found += [source.evidence(one.place, f"{one.name}: {says}") for one in (*strange, *undefined)[:1]]
    return tuple(found)


def _connects(setting: Setting) -> bool:
    return setting.name in CONNECTIONS and setting.value != Literal(None)
