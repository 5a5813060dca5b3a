"""A login deletes the user's other sessions, so a second device logs out the first.

Symptom: whoever logs in on the phone is logged out on the computer, and the other way round.
Evidence: in the code, `DELETE FROM session WHERE sess ->> 'userId' = ...` in the login, or when a password is changed;
    or a trigger on the table whose function does so.
    Sessions end at the moment at which the same user logs in elsewhere.
Tell apart: what deletes by age strikes users who did not log in elsewhere.
Fix: that is a decision: keep it and tell users, or leave the statement out. No session is lost by leaving it out.
"""

from sessile.doctor.causes import code, sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("single-session-enforcement",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Decide whether a user may have several sessions; if so, leave the statement out",
    changes=(
        Change(
            "Express",
            """await pool.query("DELETE FROM session WHERE sess->>'userId' = $1", [user.id])\nreq.session.userId = user.id""",
            "req.session.userId = user.id",
        ),
    ),
)
LINKS = {
    "no row for a cookie": Level.USUALLY,
    "cookie comes back in vain": Level.SOMETIMES,
    "login, then 401": Level.RARELY,
    "intermittent 401": Level.RARELY,
}
WHY = "a second login of a user ends the first one, as it was meant to; nothing that was given shows that users mind"


def judge(facts: Facts) -> Finding:
    coded = code.shown(code.did(facts, Deed.ENDS_OTHERS), "this ends other sessions of a user")
    proof = (*coded, *_triggers(facts))
    return code.possible(facts, LINKS, proof, WHY) if proof else code.absent(facts, "no statement ends a user's other sessions")


def _triggers(facts: Facts) -> tuple[Evidence, ...]:
    """The triggers on the session table that do so whenever a row is written."""
    table = sight.table(facts)
    return tuple(
        Evidence(f"{one.name} deletes rows by what they hold: {one.definition}", "postgres", f"pg_trigger {one.name}")
        for one in (table.triggers if isinstance(table, TableShape) else ())
        if one.enabled and one.ends_others
    )
