"""maxAge was given in seconds, and Express takes milliseconds, so sessions last for seconds.

Symptom: users are logged out seconds after their login.
Evidence: originalMaxAge in the rows is 3600 or 86400, and so is the distance in milliseconds between the cookie's Expires and the
    response's Date.
Tell apart: an offset of a time zone is hours; a session that ends at midnight has the wrong type of column.
Fix: give maxAge in milliseconds, and lengthen the rows that are still there.
"""

from sessile.doctor.causes import code, in_redis, sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.facts.source import Literal
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut, Undecided

ENTRIES = ("maxage-in-seconds",)
REMEDY = Remedy(
    "Give maxAge in milliseconds",
    "Express: cookie: { maxAge: 14 * 24 * 60 * 60 * 1000 }   Python: idle=timedelta(days=14)",
)
LINKS = {"same user logs in again and again": Level.USUALLY, "no cookie came": Level.USUALLY, "login, then 401": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    coded = _coded(facts)
    rows = sight.rows(facts)
    if in_keys := _in_redis(facts):
        return Confirmed((*coded, in_keys), certainty=0.95, changes=_edits(facts))
    if coded and not (isinstance(rows, Rows) and rows.read and not rows.short_lived):
        return Confirmed(
            (*coded, *(_short_lived(rows) if isinstance(rows, Rows) else ())), certainty=code.BY_CODE, changes=_edits(facts)
        )
    if not isinstance(rows, Rows):
        return rows
    if not rows.short_lived:
        return RuledOut(f"none of the {rows.read} rows that were read was meant to live so short")
    evidence = _short_lived(rows)
    return Confirmed(evidence, certainty=0.95) if rows.short_lived * 2 > rows.read else Undecided(evidence)


def _short_lived(rows: Rows) -> tuple[Evidence, ...]:
    if not rows.short_lived:
        return ()
    says = f"{rows.short_lived} of {rows.read} rows were given a life that looks like seconds taken for milliseconds"
    return (Evidence(says, "postgres", "sess.cookie.originalMaxAge"),)


def _in_redis(facts: Facts) -> Evidence | None:
    """Most of the sessions under one prefix in Redis."""
    short = next((family for family in in_redis.families(facts) if family.short_lived * 2 > family.read), None)
    if short is None:
        return None
    says = (
        f"{short.short_lived} of {short.read} sessions under {short.prefix} were given a life like seconds taken for milliseconds"
    )
    return Evidence(says, "redis", "cookie.originalMaxAge")


SHORTEST = 100_000
"""Nobody means a life of fewer milliseconds: a day has 86,400 seconds."""


def _coded(facts: Facts) -> tuple[Evidence, ...]:
    found = []
    for source, _, setting in code.options(facts, "cookie.maxAge"):
        value = setting.value.value if isinstance(setting.value, Literal) else None
        if isinstance(value, int | float) and 0 < value < SHORTEST:
            found.append(source.evidence(setting.place, f"the cookie lives {value:g} ms"))
    return tuple(found)


def _edits(facts: Facts) -> tuple[Change, ...]:
    places = [setting.place for _, _, setting in code.options(facts, "cookie.maxAge")]
    return tuple(edit for place in places for edit in code.edit(place, r"maxAge: ([\d_]+(?: \* [\d_]+)*)", r"maxAge: \1 * 1000"))
