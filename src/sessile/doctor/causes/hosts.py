"""Requests that were turned away on one host while the login's cookie belongs to another host of the same service."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sessile.cookies import Url, registrable_domain
from sessile.cookies.site import domain_matches
from sessile.doctor.causes import unsent, withheld
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Address, Exchange, Role, Served
from sessile.doctor.findings import Confirmed, Finding, NotSeen, RuledOut, Seen, Undecided, Unseen
from sessile.doctor.symptoms import Look
from sessile.doctor.visits import Visit, turned_away, visits

_MACHINE: Final = re.compile(
    r"localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+"
    r"|172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+|[\w-]+\.local"
)
_PLATFORMS: Final = (
    *(".onrender.com", ".vercel.app", ".netlify.app", ".herokuapp.com", ".fly.dev", ".railway.app", ".pages.dev"),
    *(".web.app", ".azurewebsites.net", ".run.app", ".up.railway.app", ".amplifyapp.com"),
)


@dataclass(frozen=True, slots=True)
class Astray:
    """A request after a login that was turned away, on a host that the login's cookie is not for."""

    visit: Visit
    exchange: Exchange

    @property
    def home(self) -> Address:
        """Where the login was."""
        return self.visit.login.request.address

    @property
    def away(self) -> Address:
        """Where the request went."""
        return self.exchange.request.address

    @property
    def linked(self) -> bool:
        """Whether both hosts are known to use one session: by their names, by the pages that ask, or by what they answer."""
        home, away = self.home, self.away
        by_name = one_is_www(home.host, away.host) or (one_machine(home.host, away.host) and home.port == away.port)
        asks_who = self.exchange.role is Role.PERSONAL and _page(self.exchange) == home.host
        by_page = asks_who or _page(self.visit.login) == away.host
        return by_name or by_page or withheld.renewed(self.visit, self.exchange) or self._answers_alike()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """That the cookie belongs to one host, and that the request went to the other."""
        cookie = self.visit.setting.cookie if self.visit.setting else None
        covers = f"only {self.home.host}" if cookie is None or cookie.host_only else f"{cookie.domain[1:]} and the names below it"
        says = f"{self.exchange} goes to {self.away.host} without the cookie: {self.visit.name} is for {covers}"
        set_at = f"{self.visit.login} on {self.home.host} sets {self.visit.name}"
        return self.visit.wire.evidence(self.visit.login, set_at), self.visit.wire.evidence(self.exchange, says)

    def _answers_alike(self) -> bool:
        """Whether the same path, which is no page that every site has, was asked for on both hosts."""
        return any(
            one.request.address.host == self.home.host and one.request.address.path == self.away.path != "/"
            for one in self.visit.wire.exchanges
        )


def one_is_www(one: str, other: str) -> bool:
    """Whether two hosts are a domain and its www."""
    return f"www.{one}" == other or f"www.{other}" == one


def one_machine(one: str, other: str) -> bool:
    """Whether two hosts are spellings of the developer's machine, as localhost and 127.0.0.1 are."""
    return one != other and all(_MACHINE.fullmatch(host) for host in (one, other))


def one_is_the_platforms(one: str, other: str) -> bool:
    """Whether two hosts are of two domains, one of them a name that the hosting platform gave."""
    apart = registrable_domain(one) != registrable_domain(other)
    return apart and (one.endswith(_PLATFORMS) or other.endswith(_PLATFORMS))


def siblings(one: str, other: str) -> bool:
    """Whether two hosts are of one registrable domain, and not just a domain and its www."""
    domain = registrable_domain(one)
    return domain is not None and domain == registrable_domain(other) and not one_is_www(one, other)


def _akin(one: str, other: str) -> bool:
    """Whether the names of two hosts may be one service's; a page asks other companies, too."""
    return any(pair(one, other) for pair in (one_is_www, one_machine, one_is_the_platforms, siblings))


def astray(facts: Facts) -> tuple[Astray, ...]:
    """Every such request, in order: its host is not covered by the cookie, and it carried no cookie of this login."""
    return tuple(one for visit in visits(facts) if visit.cookie for one in _of(visit))


def seen(facts: Facts) -> Look:
    """Whether anything shows that a service was asked under another name than the one that its cookie is for."""
    found = tuple(one.evidence[-1] for one in astray(facts) if one.linked and _akin(one.home.host, one.away.host))
    return Seen(found) if found else NotSeen() if visits(facts) else None


def judge(facts: Facts, pair: Callable[[str, str], bool]) -> Finding:
    """Judge by the pairs of hosts that a cause is about: proven where both are of one service, else a guess."""
    lost = astray(facts)
    found = [one for one in lost if pair(one.home.host, one.away.host)]
    if proven := next((one for one in found if one.linked), None):
        return Confirmed(proven.evidence)
    if found:
        return Undecided(found[0].evidence)
    unknown = unsent.nothing(facts)
    return unknown if isinstance(unknown, Unseen) and not lost else RuledOut("no request was turned away on such another host")


def _of(visit: Visit) -> Iterator[Astray]:
    made = visit.setting.cookie if visit.setting and visit.setting.stored else None
    if made is None:
        return
    came = visit.login.answered or visit.login.ended or visit.login.started
    for one in visit.wire.exchanges:
        if one is visit.login or one.sent < came or one.request.preflight or one.served is not Served.NETWORK:
            continue
        if one.role in (Role.LOGIN, Role.LOGOUT):
            return
        if turned_away(one) and not one.request.authorization and visit.came_back(one) is False and not _covers(made.domain, one):
            yield Astray(visit, one)


def _covers(domain: str, exchange: Exchange) -> bool:
    try:
        return domain_matches(domain, Url.parse(exchange.request.address.whole.reveal()).host)
    except ValueError:
        return True


def _page(exchange: Exchange) -> str | None:
    """The host of the page that asked."""
    asked_by = exchange.request.referer or exchange.initiator
    if asked_by is not None:
        return asked_by.host
    try:
        return Url.parse(exchange.request.origin or "").host
    except ValueError:
        return None
