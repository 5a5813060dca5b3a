"""Logins that another request crossed, and whose row names nobody afterwards: the other one wrote its copy over it."""

from sessile.doctor import timeline
from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, RuledOut, Undecided
from sessile.doctor.placement import at
from sessile.session.outcome import Station


def lost(facts: Facts) -> tuple[Evidence, ...]:
    """What shows such a login: the request that crossed it, and the one that found nobody in the row."""
    found = []
    for one in at(facts, Station.READ):
        crossing = timeline.overtaken(one.visit.wire, one.visit.login)
        if crossing and "names nobody" in one.because:
            says = f"{crossing[0]} was sent before the login's answer and ended after it"
            found += [one.visit.wire.evidence(crossing[0], says), one.evidence]
    return tuple(found)


def judge(facts: Facts, proof: tuple[Evidence, ...], otherwise: Finding) -> Finding:
    """The finding on one way to write over a login: `proof` is the code that does it, `otherwise` what code alone says."""
    seen = lost(facts)
    if seen and proof:
        return Confirmed((*seen, *proof), certainty=code.BOTH)
    return Undecided(seen) if seen and not isinstance(otherwise, RuledOut) else otherwise
