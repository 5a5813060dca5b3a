"""Plays the same steps in the model, and names each point in which Chromium decided otherwise."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lab.cookies.chromium import Record
from lab.cookies.player import Played
from lab.cookies.step import Exchange
from sessile.cookies import Caution, Choice, Cookie, Jar, Kind, Opaque, Partition, Reason, SameSite, Sending, Setting
from sessile.cookies.reason import NOT_MODELLED

EXPIRY_TOLERANCE: Final = 5_000
"""Milliseconds that an expiry may differ: Chromium's clock ticks between request and response."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One point in which the model and the browser differ."""

    what: str
    where: str
    model: object
    chromium: object

    def __str__(self) -> str:
        return f"{self.what}\n    {self.where}\n    model    {self.model}\n    chromium {self.chromium}"


@dataclass(slots=True)
class Tally:
    """How many decisions were compared, by kind, and the differences among them."""

    decisions: Counter[str] = field(default_factory=Counter)
    reasons: Counter[Reason] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def check(self, what: str, where: str, *, model: object, chromium: object) -> None:
        """Count one decision of a kind, and note it if the two differ."""
        self.decisions[what] += 1
        if model != chromium:
            self.differences.append(Difference(what, where, model, chromium))

    def lines(self) -> Iterator[str]:
        """The differences, then how many decisions of each kind agree."""
        yield from map(str, self.differences)
        for kind, number in sorted(self.decisions.items()):
            wrong = sum(difference.what == kind for difference in self.differences)
            yield f"{kind:<16} {number - wrong} of {number} agree"
        yield "reasons met      " + ", ".join(f"{reason.name} {number}" for reason, number in self.reasons.most_common())
        unmet = [reason.name for reason in Reason if reason not in NOT_MODELLED and reason not in self.reasons]
        yield f"never met        {', '.join(unmet) or 'none'}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What Chromium wrote down, by the tokens of the exchanges: in its net log, and over the DevTools protocol."""

    records: Mapping[str, Record]
    devtools: Mapping[str, tuple[dict[str, Any], dict[str, Any]]]
    tally: Tally

    def batch(self, played: Sequence[Played], *, third_party: bool) -> None:
        """Play a batch's steps in the model, at the times at which Chromium played them, and compare each decision."""
        jar = Jar(third_party=third_party)
        for step in played:
            if step.jar is None:
                seen = [exchange is not None for exchange in step.seen]
                self.tally.check("step", _where(step.exchanges[-1]), model="ends", chromium=f"does not end; seen: {seen}")
                return
            for exchange, seen_cookie in zip(step.exchanges, step.cookies, strict=True):
                self._exchange(jar, step, exchange, seen_cookie)
            self._jar(jar, step)

    def _exchange(self, jar: Jar, step: Played, exchange: Exchange, cookie: bytes) -> None:
        sending = jar.send(exchange.context, step.now)
        what = "document.cookie" if exchange.context.kind is Kind.SCRIPT else "Cookie header"
        self.tally.check(what, _where(exchange), model=sending.header.encode("utf-8", "surrogateescape"), chromium=cookie)
        server_time = (step.now + exchange.skew) // 1000 * 1000
        self.tally.reasons.update(reason for choice in sending.choices for reason in choice.reasons)
        settings = [jar.store(line, exchange.context, step.now, server_time=server_time) for line in exchange.lines]
        self.tally.reasons.update(reason for setting in settings for reason in setting.reasons)
        if exchange.token in self.records:
            self._sent(sending, exchange)
            self._set(settings, exchange)
        if exchange.token in self.devtools:
            self._devtools_sent(sending, exchange)
            self._devtools_set(settings, exchange)

    def _sent(self, sending: Sending, exchange: Exchange) -> None:
        model = {_identity(choice.cookie): (_names(choice.reasons), _cautions(choice)) for choice in sending.choices}
        theirs = {_identity_in(event): _status(event) for event in self.records[exchange.token].send}
        for identity in sorted(model.keys() | theirs.keys()):
            where = f"{identity} {_where(exchange)}"
            self.tally.check("sent or not", where, model=model.get(identity), chromium=theirs.get(identity))

    def _set(self, settings: Sequence[Setting], exchange: Exchange) -> None:
        events = self.records[exchange.token].store
        looked_at = len(settings) if exchange.context.credentialed else 0
        self.tally.check("lines looked at", _where(exchange), model=looked_at, chromium=len(events))
        for line, setting, event in zip(exchange.lines, settings, events, strict=False):
            model = _names(setting.reasons), _cautions(setting)
            self.tally.check("set or not", f"{line!r} {_where(exchange)}", model=model, chromium=_status(event))

    def _devtools_sent(self, sending: Sending, exchange: Exchange) -> None:
        model = [(*_identity(choice.cookie)[:3], *_devtools(choice.reasons)) for choice in sending.choices if not choice.sent]
        chromium = [
            (*_identity_in(item["cookie"])[:3], *sorted(item["blockedReasons"]))
            for item in self.devtools[exchange.token][0]["associatedCookies"]
            if item["blockedReasons"]
        ]
        self.tally.check("DevTools, sent", _where(exchange), model=sorted(model), chromium=sorted(chromium))

    def _devtools_set(self, settings: Sequence[Setting], exchange: Exchange) -> None:
        model = [
            (_readable(line).strip(" \t"), *reasons)
            for line, setting in zip(exchange.lines, settings, strict=True)
            if (reasons := _devtools(set(setting.reasons) - {Reason.DOMAIN_MISMATCH}))
        ]
        blocked = self.devtools[exchange.token][1]["blockedCookies"]
        chromium = [(item["cookieLine"].strip(" \t"), *sorted(item["blockedReasons"])) for item in blocked]
        self.tally.check("DevTools, set", _where(exchange), model=sorted(model), chromium=sorted(chromium))

    def _jar(self, jar: Jar, step: Played) -> None:
        # Chromium sweeps expired cookies before it shows the jar.
        ours = {_identity(cookie): cookie for cookie in jar.cookies if not cookie.expired(step.now)}
        theirs = {_identity_in(cookie): cookie for cookie in step.jar or ()}
        for identity in sorted(ours.keys() | theirs.keys()):
            mine, their = ours.get(identity), theirs.get(identity)
            where = f"{identity} after {_where(step.exchanges[-1])}"
            self.tally.check("jar", where, model=mine and _facts_of(mine), chromium=their and _facts_in(their))
            if mine and their:
                difference = abs((mine.expires or -1000) - their["expires"] * 1000)
                shown = f"{where}: {mine.expires} and {their['expires'] * 1000}"
                self.tally.check("expiry", shown, model=True, chromium=difference <= EXPIRY_TOLERANCE)


def _facts_of(cookie: Cookie) -> tuple[object, ...]:
    same_site = None if cookie.same_site is SameSite.UNSPECIFIED else cookie.same_site.value
    return (
        _readable(cookie.value),
        cookie.secure,
        cookie.http_only,
        same_site,
        cookie.priority.value,
        _partition(cookie.partition),
    )


def _facts_in(cookie: dict[str, Any]) -> tuple[object, ...]:
    key = cookie.get("partitionKey")
    partition = (key["topLevelSite"], key["hasCrossSiteAncestor"]) if key else None
    return cookie["value"], cookie["secure"], cookie["httpOnly"], cookie.get("sameSite"), cookie["priority"], partition


def _readable(text: str) -> str:
    """A text as the protocol shows it: without octets that are no UTF-8."""
    return text.encode("utf-8", "ignore").decode()


def _partition(partition: Partition | None) -> tuple[str, bool] | None:
    if partition is None or isinstance(partition.top_level_site, Opaque):
        return None
    return str(partition.top_level_site), partition.cross_site_ancestor


def _identity(cookie: Cookie) -> tuple[str, str, str, bool]:
    return cookie.name, cookie.domain, cookie.path, cookie.partition is not None


def _identity_in(seen: dict[str, Any]) -> tuple[str, str, str, bool]:
    """The same of a cookie in the net log, which leaves out an empty name, or in the protocol."""
    partitioned = seen.get("partition_key", "(none)") != "(none)" or "partitionKey" in seen or "partitionKeyOpaque" in seen
    return seen.get("name", ""), seen["domain"], seen["path"], partitioned


def _status(event: dict[str, Any]) -> tuple[list[str], list[str]]:
    words = event["status"].split(", ")
    excluded = sorted(word for word in words if word.startswith("EXCLUDE_"))
    modelled = {caution.chromium for caution in Caution}
    return excluded, [] if excluded else sorted(word for word in words if word in modelled)


def _names(reasons: Iterable[Reason]) -> list[str]:
    return sorted(reason.chromium for reason in reasons)


def _cautions(verdict: Setting | Choice) -> list[str]:
    return sorted(caution.chromium for caution in verdict.cautions)


def _devtools(reasons: Iterable[Reason]) -> list[str]:
    return sorted(reason.devtools for reason in reasons if reason.devtools)


def _where(exchange: Exchange) -> str:
    context = exchange.context
    around = " < ".join(_shown(page) for page in context.frames)
    hops = "".join(f" after {url}" for url in context.redirects)
    started = f" by {_shown(context.initiator)}" if context.initiator else ""
    return f"{context.kind.name} {context.method} {context.url}{hops} in [{around}]{started} {context.credentials}"


def _shown(page: object) -> str:
    return "null" if isinstance(page, Opaque) else str(page)
