"""One cookie, let in and turned away by turns: more than one instance answers, and not every one knows the session."""

from collections.abc import Iterator
from itertools import groupby

from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.visits import Visit, turned_away, visits


def alternating(facts: Facts) -> tuple[Evidence, ...]:
    """What shows it: a question that was answered for the user, for nobody, and for the user again, all with one cookie."""
    return tuple(evidence for visit in visits(facts) for evidence in _of(visit))


def _of(visit: Visit) -> Iterator[Evidence]:
    asked: dict[tuple[str, str, str], list[Exchange]] = {}
    known = {id(one) for one in (*visit.let_in, *visit.turned_away)}
    for one in visit.after:
        if id(one) in known and visit.came_back(one):
            address = one.request.address
            asked.setdefault((one.request.method, address.origin, address.path), []).append(one)
    for (method, _, path), several in asked.items():
        turns = [refused for refused, _ in groupby(several, turned_away)]
        if len(turns) > 2:
            statuses = ", ".join(str(one.status) for one in several[:8])
            says = f"{method} {path} was answered {statuses}, each time with the same {visit.name}: several instances, or stores"
            yield visit.wire.evidence(several[1], says)
