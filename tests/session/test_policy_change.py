"""Another cookie policy than yesterday's: live sessions get it at their next response, once, and keep living."""

import json
from datetime import timedelta
from typing import Any

import pytest

from sessile.session.cookie import CookiePolicy
from sessile.session.session import Session
from sessile.session.store import Stored, Update
from tests.session.browser import DAY, HOUR, NOW, Browser, Service, expiry

YESTERDAY = CookiePolicy(domain="example.in", path="/app", secure=True)


def cookie_of(service: Service) -> dict[str, Any]:
    (row,) = service.rows.values()
    cookie: dict[str, Any] = json.loads(row.text)["cookie"]
    return cookie


def under(policy: CookiePolicy, browser: Browser) -> Browser:
    """The same browser at an instance with today's policy."""
    today = Browser(browser.service.reads(cookie=policy))
    today.jar, today.persistent = browser.jar, browser.persistent
    return today


@pytest.fixture
def browser() -> Browser:
    browser = Browser(Service.of(cookie=YESTERDAY, lives=expiry(idle=600)))
    browser.visit({"user": 7})
    return browser


CHANGED = [
    CookiePolicy(domain="example.in", path="/app", secure=True, http_only=False),
    CookiePolicy(domain="example.in", path="/app", secure=False),
    CookiePolicy(domain="www.example.in", path="/app", secure=True),
    CookiePolicy(path="/app", secure=True),
    CookiePolicy(domain="example.in", secure=True),
    CookiePolicy(domain="example.in", path="/app", secure=True, same_site="none"),
    CookiePolicy(domain="example.in", path="/app", secure=True, partitioned=True),
    CookiePolicy(domain="example.in", path="/app", secure=True, persistent=False),
]


@pytest.mark.parametrize("policy", CHANGED)
def test_a_changed_policy_reaches_a_live_session_once(browser: Browser, policy: CookiePolicy) -> None:
    fresh = Browser(Service.of(cookie=policy, lives=expiry(idle=600)))
    fresh.visit({"user": 7})
    today = under(policy, browser)
    assert today.visit()["user"] == 7
    assert [type(want) for want in today.service.wants] == [Update]
    assert cookie_of(today.service) == cookie_of(fresh.service)
    assert (today.persistent, today.jar.keys()) == (fresh.persistent, fresh.jar.keys())
    today.visit()
    assert today.service.wants == []


@pytest.mark.parametrize("policy", CHANGED[2:5] + CHANGED[6:7])
def test_the_cookie_of_before_is_expired_where_it_would_stay_beside(browser: Browser, policy: CookiePolicy) -> None:
    today = under(policy, browser)
    session = today.open()
    ended, new = today.close(session)
    assert ended.startswith("connect.sid=; Domain=example.in; Path=/app; Expires=Thu, 01 Jan 1970")
    assert new.startswith("connect.sid=s%3A")


@pytest.mark.parametrize("how", ["logout", "login"])
def test_it_is_expired_by_a_logout_and_a_login_too(browser: Browser, how: str) -> None:
    today = under(CookiePolicy(), browser)
    session = today.open()
    if how == "logout":
        cookies = today.service.destroy(session)
    else:
        today.service.flow.regenerate(session)
        cookies = today.close(session)
    ended, _ = cookies
    assert ended.startswith("connect.sid=; Domain=example.in; Path=/app; Expires=Thu, 01 Jan 1970")


def test_secure_auto_does_not_go_to_and_fro() -> None:
    browser = Browser(service := Service.of())
    browser.visit({"user": 7}, https=True)
    for https in (False, True, False):
        browser.visit(https=https)
        assert service.wants == []
    browser.visit({"seen": 1}, https=False)
    assert cookie_of(service)["secure"] is True


def test_secure_auto_in_the_place_of_always_changes_no_row(browser: Browser) -> None:
    today = under(CookiePolicy(domain="example.in", path="/app"), browser)
    today.visit(https=False)
    assert today.service.wants == []


def test_a_remembered_session_stays_remembered() -> None:
    browser = Browser(service := Service.of(lives=expiry(idle=600)))
    session = browser.open()
    session["user"] = 7
    session.remember(timedelta(days=30))
    browser.close(session)
    brief = under(CookiePolicy(persistent=False), browser)
    brief.visit()
    assert brief.service.wants == []
    elsewhere = under(CookiePolicy(persistent=False, path="/app"), browser)
    elsewhere.visit()
    assert (cookie_of(service)["originalMaxAge"], list(elsewhere.persistent.values())) == (30 * DAY, [True])


def test_the_life_that_a_row_states_stays(browser: Browser) -> None:
    today = Browser(browser.service.reads(cookie=CookiePolicy(), expiry=expiry(idle=60)))
    today.jar = browser.jar
    today.visit()
    assert cookie_of(today.service)["originalMaxAge"] == 10 * HOUR


@pytest.mark.parametrize("own", ["", ',"sessile":{"created":1795455850000,"adopted":true}'])
def test_a_row_that_express_made_is_left_as_express_wrote_it(browser: Browser, own: str) -> None:
    service = under(CookiePolicy(), browser).service
    cookie = '{"originalMaxAge":3600000,"expires":"2026-11-23T18:44:19.000Z","httpOnly":true,"path":"/"}'
    (session_id,) = service.rows
    service.rows[session_id] = Stored(f'{{"cookie":{cookie},"user":7{own}}}', NOW + HOUR)
    at_express = under(CookiePolicy(), browser)
    at_express.visit()
    assert at_express.service.wants == []
    for changes in ({"seen": 1}, {"seen": 2}):
        at_express.visit(changes)
        at_express.visit()
        assert cookie_of(service) == json.loads(cookie)


def test_a_row_whose_cookie_no_header_could_carry_is_rewritten_and_nothing_of_it_sent(browser: Browser) -> None:
    service = browser.service
    (session_id, row), = service.rows.items()  # fmt: skip
    service.rows[session_id] = Stored(row.text.replace('"/app"', '"/\\r\\nSet-Cookie: evil"'), row.expires)
    session: Session = browser.open()
    (cookie,) = browser.close(session)
    assert "evil" not in cookie
    assert cookie_of(service)["path"] == "/app"


def test_two_requests_of_one_session_write_the_change_once(browser: Browser) -> None:
    today = under(CookiePolicy(), browser)
    one, other = today.open(), today.open()
    today.close(one)
    today.service.wants.clear()
    assert len(today.close(other)) >= 1
    assert [type(want).__name__ for want in today.service.wants] == ["Update", "Load"]
