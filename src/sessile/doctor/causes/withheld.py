"""Session cookies that a browser does not store, or keeps back from a request, for their SameSite alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sessile.cookies import Context, Kind, Objection, Opaque, Reason, Site, Url
from sessile.cookies.context import SAFE_METHODS
from sessile.doctor.causes import embedding, unkept, unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Seen
from sessile.doctor.findings import RuledOut, Unseen
from sessile.doctor.passage import Passage
from sessile.doctor.visits import Visit, turned_away, visits

SAME_SITE: Final = frozenset({Reason.SAMESITE_STRICT, Reason.SAMESITE_LAX, Reason.SAMESITE_UNSPECIFIED_TREATED_AS_LAX})


@dataclass(frozen=True, slots=True)
class Withheld:
    """A login whose cookie is not stored, or a later request that went without it; `objection` is the model's reason."""

    visit: Visit
    exchange: Exchange
    context: Context
    objection: Objection

    @property
    def opens_page(self) -> bool:
        """Whether a link, a form or a redirect opened a page, and no script asked."""
        return self.context.kind is Kind.NAVIGATION

    @property
    def posts(self) -> bool:
        """Whether it may change something, so that a Lax cookie does not go along (RFC 9110, 9.2.1)."""
        return self.context.method not in SAFE_METHODS

    @property
    def strangers(self) -> tuple[Url | Opaque, ...]:
        """The pages with a part in the request that are of another site than its URL."""
        ours, around = Site.of(self.context.url), (self.context.initiator, *self.context.frames)
        return tuple(page for page in around if page is not None and (isinstance(page, Opaque) or Site.of(page) != ours))

    @property
    def by_scheme(self) -> bool:
        """Whether http against https is all that makes them another site (schemeful same-site)."""
        domain = Site.of(self.context.url).domain
        return all(isinstance(page, Url) and Site.of(page).domain == domain for page in self.strangers)

    def between(self, pair: Callable[[str, str], bool]) -> bool:
        """Whether the request's host and that of a page of another site are such a pair."""
        return any(isinstance(page, Url) and pair(page.host, self.context.url.host) for page in self.strangers)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """That the login set the cookie, and why the browser did not keep or send it."""
        why = " ".join(str(self.objection).split())
        if self.exchange is self.visit.login:
            browser = "Chromium itself" if self.visit.wire.seen_by is Seen.BROWSER else "a browser"
            says = f"{self.exchange} sets {self.visit.name}, and {browser} does not store it. {why}"
            lost = (self.visit.wire.evidence(one, f"{one}: the user is turned away") for one in self.visit.turned_away[:1])
            return (self.visit.wire.evidence(self.exchange, says), *lost)
        says = f"{self.exchange} goes without {self.visit.name}. {why}"
        return unsent.set_to(self.visit), self.visit.wire.evidence(self.exchange, says)


def withheld(facts: Facts) -> tuple[Withheld, ...]:
    """Every such login and request, in order; pages in iframes of another site are left to `embedding`."""
    return tuple(one for visit in visits(facts) if visit.cookie for one in _of(visit))


def nothing(facts: Facts, because: str) -> RuledOut | Unseen:
    """The finding where SameSite kept back none of them."""
    otherwise = unsent.nothing(facts)
    return otherwise if isinstance(otherwise, Unseen) else RuledOut(because)


def renewed(visit: Visit, exchange: Exchange) -> bool:
    """Whether an answer set the session cookie anew, over the one of the login."""
    sets = exchange.response.sets(visit.name) if exchange.response else ()
    return isinstance(sets, tuple) and any(not cookie.removes for cookie in sets)


def _of(visit: Visit) -> Iterator[Withheld]:
    framed = tuple(embedding.frames(visit.wire))
    for one in (visit.login, *visit.after):
        passage = visit.passages.get(one.pointer)
        if passage is None or passage.context.kind is Kind.FRAME or any(frame.holds(one) for frame in framed):
            continue
        lost = unkept.lost(visit) if one is visit.login else _went_without(visit, one)
        objection = _objection(visit, passage)
        if lost and objection:
            yield Withheld(visit, one, passage.context, objection)


def _went_without(visit: Visit, exchange: Exchange) -> bool:
    return visit.sent(exchange) == () and (turned_away(exchange) or renewed(visit, exchange))


def _objection(visit: Visit, passage: Passage) -> Objection | None:
    """What the model says against the login's cookie, if it is SameSite and nothing else."""
    setting = visit.setting
    if passage.exchange is visit.login:
        objections = setting.objections if setting else ()
    else:
        made = setting.cookie.key if setting and setting.cookie else None
        objections = next((c.objections for c in passage.sending.of(visit.name) if c.cookie.key == made), ())
    return objections[0] if objections and all(one.reason in SAME_SITE for one in objections) else None
