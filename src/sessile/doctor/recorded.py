"""What differs between the recorded requests that were turned away and those that were let in: the cookie, the host, the page."""

from collections.abc import Iterator

from sessile.doctor import timeline
from sessile.doctor.contrast import Group, telling
from sessile.doctor.facts import Evidence, Facts, Unknown, Wire
from sessile.doctor.facts.exchange import Exchange, Role, Served
from sessile.doctor.visits import session_names, turned_away


def counts(facts: Facts) -> tuple[int, int]:
    """How many of the recorded answers that depend on a session turned somebody away, and how many there were."""
    groups = [group for wire in facts.wires for group in _groups(wire)]
    refused = sum(group.refused for group in groups)
    return refused, refused + sum(group.let_in for group in groups)


def common(facts: Facts) -> tuple[Evidence, ...]:
    """What nearly all that were turned away have in common and those let in have not, for each recording that shows it."""
    found = ((wire, telling(list(_groups(wire)))) for wire in facts.wires)
    return tuple(
        Evidence(f"those turned away are requests {best.value}: {best.counts}", wire.seen_by, wire.source)
        for wire, best in found
        if best
    )


def _groups(wire: Wire) -> Iterator[Group]:
    """One of each request since somebody logged in, if anybody did. What one of them does not tell is told of none."""
    name = next(iter(session_names(wire)), "")
    begun = min((login.started for login in timeline.logins(wire)), default=0.0)
    asked = [one for one in wire.exchanges if one.started >= begun and one.served is Served.NETWORK and _asks(one)]
    kinds = [values if all(values) else [""] * len(values) for values in zip(*(_traits(one, name) for one in asked), strict=True)]
    for one, traits in zip(asked, zip(*kinds, strict=True), strict=True):
        away = turned_away(one)
        yield Group(traits, int(away), int(not away))


def _asks(one: Exchange) -> bool:
    """Whether its answer depends on who asks; what failed says nothing of that."""
    if one.request.preflight or one.role in (Role.LOGIN, Role.LOGOUT):
        return False
    return turned_away(one) or (one.role is Role.PERSONAL and 200 <= one.status < 400 and one.status != 304)


def _traits(one: Exchange, name: str) -> tuple[str, ...]:
    request = one.request
    page = f"from pages of {request.origin}" if request.origin else "that name no Origin"
    bearer = f"with {request.authorization} authorization" if request.authorization else "without an Authorization header"
    authorization = "" if isinstance(request.authorization, Unknown) else bearer
    return _carried(one, name), f"to {request.address.origin}", page, authorization


def _carried(one: Exchange, name: str) -> str:
    sent = one.request.sent(name)
    if not name or isinstance(sent, Unknown):
        return ""
    return f"without {name}" if not sent else f"with {name}" if len(sent) == 1 else f"with {name} more than once"
