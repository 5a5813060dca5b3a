"""What comes into question for a session whose cookie came back in vain: what is known of that very cookie excludes the rest."""

from collections.abc import Sequence
from typing import Final

from sessile.doctor.facts.correlation import Correlation, Held, Signature, Stored, Unsigned
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.latest import Latest
from sessile.doctor.visits import Visit
from sessile.session.outcome import Station

BEYOND: Final = frozenset({Station.SAVE, Station.ARRIVE, Station.VERIFY, Station.FIND, Station.LIVE, Station.READ, Station.AGREE})
"""Where a session can stop whose cookie comes back."""


def left(known: Correlation, visit: Visit, one: Exchange) -> frozenset[Station]:
    """The stations at which a refused request can have stopped; none where nothing tells, as for a cookie let in by turns.

    Instances of which each has a secret or a store of its own let it in again.
    """
    let_in = _LET_IN(visit)
    if not visit.came_back(one) or any(other.started > one.started for other in let_in):
        return frozenset()
    return BEYOND - _excluded(known, let_in)


def _let_in(visit: Visit) -> tuple[Exchange, ...]:
    return tuple(one for one in visit.let_in if visit.came_back(one))


_LET_IN: Final = Latest(_let_in)


def _excluded(known: Correlation, let_in: Sequence[Exchange]) -> set[Station]:
    excluded = set()
    if isinstance(known.signature, Signature):
        excluded |= {Station.VERIFY}
    if isinstance(known.row, Stored):
        excluded |= {Station.SAVE, Station.FIND, Station.LIVE}
    if isinstance(known.row, Held):
        excluded |= {Station.SAVE, Station.LIVE}
    if let_in:
        excluded |= {Station.SAVE, Station.ARRIVE}
    return excluded


def signed_by_two(known: Sequence[Correlation | None]) -> bool:
    """Whether the login's answer has its cookie more than once, by different secrets: who reads one cannot read the other."""
    signatures = [one.signature for one in known if one]
    signers = {one.fingerprint for one in signatures if isinstance(one, Signature)}
    strangers = any(isinstance(one, Unsigned) for one in signatures)
    return len(signers) > 1 or bool(signers and strangers)
