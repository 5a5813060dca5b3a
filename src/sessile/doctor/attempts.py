"""Logins of a recording or a probe that never came to a session: the service failed, or refused the form as forged."""

from collections.abc import Callable

from sessile.doctor import timeline
from sessile.doctor.facts import Facts, Wire
from sessile.doctor.facts.exchange import Exchange, Role, Sign
from sessile.doctor.facts.wire import Seen as SeenBy
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.symptoms import Look

FORGED = 419
"""What Laravel and others answer where a form's token is missing or over."""


def failing(facts: Facts) -> Look:
    """Whoever tries to log in gets an error of the server, and nobody gets in."""
    return _look(facts.wires, lambda one: one.status >= 500, "failed")


def refused_as_forged(facts: Facts) -> Look:
    """A browser's own form is refused for its token. The doctor's own try counts not: a page's script may know the token."""
    wires = tuple(wire for wire in facts.wires if wire.seen_by is not SeenBy.SITE)
    return _look(
        wires, lambda one: one.status == FORGED or (one.status >= 400 and Sign.CSRF in _says(one)), "was refused as forged"
    )


def _look(wires: tuple[Wire, ...], fails: Callable[[Exchange], bool], how: str) -> Look:
    tried = [(wire, tries) for wire in wires if (tries := _tries(wire))]
    found = tuple(
        wire.evidence(tries[-1], f"{tries[-1]}: the login {how}, and nobody got in")
        for wire, tries in tried
        if all(fails(one) for one in tries) and not timeline.logins(wire)
    )
    return (Seen(found) if found else NotSeen()) if tried else None


def _tries(wire: Wire) -> list[Exchange]:
    return [one for one in wire.exchanges if one.role is Role.LOGIN and not one.request.preflight and one.response]


def _says(one: Exchange) -> frozenset[Sign]:
    return one.response.body.signs if one.response else frozenset()
