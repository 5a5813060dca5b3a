"""A browser's manners without a browser: cookies by the model, redirects by hand, every step recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import time
from typing import Final
from urllib.parse import urlsplit

from sessile.cookies import Context, Credentials, Jar
from sessile.doctor.evidence.exchange import address_of, redirected
from sessile.doctor.evidence.site.asking import USER_AGENT, Answer, Fields, Question, ask
from sessile.doctor.evidence.site.network import Budget
from sessile.doctor.evidence.site.plan import Plan
from sessile.doctor.evidence.site.record import recorded
from sessile.doctor.facts.cookies import Value
from sessile.doctor.facts.exchange import Exchange, Role

MOST_REDIRECTS: Final = 10
REDIRECTS: Final = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what it is called in the report, what is asked, and from which page.

    `page` None: a person opens the URL. `scripted`: the page's script asks, by fetch.
    """

    name: str
    url: str
    role: Role = Role.OTHER
    method: str = "GET"
    page: str | None = None
    scripted: bool = False
    fields: Fields = ()
    body: bytes = b""
    credentials: Credentials = "include"


@dataclass(frozen=True, slots=True)
class Done:
    """A step as it went: the exchange, the whole answer (None without one), and the URL that gave it."""

    exchange: Exchange
    answer: Answer | None
    url: str

    @property
    def status(self) -> int:
        """The status, 0 without an answer."""
        return self.answer.status if self.answer else 0


@dataclass(slots=True)
class Visitor:
    """Asks for URLs one after the other, with the cookies that a browser would send; `exchanges` is what came of it.

    `own` is a Cookie header of the user's own, which goes to the protected page's host besides.
    """

    plan: Plan
    budget: Budget
    jar: Jar = field(default_factory=Jar)
    exchanges: list[Exchange] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    own: str = field(default="", repr=False)
    _set: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    @property
    def asks_first(self) -> bool:
        """Whether a preflight goes out by itself before what needs one."""
        return False

    def take(self, step: Step, redirects: tuple[str, ...] = ()) -> Done:
        """Do one step, without following a redirect; `redirects` are the URLs that led to it."""
        context = _context(step, redirects)
        done = self._ask(step, self._with_own(step, self.jar.send(context, _now()).header))
        self._remember(done, context)
        self.exchanges.append(done.exchange)
        return done

    def follow(self, step: Step, roles: Mapping[str, Role] | None = None) -> list[Done]:
        """Do one step and what it redirects to, as a browser would (Fetch, "HTTP-redirect fetch"); the chain, in order.

        `roles` are those of known URLs, should a redirect lead there.
        """
        chain, seen = [self.take(step)], [step.url]
        while (target := self._target(chain[-1])) is not None:
            if len(chain) > MOST_REDIRECTS:
                self.remarks.append(f"{step.name}: more than {MOST_REDIRECTS} redirects, the last one to {address_of(target)}")
                break
            following = _redirected(step, chain[-1], target)
            if following is None:
                self.remarks.append(
                    f"{step.name}: a redirect would send the data to {address_of(target)}, so it was not followed"
                )
                break
            step = replace(following, role=(roles or {}).get(target, Role.OTHER))
            named = replace(step, name=f"{step.name}, redirect {len(chain)}")
            chain.append(self.take(named, tuple(seen)))
            seen.append(target)
        return chain

    def with_cookies(self, step: Step, header: str, *, host: str | None = None) -> Done:
        """Do one step with this very Cookie header, outside the jar and the record."""
        return self._ask(step, header, host=host)

    def cookies_for(self, url: str) -> list[tuple[str, str]]:
        """The cookies that a page of that URL's own origin would send to it."""
        context = Context.fetch(url, page=url)
        return [(cookie.name, cookie.value) for cookie in self.jar.send(context, _now()).sent]

    def withheld(self, url: str, header: str) -> str:
        """A Cookie header with all that the user's hosts set, where the one that a browser would send lacks some; else ""."""
        sent, here = dict(_pairs(header)), urlsplit(url).hostname or ""
        hosts = [host for host in self._set if host in self.plan.named and host != here]
        ours = {name: value for host in (*hosts, here) for name, value in self._set.get(host, {}).items()}
        return _header({**sent, **ours}) if ours.keys() - sent.keys() else ""

    def sent_with(self, done: Done) -> str:
        """The Cookie header that a step carried."""
        sent = done.exchange.request.cookies
        cookies = sent if isinstance(sent, tuple) else ()
        return "; ".join(
            f"{cookie.name}={cookie.value.concealed.reveal()}" for cookie in cookies if isinstance(cookie.value, Value)
        )

    def _target(self, done: Done) -> str | None:
        if done.answer is None or done.status not in REDIRECTS or not done.answer.first("location"):
            return None
        target = redirected(done.answer.first("location"), done.exchange.request.address)
        if target and target.scheme in ("http", "https") and target.port:
            return target.whole.reveal()
        self.remarks.append(f"{done.exchange.pointer}: it redirects to what is no http(s) URL")
        return None

    def _ask(self, step: Step, cookies: str, *, host: str | None = None) -> Done:
        fields = [("User-Agent", USER_AGENT), ("Accept", "*/*" if step.scripted else "text/html,*/*;q=0.8"), *step.fields]
        if step.page and (crosses(step) or step.method != "GET"):
            fields.append(("Origin", origin(step.page)))
        if step.page:
            same = origin(step.page) == origin(step.url)
            fields.append(("Referer", step.page.partition("?")[0] if same else f"{origin(step.page)}/"))
        if cookies:
            fields.append(("Cookie", cookies))
        question = Question(step.method, step.url, (*fields, ("Connection", "close")), step.body, host)
        asked = ask(question, self.plan, self.budget)
        kind = "preflight" if step.method == "OPTIONS" else "fetch" if step.scripted else "document"
        credentials = step.credentials if step.scripted else None
        exchange = recorded(step.name, question, asked, step.role, kind=kind, page=step.page, credentials=credentials)
        return Done(exchange, asked.answer, step.url)

    def _remember(self, done: Done, context: Context) -> None:
        if done.answer is None:
            return
        response = done.exchange.response
        server_time = response.date if response else None
        for line in done.answer.all("set-cookie"):
            self.jar.store(line, context, _now(), server_time=server_time)
        self.note_cookies(done)

    def note_cookies(self, done: Done) -> None:
        """Remember what a response sets, whatever a browser makes of it."""
        response = done.exchange.response
        cookies = self._set.setdefault(urlsplit(done.url).hostname or "", {})
        for cookie in response.set_cookies if response and isinstance(response.set_cookies, tuple) else ():
            cookies.pop(cookie.name, None)
            if isinstance(cookie.value, Value) and not cookie.removes:
                cookies[cookie.name] = cookie.value.concealed.reveal()

    def _with_own(self, step: Step, header: str) -> str:
        """The header with the user's own cookies, each as the service renewed it meanwhile."""
        if not self.own or urlsplit(step.url).hostname != urlsplit(self.plan.protected or "").hostname:
            return header
        host = urlsplit(step.url).hostname or ""
        return _header({**dict(_pairs(self.own)), **self._set.get(host, {})})


def origin(url: str) -> str:
    """Scheme, host and port of a URL, as an Origin header writes them."""
    address = address_of(url)
    return address.origin if address else "null"


def crosses(step: Step) -> bool:
    """Whether a page of another origin asks, by script, so that CORS has a say."""
    return step.scripted and step.page is not None and origin(step.page) != origin(step.url)


def _pairs(header: str) -> Iterator[tuple[str, str]]:
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name:
            yield name, value


def _header(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _context(step: Step, redirects: tuple[str, ...]) -> Context:
    if step.scripted:
        return Context.fetch(
            step.url, page=step.page or step.url, method=step.method, redirects=redirects, credentials=step.credentials
        )
    return Context.navigation(step.url, method=step.method, initiator=step.page, redirects=redirects)


def _redirected(step: Step, done: Done, target: str) -> Step | None:
    """The request after a redirect: a POST becomes GET, unless 307 or 308 say otherwise; None where a password would leak."""
    keeps = done.status in (307, 308) or step.method == "GET" or (done.status != 303 and step.method != "POST")
    here, there = urlsplit(done.url), urlsplit(target)
    if here.netloc != there.netloc:  # a CSRF token is nobody else's business
        step = replace(step, fields=tuple(one for one in step.fields if one[0] == "Content-Type"))
    if not keeps:
        return replace(
            step, url=target, method="GET", body=b"", fields=tuple(one for one in step.fields if one[0] != "Content-Type")
        )
    downgraded = here.scheme == "https" and there.scheme == "http"
    if step.body and (here.hostname != there.hostname or downgraded):
        return None
    return replace(step, url=target)


def _now() -> int:
    return round(time() * 1000)
