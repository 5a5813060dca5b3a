"""One cookie, let in and turned away by turns: more than one instance answers, and not every one knows the session."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.exchange import Address, Exchange
from sessile.doctor.visits import Visit, turned_away, visits

_READING: Final = ("GET", "HEAD", "OPTIONS")


def alternating(facts: Facts) -> tuple[Evidence, ...]:
    """What shows it: a question that was answered for the user, for nobody, and for the user again, all with one cookie.

    Where the recording has no cookies, nothing that could have changed them may lie between.
    """
    return tuple(evidence for visit in visits(facts) for evidence in _of(visit))


def _of(visit: Visit) -> Iterator[Evidence]:
    asked: dict[tuple[str, Address], list[Exchange]] = {}
    known = {id(one) for one in (*visit.let_in, *visit.turned_away)}
    for one in visit.after:
        if id(one) in known and (visit.came_back(one) or isinstance(visit.cookies, Unknown)):
            asked.setdefault((one.request.method, one.request.address), []).append(one)
    for (method, address), several in asked.items():
        turns = [refused for refused, _ in groupby(several, turned_away)]
        if len(turns) > 2 and (visit.cookie or not _changing(visit, several)):
            statuses = ", ".join(str(one.status) for one in several[:8])
            same = (
                f"each time with the same {visit.name}" if visit.cookie else "with nothing between that could change its cookies"
            )
            yield visit.wire.evidence(
                several[1], f"{method} {address.path} was answered {statuses}, {same}: several instances, or stores"
            )


def _changing(visit: Visit, several: Sequence[Exchange]) -> bool:
    """Whether a session, or a token, may have been renewed meanwhile."""
    first, last = several[0].started, several[-1].started
    return any(first < one.started < last and one.request.method not in _READING for one in visit.after)
