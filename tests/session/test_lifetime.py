"""How long a session lives: idle, absolute, remembered, with the browser; when its use is noted, and what Express reads."""

import json
from datetime import timedelta
from typing import Any

import pytest

from sessile.errors import ConfigurationError
from sessile.session.cookie import CookiePolicy
from sessile.session.expiry import Expiry
from sessile.session.outcome import Reason
from sessile.session.store import Create, Stored, Touch, Update
from tests.node import run_node
from tests.session.browser import DAY, HOUR, MINUTE, NOW, SECOND, Browser, Service, expiry

BRIEF = CookiePolicy(persistent=False)

LOAD_IN_EXPRESS = """
const session = require("express-session");
const [text, now] = JSON.parse(require("fs").readFileSync(0, "utf8"));
Date.now = () => now;
const loaded = new session.MemoryStore().createSession({ sessionID: "x" }, JSON.parse(text));
loaded.touch();
console.log(JSON.stringify({ maxAge: loaded.cookie.maxAge ?? null, original: loaded.cookie.originalMaxAge,
  expires: loaded.cookie.expires ?? null, data: Object.keys(loaded).filter((key) => key !== "cookie") }));
"""


def of_express(service: Service) -> Any:
    """What Express makes of the only row, used at the service's time."""
    ((_, row),) = service.rows.items()
    return run_node(LOAD_IN_EXPRESS, [row.text, service.now])


def row_of(service: Service) -> Stored:
    (row,) = service.rows.values()
    return row


def cookie_of(service: Service) -> dict[str, Any]:
    cookie: dict[str, Any] = json.loads(row_of(service).text)["cookie"]
    return cookie


class TestLimits:
    @pytest.mark.parametrize("regenerate", [False, True])
    def test_the_absolute_one_ends_what_is_used_all_the_time(self, regenerate: bool) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=60, absolute=180)))
        browser.visit({"user": 7})
        for _ in range(6):
            service.now += 30 * MINUTE
            assert browser.visit(regenerate=regenerate)["user"] == 7
            assert row_of(service).expires <= NOW + 180 * MINUTE
        service.now += 1
        ended = browser.open()
        assert (dict(ended), ended.outcome.reason in (Reason.EXPIRED, Reason.EXPIRED_ABSOLUTE)) == ({}, True)

    def test_the_absolute_one_holds_for_a_row_that_lives_longer(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=600)))
        browser.visit({"user": 7})
        service.now += 181 * MINUTE
        shorter = Browser(service.reads(expiry=expiry(idle=600, absolute=180)))
        shorter.jar = browser.jar
        assert shorter.open().outcome.reason is Reason.EXPIRED_ABSOLUTE

    def test_the_idle_one_ends_what_is_not_used_and_rolls_with_use(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=60)))
        browser.visit({"user": 7})
        for _ in range(5):
            service.now += 59 * MINUTE
            assert browser.visit()["user"] == 7
        service.now += 60 * MINUTE + 1
        assert browser.open().outcome.reason is Reason.EXPIRED

    @pytest.mark.parametrize("name", ["idle", "absolute", "rotate", "grace"])
    @pytest.mark.parametrize("limit", [timedelta(0), timedelta(milliseconds=999), timedelta(days=3651), timedelta(days=-1)])
    def test_that_nothing_can_hold_are_refused_by_name(self, name: str, limit: timedelta) -> None:
        limits: dict[str, Any] = {name: limit}
        with pytest.raises(ConfigurationError, match=f"{name} must be between 1 second and 3650 days"):
            Expiry(**limits)


class TestNotingAUse:
    def test_waits_until_it_adds_a_minute(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=60)))
        browser.visit({"user": 7})
        service.now += MINUTE - 1
        browser.visit()
        assert service.wants == []
        service.now += 1
        browser.visit()
        assert service.wants == [Touch(next(iter(service.rows)), service.now + 60 * MINUTE, lazily=True)]

    def test_may_be_late_only_while_a_crash_could_not_end_the_session_by_it(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=60)))
        for left, lazily in ((2 * MINUTE, True), (MINUTE + 1, True), (MINUTE, False), (SECOND, False)):
            service.rows.clear()
            browser.jar.clear()
            browser.visit({"user": 7})
            service.now += 60 * MINUTE - left
            browser.visit()
            (touch,) = service.wants
            assert isinstance(touch, Touch)
            assert touch.lazily is lazily, left

    def test_of_a_session_about_to_end_is_never_left_out(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=1)))
        browser.visit({"user": 7})
        service.now += 1
        browser.visit()
        assert service.wants == [Touch(next(iter(service.rows)), service.now + MINUTE, lazily=False)]

    def test_exactly_means_each_one_before_its_response(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=600, exact_touch=True)))
        browser.visit({"user": 7})
        for _ in range(3):
            service.now += 1
            cookies = browser.close(browser.open())
            assert service.wants == [Touch(next(iter(service.rows)), service.now + 600 * MINUTE, lazily=False)]
            assert len(cookies) == 1

    def test_stops_at_the_absolute_end(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=60, absolute=60)))
        browser.visit({"user": 7})
        service.now += 30 * MINUTE
        browser.visit()
        assert service.wants == []


class TestTheBrowsersSession:
    def test_ends_with_the_browser_while_its_row_lives_on(self) -> None:
        browser = Browser(service := Service.of(cookie=BRIEF, lives=expiry(idle=3 * 24 * 60)))
        browser.visit({"user": 7})
        assert list(browser.persistent.values()) == [False]
        assert row_of(service).expires == NOW + 3 * DAY
        service.now += 2 * DAY
        browser.visit()
        assert list(browser.persistent.values()) == [False]
        assert row_of(service).expires == NOW + 5 * DAY

    def test_is_written_as_express_writes_it(self) -> None:
        browser = Browser(service := Service.of(cookie=BRIEF))
        browser.visit({"user": 7})
        assert cookie_of(service) | {"originalMaxAge": None, "expires": None} == cookie_of(service)
        read = of_express(service)
        assert (read["original"], read["expires"], read["maxAge"]) == (None, None, None)

    def test_of_express_lives_the_day_that_express_gives_it(self) -> None:
        service = Service.of(lives=expiry(idle=60))
        browser = Browser(service)
        browser.visit({"user": 7})
        text = '{"cookie":{"originalMaxAge":null,"expires":null,"httpOnly":true,"path":"/"},"user":7}'
        for session_id in service.rows:
            service.rows[session_id] = Stored(text, NOW + DAY)
        service.now += HOUR
        browser.visit({"seen": 1})
        assert row_of(service).expires == NOW + DAY + HOUR
        service.now += HOUR
        browser.visit({"seen": 2})
        assert row_of(service).expires == NOW + DAY + 2 * HOUR
        assert cookie_of(service) == json.loads(text)["cookie"]


class TestRemembering:
    @pytest.mark.parametrize("policy", [BRIEF, CookiePolicy()])
    def test_gives_one_session_its_own_life_and_a_lasting_cookie(self, policy: CookiePolicy) -> None:
        browser = Browser(service := Service.of(cookie=policy, lives=expiry(idle=60)))
        session = browser.open()
        session["user"] = 7
        session.remember(timedelta(days=30))
        browser.close(session)
        for _ in range(4):
            assert row_of(service).expires == service.now + 30 * DAY
            assert list(browser.persistent.values()) == [True]
            service.now += 29 * DAY
            assert browser.visit()["user"] == 7

    def test_is_read_by_express_to_the_millisecond(self) -> None:
        browser = Browser(service := Service.of(cookie=BRIEF))
        session = browser.open()
        session["user"] = 7
        session.remember(timedelta(days=30))
        browser.close(session)
        service.now += 12_345
        read = of_express(service)
        assert read == {
            "maxAge": 30 * DAY,
            "original": 30 * DAY,
            "expires": "2026-12-23T17:44:31.345Z",
            "data": ["user", "sessile"],
        }
        assert cookie_of(service)["expires"] == "2026-12-23T17:44:19.000Z"

    def test_is_a_change_of_its_own(self) -> None:
        browser = Browser(service := Service.of())
        browser.visit({"user": 7})
        session = browser.open()
        session.remember(timedelta(days=30))
        assert session.changes == {"cookie"}
        cookies = browser.close(session)
        assert [type(want) for want in service.wants] == [Update]
        assert (session.changes, len(cookies)) == (frozenset(), 1)

    def test_nothing_is_no_reason_to_store_an_empty_session(self) -> None:
        browser = Browser(service := Service.of())
        session = browser.open()
        session.remember(timedelta(days=30))
        assert (browser.close(session), service.rows) == ([], {})

    def test_until_the_browser_ends(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=3 * 24 * 60)))
        browser.visit({"user": 7})
        session = browser.open()
        session.remember(None)
        browser.close(session)
        assert list(browser.persistent.values()) == [False]
        assert row_of(service).expires == NOW + 3 * DAY
        service.now += DAY
        browser.visit()
        assert list(browser.persistent.values()) == [False]

    @pytest.mark.parametrize("order", ["before", "after", "earlier"])
    def test_outlives_a_regenerated_id(self, order: str) -> None:
        browser = Browser(service := Service.of(cookie=BRIEF, lives=expiry(idle=60)))
        browser.visit({"cart": 1})
        session = browser.open()
        if order != "after":
            session.remember(timedelta(days=30))
        if order == "earlier":
            browser.close(session)
            session = browser.open()
        service.flow.regenerate(session, empty=True)
        if order == "after":
            session.remember(timedelta(days=30))
        session["user"] = 7
        browser.close(session)
        assert row_of(service).expires == NOW + 30 * DAY
        assert list(browser.persistent.values()) == [True]

    def test_outlives_a_merge(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=60)))
        browser.visit({"user": 7})
        slow = browser.open()
        browser.visit({"theme": "dark"})
        slow.remember(timedelta(days=30))
        browser.close(slow)
        assert dict(browser.open()) == {"user": 7, "theme": "dark"}
        assert row_of(service).expires == NOW + 30 * DAY

    def test_never_outlives_the_absolute_end(self) -> None:
        browser = Browser(service := Service.of(lives=expiry(idle=60, absolute=24 * 60)))
        session = browser.open()
        session["user"] = 7
        session.remember(timedelta(days=30))
        browser.close(session)
        assert row_of(service).expires == NOW + DAY

    @pytest.mark.parametrize("idle", [timedelta(0), timedelta(milliseconds=999), timedelta(days=3651), timedelta(days=-1)])
    def test_less_than_a_second_or_more_than_ten_years_is_refused(self, idle: timedelta) -> None:
        with pytest.raises(ValueError, match="1 second to 3650 days"):
            Service().open().remember(idle)

    def test_a_number_is_refused_with_what_to_write(self) -> None:
        days: Any = 30
        with pytest.raises(TypeError, match=r"remember\(timedelta\(days=30\)\)"):
            Service().open().remember(days)


def test_a_new_session_states_its_life_to_express() -> None:
    browser = Browser(service := Service.of(lives=expiry(idle=60)))
    browser.visit({"user": 7})
    assert isinstance(service.wants[0], Create)
    read = of_express(service)
    assert (read["original"], read["maxAge"]) == (HOUR, HOUR)
