"""Requests of one browser, stopped before each thing they want from the store and resumed in any order; ids are exchanged."""

import json
from collections.abc import Generator
from dataclasses import dataclass, field

from hypothesis import given, settings, strategies as st

from sessile.session.cookie import cookie_value
from sessile.session.outcome import Reason
from sessile.session.session import Session
from sessile.session.store import Replace, Rotate, Want
from tests.session.browser import KEYRING, SECOND, Browser, Service, expiry

LONGEST_REQUEST = 20 * SECOND

actions = st.lists(
    st.tuples(st.sampled_from(["read", "write", "advance", "advance", "advance", "deliver", "wait", "wait"]), st.integers(0, 9)),
    max_size=70,
)


@dataclass(slots=True)
class Request:
    """A request in flight: it yields before each want, and has its response's cookies when it is over."""

    service: Service
    header: str
    kind: str
    number: int
    began: int
    session: Session = field(default_factory=Session)
    cookies: list[str] | None = None

    def run(self) -> Generator[Want, None, None]:
        flow, session, service = self.service.flow, self.session, self.service
        yield from service.steps(flow.open(session, self.header, now=service.now))
        match self.kind:
            case "write":
                session[f"key{self.number}"] = self.number
            case "login":
                flow.regenerate(session)
                session["admin"] = True
            case "logout":
                yield from service.steps(flow.destroy(session, now=service.now))
        yield from service.steps(flow.close(session, https=True, now=service.now))
        self.cookies = flow.set_cookies(session, https=True)


class Traffic:
    """One browser with a session that is exchanged every minute, and its requests in flight."""

    def __init__(self) -> None:
        self.service = Service.of(lives=expiry(idle=600, rotate=1))
        self.browser = Browser(self.service)
        self.browser.visit({"user": 7})
        self.ids = set(self.service.rows)
        self.requests: list[Request] = []
        self.running: list[tuple[Request, Generator[Want, None, None]]] = []
        self.answered: list[Request] = []

    def begin(self, kind: str) -> None:
        request = Request(self.service, self.browser.header, kind, len(self.requests), self.service.now)
        self.requests.append(request)
        self.running.append((request, request.run()))

    def advance(self, number: int) -> None:
        if self.running:
            request, steps = self.running[number % len(self.running)]
            if next(steps, None) is None:
                self.running.remove((request, steps))
                self.answered.append(request)
            self.ids |= self.service.rows.keys()

    def deliver(self, number: int) -> None:
        if self.answered:
            self.browser.keep(self.answered.pop(number % len(self.answered)).cookies or [])

    def wait(self, seconds: int) -> None:
        self.service.now += seconds * SECOND
        self.finish(self.service.now - LONGEST_REQUEST)

    def finish(self, began_before: int | None = None) -> None:
        """Let requests end and their responses arrive, all or those that take too long already."""
        for request, steps in list(self.running):
            if began_before is None or request.began <= began_before:
                for _ in steps:
                    self.ids |= self.service.rows.keys()
                self.running.remove((request, steps))
                self.answered.append(request)
        for request in list(self.answered):
            if began_before is None or request.began <= began_before:
                self.answered.remove(request)
                self.browser.keep(request.cookies or [])

    def play(self, schedule: list[tuple[str, int]]) -> None:
        for action, number in schedule:
            match action:
                case "advance":
                    self.advance(number)
                case "deliver":
                    self.deliver(number)
                case "wait":
                    self.wait(number)
                case kind:
                    self.begin(kind)


@settings(max_examples=150, deadline=None)
@given(actions)
def test_no_request_loses_the_session_nor_a_key(schedule: list[tuple[str, int]]) -> None:
    traffic = Traffic()
    traffic.play(schedule)
    traffic.finish()
    written = {f"key{request.number}": request.number for request in traffic.requests if request.kind == "write"}
    assert {request.session.outcome.reason for request in traffic.requests} <= {Reason.LIVE}
    assert dict(traffic.browser.open()) == {"user": 7, **written}
    traffic.service.now += 31 * SECOND
    assert dict(traffic.browser.open()) == {"user": 7, **written}


@settings(max_examples=150, deadline=None)
@given(actions, actions)
def test_a_logout_leaves_nothing_alive(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    traffic = Traffic()
    traffic.play(before)
    traffic.begin("logout")
    traffic.play(after)
    traffic.finish()
    assert not [row for row in traffic.service.rows.values() if "user" in json.loads(row.text)]


@settings(max_examples=150, deadline=None)
@given(actions, actions)
def test_no_id_of_before_a_login_reaches_what_it_stored(before: list[tuple[str, int]], after: list[tuple[str, int]]) -> None:
    traffic = Traffic()
    traffic.play(before)
    traffic.begin("login")
    login = traffic.requests[-1]
    traffic.play(after)
    traffic.finish()
    assert login.session.outcome.reason is Reason.LIVE
    successors: set[str] = set()
    for want in traffic.service.wants:
        if isinstance(want, Replace) or (isinstance(want, Rotate) and want.old in successors):
            successors.add(want.id)
    for session_id in traffic.ids - successors:
        found = traffic.service.open(f"connect.sid={cookie_value(session_id, KEYRING)}")
        assert "admin" not in found, session_id
    assert [row for row in traffic.service.rows.values() if "admin" in json.loads(row.text)]
