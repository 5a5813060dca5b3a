"""Requests by which a page's script asks a service of another origin, and what the browser keeps from it (CORS)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sessile.doctor import cors, timeline
from sessile.doctor.cors import Refusal
from sessile.doctor.facts import Facts, Wire
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.facts.exchange import Content, Exchange, Role, Served
from sessile.doctor.facts.wire import Seen
from sessile.doctor.findings import Change, Level, Need, RuledOut, Undecided, Unseen

SCRIPTED: Final = frozenset({"fetch", "xhr", "xmlhttprequest", "empty", "eventsource"})
_HIDDEN: Final = re.compile(r"ERR_FAILED|CORS|Access-Control|NetworkError|Load failed", re.IGNORECASE)
_PAGES: Final = frozenset({"document", "navigate", "navigation"})
_LOGIN_PAGE: Final = ("login", "signin", "sign-in", "log-in")
_CHROMIUM: Final = re.compile(r"\b(?:Headless)?Chrom(?:e|ium)/(\d{1,4})\b")
WITH_STORAGE_ACCESS_HEADERS: Final = 133
"""The version of Chromium that sends them first."""
_SAFE_MEDIA: Final = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
_UNSAFE: Final = ("x-csrf-token", "x-xsrf-token", "csrf-token", "x-csrftoken", "x-requested-with")
_ABOUT_SESSIONS: Final = frozenset({Role.LOGIN, Role.LOGOUT, Role.PERSONAL})


@dataclass(frozen=True, slots=True)
class Crossing:
    """An answered request across origins, or the preflight of one that was perhaps never sent.

    `refusal` is the rule by which the browser refuses it, None where none is known to fail. `noted` tells that the recording
    holds the browser's own error for it; `preflight` that it is a preflight.
    """

    wire: Wire
    exchange: Exchange
    origin: str
    refusal: Refusal | None
    noted: bool
    preflight: bool = False

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What shows the refusal."""
        if self.refusal is None:
            return ()
        said = self.exchange.error if self.wire.seen_by is Seen.BROWSER and self.noted else ""
        word = f"; Chromium says {said}" if said else ""
        return (self.wire.evidence(self.exchange, f"{self.exchange}: {self.refusal.says} ({self.refusal.rule.value}){word}"),)

    @property
    def certainty(self) -> float:
        """How sure the refusal is: as sure as the rule, and surer where the browser says that the request failed."""
        return 0.99 if self.noted else 0.95


def by_script(exchange: Exchange) -> bool:
    """Whether a script asked and wants to read the answer: not a link, a form, an image or a beacon."""
    headers = exchange.request.headers
    if mode := headers.get("sec-fetch-mode"):
        return mode == "cors"
    if exchange.kind:
        return exchange.kind in SCRIPTED
    return headers.get("x-requested-with") is not None or exchange.request.body.content is Content.JSON


def crosses(exchange: Exchange) -> bool:
    """Whether a script of a page of another origin asked."""
    origin = exchange.request.origin
    return origin is not None and origin != exchange.request.address.origin and by_script(exchange)


def asks_to_log_in(exchange: Exchange) -> bool:
    """Whether the page with the login form was opened, and not by a person's click, which says so in Sec-Fetch-User."""
    path = exchange.request.address.path.lower()
    html = exchange.response is not None and exchange.response.body.content is Content.HTML
    opened = exchange.kind in _PAGES or html
    clicked = exchange.request.headers.get("sec-fetch-user") == "?1"
    return exchange.request.method == "GET" and opened and not clicked and any(word in path for word in _LOGIN_PAGE)


def credentials(exchange: Exchange) -> bool | None:
    """Whether it was made with cookies; None where nothing tells.

    Chromium says Sec-Fetch-Storage-Access with every cross-site request that includes credentials, and with no other (Storage
    Access Headers, 2.2).
    """
    request = exchange.request
    if request.credentials is not None:
        return request.credentials == "include"
    considered = request.withheld or (exchange.response and exchange.response.refused)
    if request.cookies or considered or request.headers.get("sec-fetch-storage-access"):
        return True
    across = request.headers.get("sec-fetch-site") == "cross-site" and not request.preflight
    return False if across and _tells_of_access(request.headers.get("user-agent") or "") else None


def _tells_of_access(agent: str) -> bool:
    version = _CHROMIUM.search(agent)
    return version is not None and int(version[1]) >= WITH_STORAGE_ACCESS_HEADERS


def crossings(facts: Facts) -> tuple[Crossing, ...]:
    """Every answered request across origins to a service that logs people in, in order; with preflights."""
    return tuple(crossing for wire in facts.wires for crossing in _of(wire))


def refused(facts: Facts, *rules: cors.Rule) -> tuple[Crossing, ...]:
    """Those that the browser refuses by one of the rules."""
    return tuple(one for one in crossings(facts) if one.refusal and one.refusal.rule in rules)


def hidden(facts: Facts) -> tuple[Evidence, ...]:
    """The requests across origins of which the recording has only that they failed: so a browser hides an answer from a page."""
    return tuple(
        wire.evidence(one, f"{one.request.method} {one.request.address}, asked by a page of {_page(one)}, failed: {one.error}")
        for wire, one in _hidden(facts)
    )


def hidden_by_preflight(facts: Facts) -> tuple[Evidence, ...] | None:
    """What shows that only requests with a preflight are hidden, while the page reads others; None where nothing compares them.

    () says that a request is hidden, too, that a browser sends without asking first.
    """
    withheld = tuple(_hidden(facts))
    if not all(asks_first(one) for _, one in withheld):
        return ()
    asked = {(_page(one), one.request.address.origin) for _, one in withheld}
    read = (
        one.wire.evidence(one.exchange, f"{one.exchange}, which needs no preflight, was answered, and the page may read it")
        for one in crossings(facts)
        if not one.refusal and not one.preflight and not asks_first(one.exchange)
        if (one.origin, one.exchange.request.address.origin) in asked
    )
    return tuple(read)[:1] or None


def asks_first(exchange: Exchange) -> bool:
    """Whether a browser asks by a preflight before it sends this across origins (Fetch, CORS-safelisted methods and headers)."""
    request = exchange.request
    media = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    unsafe = request.body.content is Content.JSON or (media != "" and media not in _SAFE_MEDIA)
    authorized = isinstance(request.authorization, str) and request.authorization != ""
    named = authorized or any(request.headers.get(name) is not None for name in _UNSAFE)
    return request.method not in cors.SAFELISTED_METHODS or unsafe or named


def _hidden(facts: Facts) -> Iterator[tuple[Wire, Exchange]]:
    for wire in facts.wires:
        for one in wire.exchanges:
            failed = not one.status and one.role in _ABOUT_SESSIONS and by_script(one) and _HIDDEN.search(one.error)
            if failed and _page(one) not in ("", one.request.address.origin):
                yield wire, one


def _page(exchange: Exchange) -> str:
    """The origin of the page that asked; some recorders leave the Origin header out where no answer came."""
    asked_by = exchange.request.referer or exchange.initiator
    return exchange.request.origin or (asked_by.origin if asked_by else "")


def nothing(facts: Facts) -> Unseen | RuledOut | Undecided:
    """The finding where no request across origins is known to be refused."""
    if not facts.wires:
        return Unseen(Need.WIRE, "no recording was given")
    if withheld := hidden(facts):
        return Undecided(withheld[:1], Need.SITE)
    if not crossings(facts):
        return RuledOut("no script asks the service across origins")
    return RuledOut("the browser lets the page read these answers")


def _of(wire: Wire) -> Iterator[Crossing]:
    services = {one.request.address.origin for one in wire.exchanges if one.role in _ABOUT_SESSIONS}
    asked = {one.asked.pointer: one for one in timeline.preflights(wire)}
    for exchange in wire.exchanges:
        response, origin = exchange.response, exchange.request.origin
        if response is None or origin is None or exchange.request.address.origin not in services:
            continue
        if response.status == 304 or not (response.status or response.headers.fields):
            continue
        if preflight := asked.get(exchange.pointer):
            yield _preflight(wire, preflight, origin)
        elif crosses(exchange) and exchange.served is not Served.SERVICE_WORKER:
            noted = _HIDDEN.search(exchange.error) is not None
            known = credentials(exchange)
            refusal = cors.check(origin, response.headers, credentials=noted if known is None else known)
            if wire.seen_by is Seen.BROWSER and not noted:
                refusal = None  # it was there, and let the page read the answer
            yield Crossing(wire, exchange, origin, refusal, noted)


def _preflight(wire: Wire, preflight: timeline.Preflight, origin: str) -> Crossing:
    """A request that was answered shows that its preflight let it go; one that failed, that it did not."""
    request = preflight.request
    sent = request is not None and request.status > 0
    failed = request is not None and not sent
    known = credentials(request) if request else None
    refusal = cors.check_preflight(preflight.asked, credentials=failed if known is None else known)
    return Crossing(wire, preflight.asked, origin, None if sent else refusal, failed, preflight=True)


WITHHELD: Final = "answers withheld from the page"
ONLY_PREFLIGHTED: Final = "only requests with a preflight withheld"
LINKS: Final = {WITHHELD: Level.ALWAYS, ONLY_PREFLIGHTED: Level.RARELY}
PAGE: Final = Change(
    "the page",
    "fetch(url, { method: 'POST', body })\naxios.post(url, data)",
    "fetch(url, { method: 'POST', body, credentials: 'include' })\naxios.post(url, data, { withCredentials: true })",
)


def server_changes(*, origin: str = "https://shop.example", credentialed: bool = True) -> tuple[Change, ...]:
    """The CORS settings of each framework, from that origin ("*": any) and with or without credentials to what is right."""
    any_origin = origin == "*"
    express = "cors()" if any_origin else f"cors({{ origin: '{origin}'{', credentials: true' if credentialed else ''} }})"
    starlette = f"allow_origins=['{origin}']{', allow_credentials=True' if credentialed and not any_origin else ''}"
    flask = "" if any_origin else f", origins=['{origin}']{', supports_credentials=True' if credentialed else ''}"
    django = "CORS_ALLOW_ALL_ORIGINS = True" if any_origin else f"CORS_ALLOWED_ORIGINS = ['{origin}']"
    credentials_line = "\nCORS_ALLOW_CREDENTIALS = True"
    right = "https://shop.example"
    return (
        Change("Express", f"app.use({express})", f"app.use(cors({{ origin: '{right}', credentials: true }}))"),
        Change(
            "Starlette and FastAPI",
            f"app.add_middleware(CORSMiddleware, {starlette})",
            f"app.add_middleware(CORSMiddleware, allow_origins=['{right}'], allow_credentials=True)",
        ),
        Change("Flask (flask-cors)", f"CORS(app{flask})", f"CORS(app, origins=['{right}'], supports_credentials=True)"),
        Change(
            "Django (django-cors-headers)",
            django + (credentials_line if credentialed and not any_origin else ""),
            f"CORS_ALLOWED_ORIGINS = ['{right}']{credentials_line}",
        ),
    )
