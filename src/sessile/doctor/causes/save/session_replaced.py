"""The login replaces the session object, so it can be neither touched nor saved.

Symptom: every login answers 500, or never ends.
Evidence: TypeError: req.session.touch is not a function (or save, or resetMaxAge). In the code, `req.session = { ... }`.
Tell apart: another library's session lacks regenerate() alone (boot-regenerate-lacking).
Fix: assign keys of the session, or Object.assign(req.session, ...). No session is lost.
"""

from typing import Final

from sessile.doctor.causes import code, signs
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("session-object-replaced",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Assign keys of the session instead of the session",
    changes=(Change("Express", "req.session = { userId: user.id }", "req.session.userId = user.id"),),
)
LINKS = {"server errors with a cookie": Level.SOMETIMES, "login without Set-Cookie": Level.SOMETIMES}
LACKING: Final = ("touch is not", "save is not", "resetMaxAge is not", "reload is not")


def judge(facts: Facts) -> Finding:
    said = tuple(
        log.evidence(event)
        for log in facts.logs
        for kind in (Kind.ERROR, Kind.EXIT, Kind.SAVE_ERROR)
        for event in log.of(kind, "SESSION_REPLACED")
        if any(words in event.text for words in LACKING)
    )
    proof = _replacing(facts)
    if said:
        return Confirmed((*said, *proof), certainty=code.BOTH if proof else code.BY_CODE)
    if proof:
        return code.certain(facts, *proof)
    finding = code.absent(facts, "no handler replaces the session object")
    return finding if isinstance(finding, RuledOut) else signs.absent(facts)


def _replacing(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(
        source.evidence(act.place, "the session object is replaced")
        for source, act in code.did(facts, Deed.REPLACES)
        if code.sessions(source)
    )
