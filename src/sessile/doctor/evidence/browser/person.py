"""A visitor with a real browser: the same steps, but Chromium decides on every cookie, redirect and preflight."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import monotonic, time
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from playwright.sync_api import Error, Route, TimeoutError as TookTooLong

from sessile.doctor.evidence.browser import record
from sessile.doctor.evidence.browser.traffic import Hop, Traffic
from sessile.doctor.evidence.browser.window import Window
from sessile.doctor.evidence.exchange import address_of, role_of, said_in_request
from sessile.doctor.evidence.site.asking import ANSWER, Asked, Question
from sessile.doctor.evidence.site.network import Unreachable
from sessile.doctor.evidence.site.record import recorded
from sessile.doctor.evidence.site.visitor import Done, Step, Visitor, origin
from sessile.doctor.facts.exchange import Role, Sign

QUIET: Final = 0.3
"""Seconds without a request after which a page is taken to be at rest."""
RESTLESS: Final = 3.0
"""Seconds after which a page that never rests is left as it is."""
PAINTED: Final = 10.0
"""Seconds in which a page must have been painted."""
TICK: Final = 25
LATE: Final = "it did not answer whole in time"

_BLANK: Final = "<!doctype html><title>a page of this origin</title>"
_FETCH: Final = """([url, method, headers, body, credentials, patience]) => { fetch(url, {
    method, headers, body: body || undefined, credentials, signal: AbortSignal.timeout(patience),
}).then(answer => answer.text()).catch(() => 0) }"""
_SUBMIT: Final = """([url, fields]) => {
    const form = document.createElement("form");
    form.method = "post"; form.action = url; form.hidden = true;
    for (const [name, value] of fields) {
        const input = document.createElement("input");
        input.type = "hidden"; input.name = name; input.value = value; form.append(input);
    }
    document.body.append(form);
    HTMLFormElement.prototype.submit.call(form);
}"""
_OPEN: Final = "url => { location.assign(url) }"


@dataclass(slots=True)
class Person(Visitor):
    """Takes its steps in a window of Chromium, which asks first (CORS) by itself.

    `picture` is what the window showed before the logout, as PNG, where `pictured` asks for it.
    """

    window: Window = field(kw_only=True)
    traffic: Traffic = field(kw_only=True)
    pictured: bool = field(default=False, kw_only=True)
    picture: bytes = field(default=b"", repr=False, kw_only=True)
    _endless: set[str] = field(default_factory=set, repr=False, kw_only=True)

    @property
    def asks_first(self) -> bool:
        """A browser sends its own preflights."""
        return True

    def take(self, step: Step, _redirects: tuple[str, ...] = ()) -> Done:
        """Do one step; where it redirects to is followed, as a browser does, and recorded."""
        return self.follow(step)[0]

    def follow(self, step: Step, roles: Mapping[str, Role] | None = None) -> list[Done]:
        """Do one step and wait until the page is at rest; the chain of its request and what that redirected to, in order."""
        try:
            patience = min(ANSWER, self.budget.left)
        except Unreachable as error:
            return [self._unanswered(step, str(error))]
        if step.role is Role.LOGOUT:
            self.look()
        before = len(self.traffic.hops)
        began = time() * 1000
        self._act(step, patience)
        main = self._awaited(step, before, patience)
        if not step.scripted:
            self._rest()
        chain = [self._done(hop, step, place, roles or {}) for place, hop in enumerate(main)]
        others = [hop for hop in self.traffic.hops[before:] if hop not in main and self._real(hop)]
        beside = [self._beside(hop, step, place) for place, hop in enumerate(others, 1)]
        noted = [done.exchange for done in (*chain, *beside)]
        self.exchanges.extend(sorted(noted, key=lambda one: one.started))
        return chain or [self._unanswered(step, LATE, began)]

    def cookies_for(self, url: str) -> list[tuple[str, str]]:
        """The cookies that the browser holds for that URL."""
        return [(cookie["name"], cookie["value"]) for cookie in self.window.page.context.cookies(url)]

    def look(self) -> None:
        """Keep what the user is left with; once, and not the blank page."""
        page = self.window.page
        if not self.pictured or self.picture or self._stands_in(page.url):
            return
        if not self.plan.form:
            self._go(page.url, RESTLESS)  # what a script did, the page shows when it is opened again
        try:
            self.picture = page.screenshot(timeout=PAINTED * 1000)
        except TookTooLong:
            self.remarks.append(f"there is no picture, as the page was not painted within {PAINTED:g} s")

    def _act(self, step: Step, patience: float) -> None:
        page = self.window.page
        if step.page is None:
            self._go(step.url, patience)
            return
        if origin(page.url) != origin(step.page):
            self._go(step.page, patience)
        if step.scripted:
            body = step.body.decode("utf-8", "replace")
            self._run(_FETCH, [step.url, step.method, dict(step.fields), body, step.credentials, round(patience * 1000)])
        elif step.method == "GET":
            self._run(_OPEN, step.url)
        else:
            self._run(_SUBMIT, [step.url, parse_qsl(step.body.decode("utf-8", "replace"), keep_blank_values=True)])

    def _run(self, script: str, given: object) -> None:
        """Run a script once; whether it asked before the page was left, the traffic tells."""
        try:
            self.window.page.evaluate(script, given)
        except Error as error:
            if "context was destroyed" not in error.message:
                raise

    def _go(self, url: str, patience: float) -> None:
        """Open a page as a person does; one of `--origin` is blank, so that nobody needs to serve it."""
        page, blank = self.window.page, self._stands_in(url)
        if blank:
            page.route(f"{origin(url)}/**", _blank)
        try:
            page.goto(url, timeout=patience * 1000, wait_until="domcontentloaded")
        except Error as error:
            if "closed" in error.message or "crash" in error.message.lower():
                raise
        finally:
            if blank:
                page.unroute(f"{origin(url)}/**")

    def _awaited(self, step: Step, before: int, patience: float) -> list[Hop]:
        """The hops of the step's own request, once the last of them is over, or the time is."""
        deadline = monotonic() + patience
        while True:
            own = next((hop for hop in self.traffic.hops[before:] if self._is_own(hop, step)), None)
            hops = self.traffic.of(own.request_id) if own else []
            if (hops and all(hop.over for hop in hops)) or monotonic() > deadline:
                return hops
            self.window.page.wait_for_timeout(TICK)

    def _rest(self) -> None:
        """Wait until the page asks for nothing more: what it does by itself belongs to the step."""
        deadline, count, since = monotonic() + RESTLESS, -1, monotonic()
        while monotonic() < deadline and monotonic() - since < QUIET:
            if count != (now := len(self.traffic.hops)) or self._open():
                count, since = now, monotonic()
            self.window.page.wait_for_timeout(TICK)
        self._endless |= self._open()

    def _open(self) -> set[str]:
        """The requests that still wait, but for those that were waited for in vain."""
        return {hop.request_id for hop in self.traffic.hops if not hop.over} - self._endless

    @staticmethod
    def _is_own(hop: Hop, step: Step) -> bool:
        return _normal(hop.url) == _normal(step.url) and hop.method == step.method and not hop.preflight

    def _done(self, hop: Hop, step: Step, place: int, roles: Mapping[str, Role]) -> Done:
        name = step.name if place == 0 else f"{step.name}, redirect {place}"
        role = step.role if place == 0 else roles.get(hop.url, Role.OTHER)
        done = self._recorded(hop, name, role, step.credentials if step.scripted else None)
        in_time = done.answer or (hop.failure and not hop.failure.get("canceled"))
        return done if in_time else replace(done, exchange=replace(done.exchange, error=LATE))

    def _beside(self, hop: Hop, step: Step, place: int) -> Done:
        """What the page asked for besides."""
        asked_first = hop.preflight and _normal(hop.url) == _normal(step.url)
        name = f"preflight of {step.name}" if asked_first else f"{step.name}, request {place} beside it"
        address = address_of(hop.url)
        sent = str(hop.asked["request"].get("postData", ""))
        role = role_of(hop.method, address.path if address else "", Sign.CREDENTIALS in said_in_request(sent))
        return self._recorded(hop, name, Role.OTHER if hop.preflight else role, None)

    def _recorded(self, hop: Hop, name: str, role: Role, credentials: Literal["include", "same-origin", "omit"] | None) -> Done:
        status = hop.setting.get("statusCode") or hop.response.get("status") or 0
        body = self._body(hop) if role is not Role.OTHER or status >= 400 or hop.kind == "Document" else b""
        exchange = record.exchange(hop, name, role, body, credentials)
        done = Done(exchange, record.answer_of(hop, body), hop.url)
        self.note_cookies(done)
        return done

    def _body(self, hop: Hop) -> bytes | None:
        if hop.failure or 300 <= hop.response.get("status", 0) < 400:
            return None
        try:
            given: dict[str, Any] = self.window.session.send("Network.getResponseBody", {"requestId": hop.request_id})
        except Error:
            return None
        text: str = given["body"]
        return b64decode(text) if given["base64Encoded"] else text.encode("utf-8", "replace")

    def _unanswered(self, step: Step, why: str, began: float | None = None) -> Done:
        asked = Asked(began or time() * 1000, 0.0, None, None, why)
        question = Question(step.method, step.url, step.fields, step.body)
        credentials = step.credentials if step.scripted else None
        kind = "fetch" if step.scripted else "document"
        exchange = recorded(step.name, question, asked, step.role, kind=kind, page=step.page, credentials=credentials)
        self.exchanges.append(exchange)
        return Done(exchange, None, step.url)

    def _real(self, hop: Hop) -> bool:
        """Whether it went to the network: not the blank page, nor what the browser gave up before it asked."""
        canceled = hop.failure.get("canceled") and not hop.sending
        return not canceled and not self._stands_in(hop.url)

    def _stands_in(self, url: str) -> bool:
        """Whether this is of `--origin`, where the user has named nothing that is to be asked for: its page, or its icon."""
        named = (self.plan.site, self.plan.login, self.plan.protected, self.plan.logout)
        apart = self.plan.origin is not None and self.plan.origin not in [origin(one) for one in named if one]
        return apart and origin(url) == self.plan.origin


def _blank(route: Route) -> None:
    route.fulfill(content_type="text/html", body=_BLANK)


def _normal(url: str) -> tuple[str, str, str]:
    """A URL as a browser compares it, whoever wrote it down."""
    parts = urlsplit(url)
    return origin(url), unquote(parts.path) or "/", unquote(parts.query)
