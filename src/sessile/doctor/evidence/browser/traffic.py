"""What Chromium's DevTools protocol tells of the network, put together hop by hop (domain Network)."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import CDPSession

Event = dict[str, Any]

MOST: Final = 20_000
"""Requests that are followed; a page that makes more is cut off there."""


@dataclass(slots=True, eq=False)
class Hop:
    """One request and its answer; a request that is redirected has several, under one `request_id`.

    `sending` and `setting` are the ExtraInfo events: the header fields as they really went over the wire, with the browser's
    verdict on each cookie. They are empty where the network was not asked, and of preflights.
    """

    request_id: str
    asked: Event
    response: Event = field(default_factory=dict)
    sending: Event = field(default_factory=dict)
    setting: Event = field(default_factory=dict)
    failure: Event = field(default_factory=dict)
    kind: str = ""
    ended: float | None = None
    wants_more: bool = False

    @property
    def url(self) -> str:
        """What was asked for, without a fragment."""
        url: str = self.asked["request"]["url"]
        return url.partition("#")[0]

    @property
    def method(self) -> str:
        """The request's method."""
        method: str = self.asked["request"]["method"]
        return method

    @property
    def preflight(self) -> bool:
        """Whether it asks on behalf of another request."""
        return self.kind == "Preflight" or self.asked.get("initiator", {}).get("type") == "preflight"

    @property
    def over(self) -> bool:
        """Whether nothing more will be told of it."""
        return self.ended is not None and (not self.wants_more or bool(self.setting))


class Traffic:
    """Listens to a page; `hops` are its requests in order."""

    def __init__(self, session: CDPSession) -> None:
        self.hops: list[Hop] = []
        self._by_id: dict[str, list[Hop]] = defaultdict(list)
        self._early: dict[str, list[tuple[str, Event]]] = defaultdict(list)
        for name, handler in (
            ("requestWillBeSent", self._asked),
            ("requestWillBeSentExtraInfo", lambda event: self._extra("sending", event)),
            ("responseReceived", self._answered),
            ("responseReceivedExtraInfo", lambda event: self._extra("setting", event)),
            ("loadingFinished", self._ended),
            ("loadingFailed", self._failed),
        ):
            session.on(f"Network.{name}", handler)
        session.send("Network.enable")

    def of(self, request_id: str) -> list[Hop]:
        """Every hop of one request."""
        return self._by_id[request_id]

    def _asked(self, event: Event) -> None:
        if len(self.hops) >= MOST or not event["request"]["url"].startswith(("http:", "https:")):
            return
        before = self._latest(event)
        if before and "redirectResponse" in event:
            before.response, before.ended = event["redirectResponse"], event["timestamp"]
            before.wants_more = bool(event.get("redirectHasExtraInfo"))
        hop = Hop(event["requestId"], event, kind=event.get("type", ""))
        self.hops.append(hop)
        self._by_id[hop.request_id].append(hop)
        for name, early in self._early.pop(hop.request_id, ()):
            self._extra(name, early)

    def _extra(self, name: str, event: Event) -> None:
        """These come in the order of the hops, each before or after the event that it belongs to."""
        lacking = next((hop for hop in self._by_id[event["requestId"]] if not getattr(hop, name)), None)
        if lacking is None:
            self._early[event["requestId"]].append((name, event))
        else:
            setattr(lacking, name, event)

    def _answered(self, event: Event) -> None:
        if hop := self._latest(event):
            hop.response, hop.kind = event["response"], event.get("type", hop.kind)
            hop.wants_more = bool(event.get("hasExtraInfo"))

    def _ended(self, event: Event) -> None:
        if hop := self._latest(event):
            hop.ended = event["timestamp"]

    def _failed(self, event: Event) -> None:
        if hop := self._latest(event):
            hop.ended, hop.failure = event["timestamp"], event

    def _latest(self, event: Event) -> Hop | None:
        hops = self._by_id[event["requestId"]]
        return hops[-1] if hops else None
