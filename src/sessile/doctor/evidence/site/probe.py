"""The probe, step by step: the page, one login, the cookie replayed; and, once its row was looked up, the session ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from time import time
from typing import Final

from sessile.doctor import cors
from sessile.doctor.evidence.site import direct, login, logout
from sessile.doctor.evidence.site.network import Budget
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.evidence.site.visitor import REDIRECTS, Done, Step, Visitor, crosses
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.facts.site import Comparison
from sessile.doctor.visits import turned_away

REPLAYS: Final = 4
"""How often the cookie is sent to the protected page, each time over a new connection: a balancer then chooses again."""
TURNS: Final = 2
"""How often it is asked again past caches, and not past them, where that makes a difference."""
UNKNOWN_TO_CACHES: Final = "sessile-doctor"
UNGUARDED: Final = "--protected is answered without a session just as with one: name a page that only its user may see"
LEAVING: Final = 15.0
"""Seconds for the logout, which is asked for even where the time for all the rest is over."""
STAYS: Final = "the probe's session may live on until it expires"
VISITED: Final = (
    "the browser logged in, once a visit: where a user may have only one session, that ended the user's other one; a test user "
    "avoids it"
)
LOGGED_IN: Final = (
    "the probe logged in, once: where a user may have only one session, that ended the user's other one; a test user avoids it, "
    "or --cookie @FILE, which uses a session without a login"
)


@dataclass(slots=True)
class Probe:
    """One probe under way, and what it learned beside its exchanges."""

    plan: Plan
    visitor: Visitor
    forced: Exchange | None = None
    strangers: tuple[Exchange, ...] = ()
    stopped: str = ""
    direct: tuple[Comparison, ...] = ()
    _pages: list[Done] = field(default_factory=list)
    _landed: list[Done] = field(default_factory=list)

    def run(self) -> None:
        """Do all but leave. Without an answer to the first page nothing else is tried."""
        self._open()
        if self._pages[0].answer is None:
            self.stopped = f"there was no response, because {self._pages[0].exchange.error}"
            return
        protected = self.plan.protected
        if self.plan.cookie and protected:
            self._with_own_cookie(protected, self.plan.cookie.reveal())
        elif self.plan.logs_in:
            self._log_in()
        elif protected:
            self._compare(protected, self._ask("protected", protected))
        elif self._pages[-1].status in REDIRECTS:
            self.stopped = "the page was never reached: each redirect led to another one"

    def leave(self) -> None:
        """End the session that it began, once."""
        landed, self._landed = self._landed, []
        if landed:
            self.visitor.budget = Budget(LEAVING)
            self._log_out(landed)

    def _open(self) -> None:
        self._pages = self.visitor.follow(Step("page", self.plan.site))
        form = self.plan.login if self.plan.form and self.plan.logs_in else None
        if form and self._pages[0].answer and form not in [done.url for done in self._pages]:
            self._pages += self.visitor.follow(Step("login page", form, page=self._pages[-1].url))

    def _log_in(self) -> None:
        protected = self.plan.protected
        before = self._ask("protected before login", protected) if protected else None
        step = login.request(self.plan, self.visitor, self._pages)
        if refused := self._preflight(step):
            self.stopped = f"the login was not sent, as a browser would not send it either: {refused}"
            return
        landed = self.visitor.follow(step, {protected: Role.PERSONAL} if protected else None)
        if refused := login.refusal(landed[0], self.plan):
            self._mark_refused(landed[0])
            self.stopped = f"the login {refused}; it was tried once and is not tried again"
            return
        self._landed = landed
        self.visitor.remarks.append(VISITED if self.plan.browser else LOGGED_IN)
        arrived = landed[-1] if len(landed) > 1 else None
        replays = self._replay(protected or (arrived.url if arrived else None), before)
        if replays and all(turned_away(done.exchange) for done in replays) and (lacks := login.unfinished(landed)):
            self._mark_refused(landed[0])
            self.stopped = f"the login {lacks}: --cookie @FILE takes a session that is complete"

    def _mark_refused(self, refused: Done) -> None:
        """A login that led back to its form was none, whatever its status says."""
        if 200 <= refused.status < 400:
            place = self.visitor.exchanges.index(refused.exchange)
            self.visitor.exchanges[place] = replace(refused.exchange, role=Role.OTHER)

    def _replay(self, protected: str | None, before: Done | None) -> list[Done]:
        if protected is None:
            self.stopped = "the login was taken, but no page is known that only its user may see: give --protected PATH"
            return []
        replays = [self._ask(f"replay {number}", protected) for number in range(1, REPLAYS + 1)]
        self._past_caches(protected, replays)
        self._as_strangers(protected, replays)
        if withheld := self.visitor.withheld(protected, self.visitor.sent_with(replays[-1])):
            step = self._step("replay with the cookies that a browser would not send", protected)
            self.forced = self.visitor.with_cookies(step, withheld).exchange
        if before and _alike(before, replays[0]):
            self.stopped = UNGUARDED
        self._compare(protected, replays[-1])
        return replays

    def _past_caches(self, protected: str, replays: Sequence[Done]) -> None:
        """Where all were turned away, ask with a parameter that no cache knows; if that is let in, by turns with it and without.

        Instances of which only some know the session let one request in now and then, too.
        """
        if not all(turned_away(done.exchange) and self.visitor.sent_with(done) for done in replays):
            return
        address = f"{protected}{'&' if '?' in protected else '?'}{UNKNOWN_TO_CACHES}={round(time() * 1000)}"
        if self._ask("replay past caches", address).status < 400:
            for turn in range(1, TURNS + 1):
                self._ask(f"replay {REPLAYS + turn}", protected)
                self._ask(f"replay past caches, turn {turn + 1}", f"{address}{turn}")

    def _as_strangers(self, protected: str, replays: Sequence[Done]) -> None:
        """Where answers with one cookie differ, see which cookie each instance begins a session with."""
        if len({turned_away(done.exchange) for done in replays}) > 1:
            steps = [self._step(f"as a stranger {number}", protected) for number in range(1, REPLAYS + 1)]
            self.strangers = tuple(self.visitor.with_cookies(step, "").exchange for step in steps)

    def _with_own_cookie(self, protected: str, cookie: str) -> None:
        """The user's own session is read with; nothing logs in beside it, and nothing logs it out."""
        before = self._ask("protected without the cookie", protected)
        self.visitor.own = cookie
        replays = [self._ask(f"replay {number}", protected) for number in range(1, REPLAYS + 1)]
        self._past_caches(protected, replays)
        self._as_strangers(protected, replays)
        refused = sum(turned_away(done.exchange) for done in replays)
        silent = next((done for done in replays if done.answer is None), None)
        if silent:
            self.stopped = f"the protected page gave no response, because {silent.exchange.error}"
        elif refused:
            self.stopped = (
                f"the cookie given was turned away, {refused} of {REPLAYS} times: `sessile why` follows it to where it stops"
            )
        elif _alike(before, replays[0]):
            self.stopped = UNGUARDED
        self._compare(protected, replays[-1])

    def _ask(self, name: str, url: str) -> Done:
        """The protected page; where it redirects to is recorded, not followed: that says enough."""
        return self.visitor.take(self._step(name, url))

    def _step(self, name: str, url: str) -> Step:
        scripted = self.plan.origin is not None or not self.plan.form
        return Step(name, url, Role.PERSONAL, page=self._opened, scripted=scripted)

    @property
    def _opened(self) -> str:
        """The page from which everything else is asked."""
        return f"{self.plan.origin}/" if self.plan.origin else self._pages[-1].url

    def _preflight(self, step: Step) -> str:
        """Ask first where a browser would, and say why it would not go on; "" if it would (Fetch, "CORS-preflight fetch")."""
        names = _beyond_simple(step)
        if self.visitor.asks_first or not crosses(step) or not names:
            return ""
        fields = (("Access-Control-Request-Method", step.method), ("Access-Control-Request-Headers", ",".join(names)))
        asking = replace(
            step, name=f"preflight of {step.name}", role=Role.OTHER, method="OPTIONS", body=b"", fields=fields, credentials="omit"
        )
        done = self.visitor.take(asking)
        if done.answer is None:
            return f"the preflight got no response, because {done.exchange.error}"
        refused = cors.check_preflight(done.exchange, credentials=True)
        return refused.says if refused else ""

    def _compare(self, protected: str, proxied: Done) -> None:
        if self.plan.direct:
            step = self._step("protected", protected)
            self.direct = direct.compared(self.plan.direct, self.visitor, self._pages[0], (step, proxied))

    def _log_out(self, landed: Sequence[Done]) -> None:
        step = logout.request(self.plan, self.visitor, [*self._pages, *landed], self._opened)
        if step is None:
            self.visitor.remarks.append(f"{STAYS}, as no logout was found: --logout PATH ends it")
            return
        done = self.visitor.take(step)
        if withheld := self.visitor.withheld(step.url, self.visitor.sent_with(done)):
            done = self.visitor.with_cookies(step, withheld)
        if not 200 <= done.status < 400:
            self.visitor.remarks.append(f"{STAYS}: the logout at {done.exchange.request.address} was answered {done.status}")


def _beyond_simple(step: Step) -> list[str]:
    """The header fields for which a browser asks first (Fetch, "CORS-unsafe request-header names")."""
    return sorted(name.lower() for name, value in step.fields if (name, value) not in _SIMPLE)


_SIMPLE: Final = {("Content-Type", "application/x-www-form-urlencoded")}


def _alike(without: Done, with_session: Done) -> bool:
    """Whether a page was answered for nobody just as for its user, and as if nothing were protected."""
    if without.answer is None or with_session.answer is None or turned_away(without.exchange) or not without.answer.whole:
        return False
    return without.status == with_session.status < 400 and without.answer.body == with_session.answer.body
