"""Visits a site in a real Chromium: what the browser itself says of each cookie, third-party cookies allowed and blocked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from sessile.doctor.evidence.browser import certificates
from sessile.doctor.evidence.browser.person import Person
from sessile.doctor.evidence.browser.traffic import Traffic
from sessile.doctor.evidence.browser.window import opened
from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.site import Probed, Visits
from sessile.doctor.evidence.site.network import Budget, Unreachable, connect
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.evidence.site.probe import VISITED, Probe
from sessile.doctor.facts import Facts
from sessile.doctor.facts.exchange import Role
from sessile.doctor.facts.site import Site
from sessile.doctor.facts.wire import Seen, Wire
from sessile.doctor.passage import differences, passages
from sessile.doctor.visits import visits

SECONDS: Final = 45.0
"""For one visit; there are two at most."""


def collect(plan: Plan, *, pictured: bool = False, seconds: float = SECONDS) -> Visits:
    """Visit a site, and where page and service are of two sites and it works, once more with third-party cookies blocked.

    Each visit logs in once and logs out. Raises EvidenceError, with the reason in one line, if there is no Chromium or no answer.
    """
    *_, left = visit(plan, pictured=pictured, seconds=seconds)
    return left


def visit(plan: Plan, *, pictured: bool = False, seconds: float = SECONDS) -> Iterator[Visits]:
    """The same step by step: what was seen while the only visit's session lives, and then, after its logout, the whole.

    Where a second visit is to follow, the first one leaves at once, as a user may have only one session.
    """
    try:
        keys = _checked(plan, Budget(seconds))
    except Unreachable as error:
        raise EvidenceError(str(error)) from error
    first = _visit(plan, third_party=True, keys=keys, pictured=pictured, seconds=seconds)
    seen = next(first)
    if not _would_differ(seen.probed[0].wire):
        yield seen
        yield from first
        return
    *_, allowed = first
    second = _visit(plan, third_party=False, keys=keys, pictured=pictured, seconds=seconds)
    try:
        blocked = next(second)
    except EvidenceError as error:
        yield _without_second(allowed, str(error))
        return
    yield _both(allowed, blocked)
    for blocked in second:
        yield _both(allowed, blocked)


def _both(first: Visits, second: Visits) -> Visits:
    return Visits((*first.probed, *second.probed), second.picture or first.picture)


def _without_second(first: Visits, why: str) -> Visits:
    (only,) = first.probed
    remark = f"with third-party cookies blocked it was not visited: {why}"
    return Visits((replace(only, site=replace(only.site, remarks=(*only.site.remarks, remark))),), first.picture)


def _checked(plan: Plan, budget: Budget) -> tuple[str, ...]:
    """Reach the site without the browser first: what is wrong with name, port or certificate is told better here."""
    parts = urlsplit(plan.site)
    tls = parts.scheme == "https"
    sock, _ = connect(parts.hostname or "", parts.port or (443 if tls else 80), tls=tls, plan=plan, budget=budget)
    sock.close()
    return certificates.keys(plan, budget) if plan.own_ca else ()


def _visit(plan: Plan, *, third_party: bool, keys: tuple[str, ...], pictured: bool, seconds: float) -> Iterator[Visits]:
    """One visit, before and after it leaves."""
    with opened(plan, third_party=third_party, keys=keys) as window:
        person = Person(plan, Budget(seconds), window=window, traffic=Traffic(window.session), pictured=pictured)
        probe = Probe(plan, person)
        try:
            probe.run()
            if person.exchanges[0].response is not None:
                yield _seen(probe, person, third_party=third_party)
        finally:
            probe.leave()
        person.look()
    if person.exchanges[0].response is None:
        raise EvidenceError(person.exchanges[0].error or "it gave no answer")
    yield _seen(probe, person, third_party=third_party)


def _seen(probe: Probe, person: Person, *, third_party: bool) -> Visits:
    source = person.plan.source if third_party else f"{person.plan.source}, third-party cookies blocked"
    exchanges = tuple(sorted(person.exchanges, key=lambda one: one.started))
    wire = Wire(source=source, seen_by=Seen.BROWSER, program=person.window.program, exchanges=exchanges)
    said = [remark for remark in person.remarks if third_party or remark != VISITED]  # the first visit has said it
    remarks = (*said, *differences(wire, third_party=third_party))
    site = Site(
        source=source,
        forced=probe.forced,
        strangers=probe.strangers,
        direct=probe.direct,
        stopped=probe.stopped,
        remarks=remarks,
    )
    return Visits((Probed(wire, site),), person.picture)


def _would_differ(wire: Wire) -> bool:
    """Whether the user was let in by a cookie of another site than the page's, which a browser may block."""
    let_in = [one for visit in visits(Facts(now=datetime.now(UTC), wires=(wire,))) for one in visit.let_in]
    crossing = {pointer for pointer, passage in passages(wire).items() if passage.context.third_party}
    return any(one.pointer in crossing and one.role is Role.PERSONAL for one in let_in)
