"""A guard asks the session for a key that nothing writes: the login puts the user under another one.

Symptom: some pages work after the login, and others answer 401, or lead to the login, for everybody and every time.
Evidence: in the code, a guard that is mounted lets in by one key of the session alone, and nowhere in the project is that key
    written; the login writes another one. A key is often renamed in one half of the code only.
Tell apart: where the row names nobody, the login's own write was lost. A page that only some may see answers 403.
Fix: ask for the key that the login writes. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts, Source
from sessile.doctor.facts.source import Act, Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

ENTRIES: tuple[str, ...] = ()
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Ask for the key that the login writes",
    changes=(
        Change(
            "Express",
            "if (!req.session.userId) return res.sendStatus(401)   // the login writes req.session.agentId",
            "if (!req.session.agentId) return res.sendStatus(401)",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.SOMETIMES,
    "one login, then 401": Level.SOMETIMES,
    "mostly refused": Level.SOMETIMES,
    "turned away after the login": Level.SOMETIMES,
}


def judge(facts: Facts) -> Finding:
    for source, act in code.did(facts, Deed.ASKS_IN_VAIN):
        written = _written(source)
        if source.complete and written:
            asked = source.evidence(act.place, f"it lets in by session.{act.detail}, which nothing writes")
            kept = source.evidence(written[0].place, "the login writes another key")
            return Confirmed((asked, kept), certainty=code.BY_CODE)
    return code.absent(facts, "every key by which a guard lets in is written somewhere")


def _written(source: Source) -> tuple[Act, ...]:
    """Where a login puts its user into the session."""
    return source.did(Deed.LOGS_IN) or source.did(Deed.LOGS_IN_BY_LIBRARY)
