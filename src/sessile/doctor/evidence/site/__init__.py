"""Looks at a site as a browser would, once, and leaves nothing behind: the wire that it saw, and what it learned beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.site.asking import USER_AGENT
from sessile.doctor.evidence.site.network import Budget
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.evidence.site.probe import Probe
from sessile.doctor.evidence.site.visitor import Visitor
from sessile.doctor.facts.site import Site
from sessile.doctor.facts.wire import Seen, Wire

SECONDS = 25.0
"""For a whole probe."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What one probe brings."""

    wire: Wire
    site: Site


@dataclass(frozen=True, slots=True)
class Visits:
    """What a browser brings: each of its visits, and a picture (PNG) of the page that its user is left with."""

    probed: tuple[Probed, ...] = ()
    picture: bytes = field(default=b"", repr=False)


def collect(plan: Plan, *, seconds: float = SECONDS) -> Probed:
    """Probe a site within that many seconds, and leave. Raises EvidenceError, with the reason, without an answer."""
    *_, left = visit(plan, seconds=seconds)
    return left


def visit(plan: Plan, *, seconds: float = SECONDS) -> Iterator[Probed]:
    """The same in two: what was seen while the probe's session lives, and then, after its logout, the whole."""
    visitor = Visitor(plan, Budget(seconds))
    probe = Probe(plan, visitor)
    try:
        probe.run()
        if visitor.exchanges[0].response is None:
            raise EvidenceError(visitor.exchanges[0].error)
        yield _probed(plan, probe)
    finally:
        probe.leave()
    yield _probed(plan, probe)


def _probed(plan: Plan, probe: Probe) -> Probed:
    visitor = probe.visitor
    return Probed(
        Wire(source=plan.source, seen_by=Seen.SITE, program=USER_AGENT.partition(" ")[0], exchanges=tuple(visitor.exchanges)),
        Site(
            source=plan.source,
            forced=probe.forced,
            strangers=probe.strangers,
            direct=probe.direct,
            stopped=probe.stopped,
            remarks=tuple(visitor.remarks),
        ),
    )
