"""Plays steps in Chromium and keeps what it saw: the requests as they came, the jar, and the reasons that DevTools shows."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lab.cookies.chromium import GONE, Chromium
from lab.cookies.servers import Seen, Servers, now_ms, wait
from lab.cookies.step import Exchange, Step


@dataclass(frozen=True, slots=True)
class Played:
    """A step as it went: when, what the servers saw of each exchange, and the browser's jar afterwards (None: it never ended).

    `said`: what document.cookie was, for a step that reads it.
    """

    exchanges: Sequence[Exchange]
    now: int
    seen: Sequence[Seen | None]
    jar: Sequence[dict[str, Any]] | None
    said: bytes

    @property
    def cookies(self) -> list[bytes]:
        """The Cookie header of each exchange, and what document.cookie was for the one that reads it."""
        return [seen.cookie if seen else self.said for seen in self.seen]


@dataclass(slots=True)
class DevTools:
    """What the protocol's Network events say of one request, hop by hop."""

    urls: list[str] = field(default_factory=list)
    sending: list[dict[str, Any]] = field(default_factory=list)
    setting: list[dict[str, Any]] = field(default_factory=list)


class Player:
    """A Chromium with the lab's servers behind it; `profile` opens a fresh one for each batch."""

    def __init__(self, servers: Servers, chromium: Chromium) -> None:
        self._servers = servers
        self._chromium = chromium
        self._requests: dict[str, DevTools] = defaultdict(DevTools)
        threading.Thread(target=self._listen, daemon=True).start()

    @contextmanager
    def profile(self) -> Iterator["Profile"]:
        """A profile with an empty jar, and a tab."""
        identity = self._chromium.call("Target.createBrowserContext")["browserContextId"]
        target = self._chromium.call("Target.createTarget", url="about:blank", browserContextId=identity)["targetId"]
        session = self._chromium.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._chromium.call("Network.enable", session)
        self._chromium.call("Page.enable", session)
        self._watch_frames(session)
        try:
            yield Profile(self._servers, self._chromium, identity, session)
        finally:
            self._chromium.call("Target.disposeBrowserContext", browserContextId=identity)

    def devtools(self) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        """By token: the ExtraInfo events of the request and of its response, where DevTools gave both for every hop."""
        found = {}
        for request in self._requests.values():
            if len(request.urls) == len(request.sending) == len(request.setting):
                for url, sending, setting in zip(request.urls, request.sending, request.setting, strict=True):
                    found[url.partition("?")[2]] = (sending, setting)
        return found

    def _watch_frames(self, session: str) -> None:
        self._chromium.tell("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)

    def _listen(self) -> None:
        while (event := self._chromium.events.get())["method"] != GONE:
            parameters = event["params"]
            match event["method"]:
                case "Target.attachedToTarget" if parameters["waitingForDebugger"]:
                    session = parameters["sessionId"]
                    self._chromium.tell("Network.enable", session)
                    self._watch_frames(session)
                    self._chromium.tell("Runtime.runIfWaitingForDebugger", session)
                case "Network.requestWillBeSent" if parameters["request"]["method"] != "OPTIONS":
                    self._requests[parameters["requestId"]].urls.append(parameters["request"]["url"])
                case "Network.requestWillBeSentExtraInfo":
                    self._requests[parameters["requestId"]].sending.append(parameters)
                case "Network.responseReceivedExtraInfo":
                    self._requests[parameters["requestId"]].setting.append(parameters)


class Profile:
    """One fresh profile and its tab."""

    def __init__(self, servers: Servers, chromium: Chromium, identity: str, session: str) -> None:
        self._servers = servers
        self._chromium = chromium
        self._identity = identity
        self._session = session

    def play(self, step: Step) -> Played:
        """Do it, wait until its last page reports, and look into the jar."""
        exchanges = step.exchanges()
        url, done = step.prepare(exchanges, self._servers)
        finished = self._servers.expect(done)
        now = now_ms()
        self._chromium.call("Page.navigate", self._session, url=url)
        jar = self._jar() if wait(finished) else None
        seen = [self._servers.seen.get(exchange.token) for exchange in exchanges]
        return Played(exchanges, now, seen, jar, self._servers.said.get(done, b""))

    def _jar(self) -> list[dict[str, Any]]:
        cookies: list[dict[str, Any]] = self._chromium.call("Storage.getCookies", browserContextId=self._identity)["cookies"]
        return cookies
