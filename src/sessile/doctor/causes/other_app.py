"""Session cookies that another app on the same host, or on the same domain, replaces or puts before the login's."""

from collections.abc import Iterator
from dataclasses import dataclass

from sessile.doctor.causes import unsent
from sessile.doctor.facts import Evidence, Facts, Unknown
from sessile.doctor.facts.exchange import Exchange, Role, Served
from sessile.doctor.visits import Visit, turned_away, visits


@dataclass(frozen=True, slots=True)
class Collision:
    """A request that was turned away with the cookie that an app of another origin had set under the same name."""

    visit: Visit
    setter: Exchange
    exchange: Exchange

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The login, the other app's answer, and the request."""
        visit, there = self.visit, self.setter.request.address.origin
        over = f"{self.setter} on {there}, another app, sets {visit.name}, too"
        says = f"{self.exchange} carries the {visit.name} of {there}"
        return (
            unsent.set_to(visit),
            visit.wire.evidence(self.setter, over),
            visit.wire.evidence(self.exchange, says),
        )


def collisions(facts: Facts) -> tuple[Collision, ...]:
    """Every such request, in order."""
    return tuple(one for visit in visits(facts) if visit.cookie for one in _of(visit))


def _of(visit: Visit) -> Iterator[Collision]:
    home = visit.login.request.address.origin
    for one in visit.wire.exchanges:
        if one.sent <= visit.login.sent or one.request.address.origin != home or one.served is not Served.NETWORK:
            continue
        if one.role in (Role.LOGIN, Role.LOGOUT):
            return
        sent = visit.sent(one)
        if not turned_away(one) or isinstance(sent, Unknown) or not sent or visit.was_given(sent[0].value, one):
            continue
        setter = next(
            (other for other in _others(visit, home) if other.sent < one.sent and _sets(visit, other, sent[0].value)), None
        )
        if setter:
            yield Collision(visit, setter, one)


def _others(visit: Visit, home: str) -> Iterator[Exchange]:
    return (one for one in visit.wire.exchanges if one.request.address.origin != home)


def _sets(visit: Visit, exchange: Exchange, value: object) -> bool:
    lines = exchange.response.sets(visit.name) if exchange.response else ()
    return isinstance(lines, tuple) and any(line.value == value and not line.removes for line in lines)
