"""The browser blocks third-party cookies, and the service is of another site than the page.

Symptom: the login works in a normal Chrome window, and not in Safari, on an iPhone, in Brave, or in any private window.
Evidence: the page and the service are of two sites (the public suffix list counts: two names under onrender.com are two
    sites), and the browser reports UserPreferences or ThirdPartyPhaseout, or it is one that blocks always.
Tell apart: send-credentials-omitted fails in every browser. A cookie that is not SameSite=None; Secure fails in every
    browser, too.
Fix: bring page and service under one domain of your own, or let the page's host pass the service's paths on. No header
    helps.
"""

import re
from collections.abc import Iterator

from sessile.cookies import Reason
from sessile.doctor.causes import crossing, embedding, unsent
from sessile.doctor.causes.unsent import BLOCKS_THIRD_PARTIES, Unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.cookies import CookieBlocked
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.wire import Seen
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided
from sessile.doctor.passage import passages
from sessile.doctor.visits import Visit, visits

ENTRIES = ("third-party-cookie-blocked",)
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Serve page and service from one site: app.example.com and api.example.com, or one host that passes /api on",
    logs_out="whoever is logged in where third-party cookies are still allowed: that cookie stays with the old host",
    instead="for some weeks let the page ask the old host with credentials for a one-time token, and redeem it at the new one",
    changes=(
        Change(
            "nginx, at the page's host",
            "# the page asks https://shop-api.onrender.com/api/...",
            "location /api/ {\n    proxy_pass https://shop-api.onrender.com;\n    proxy_ssl_server_name on;\n"
            "    proxy_set_header X-Forwarded-Proto $scheme;\n}\n# the page asks /api/...",
        ),
        Change(
            "Vite, Vercel, Netlify, Render",
            "const API = 'https://shop-api.onrender.com'",
            "const API = ''   // and a rewrite of /api/* to https://shop-api.onrender.com/api/*",
        ),
    ),
)
LINKS = {"cookie does not come back": Level.ALWAYS, "cookie not kept": Level.SOMETIMES}

_NAMES = frozenset(name for reason in BLOCKS_THIRD_PARTIES for name in (reason.chromium, *reason.cdp))
_SAFARI = re.compile(r"(?:Version/[\d.]+ (?:Mobile/\w+ )?Safari/|iPhone|iPad)(?!.*(?:Chrome|Chromium|Android))")


def judge(facts: Facts) -> Finding:
    if told := next(_told(facts), None):
        return Confirmed((told, *_let_in_where_allowed(facts)))
    blocked = [one for one in unsent.unsent(facts) if one.bare and one.allowed and one.third_party and _blockable(one)]
    for one in blocked:
        if shown := _shown(one):
            return Confirmed((unsent.set_to(one.visit), shown), certainty=0.95)
    blocked = [one for one in blocked if crossing.credentials(one.exchange) is not False]
    if blocked and not any(_carries(one.visit) for one in blocked):
        says = "it went to another site without any cookie: blocked by the browser, or made without credentials"
        return Undecided((blocked[0].evidence(says),))
    if facts.wires and not _crosses_sites(facts):
        return RuledOut("every request is of the site of its page")
    return unsent.nothing(facts)


def _told(facts: Facts) -> Iterator[Evidence]:
    """The browser's own word on a session cookie."""
    for visit in visits(facts):
        for one in (visit.login, *visit.after):
            for cookie in _blocked(one):
                reasons = [reason for reason in cookie.reasons if reason in _NAMES]
                if cookie.name == visit.name and reasons:
                    yield visit.wire.evidence(one, f"{one}: the browser blocks {cookie.name}: {', '.join(reasons)}")


def _let_in_where_allowed(facts: Facts) -> Iterator[Evidence]:
    """What the same browser did in its other visit, with third-party cookies allowed."""
    for visit in visits(facts):
        for one in visit.let_in[:1]:
            passage = visit.passages.get(one.pointer)
            if visit.wire.seen_by is Seen.BROWSER and passage and passage.context.third_party:
                yield visit.wire.evidence(one, f"{one} with third-party cookies allowed: the same login is let in")


def _blocked(exchange: Exchange) -> tuple[CookieBlocked, ...]:
    return (*exchange.request.withheld, *(exchange.response.refused if exchange.response else ()))


def _blockable(one: Unsent) -> bool:
    """Whether a browser that blocks third-party cookies keeps this one back, and this one names no other reason."""
    blocking = embedding.replay(one.visit, one.exchange, one.frames, third_party=False)
    if blocking is None or one.exchange.request.withheld:
        return False
    reasons = [
        *blocking.setting.reasons,
        *(reason for choice in blocking.sending.of(one.visit.name) for reason in choice.reasons),
    ]
    return Reason.USER_PREFERENCES in reasons


def _shown(one: Unsent) -> Evidence | None:
    agent = one.exchange.request.headers.get("user-agent") or ""
    if _SAFARI.search(agent):
        return one.evidence(
            f"{one.exchange} went to another site without any cookie, and Safari blocks third-party cookies always"
        )
    if one.exchange.request.headers.get("sec-fetch-storage-access") == "none":
        return one.evidence(
            f"{one.exchange} was made with credentials, and the browser says that no third-party cookie may go along "
            "(Sec-Fetch-Storage-Access: none)"
        )
    if crossing.credentials(one.exchange):
        return one.evidence(f"{one.exchange} was made with credentials and carried no cookie, though its rules let it go along")
    return None


def _carries(visit: Visit) -> bool:
    """Whether a request to another site carried a cookie: then the browser does not block them."""
    return any(passage.context.third_party and passage.exchange.request.cookies for passage in visit.passages.values())


def _crosses_sites(facts: Facts) -> bool:
    return any(passage.context.third_party for wire in facts.wires for passage in passages(wire).values())
