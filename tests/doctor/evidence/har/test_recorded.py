"""What real exports tell: of Chromium's DevTools, with and without sensitive data, of Playwright and of mitmproxy."""

from pathlib import Path

import pytest

from sessile.doctor import timeline
from sessile.doctor.evidence.har import collect
from sessile.doctor.evidence.har.sanitizing import NONE_AT_ALL
from sessile.doctor.facts.cookies import CookieSent, Shape
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.exchange import Exchange, Role, Served, Sign
from sessile.doctor.facts.wire import Wire
from tests.doctor.evidence.har.looks import cookies_set, response, sent, value

RECORDED = Path(__file__).parents[3] / "fixtures" / "har"
FULL = ("chrome-http1-full", "chrome-http2-full", "playwright", "mitmproxy")
SANITIZED = ("chrome-http1-sanitized", "chrome-http2-sanitized")


def recorded(name: str) -> Wire:
    return collect(RECORDED / f"{name}.har")


def login(wire: Wire) -> Exchange:
    (found,) = timeline.logins(wire)
    return found


def named(exchange: Exchange) -> list[str] | None:
    cookies = exchange.request.cookies
    return None if isinstance(cookies, Unknown) else [cookie.name for cookie in cookies]


@pytest.mark.parametrize("name", [*FULL, *SANITIZED])
def test_the_whole_visit_is_there(name: str) -> None:
    wire = recorded(name)
    assert (wire.cut_off, wire.gaps) == (None, ())
    assert len(wire.exchanges) >= 16
    assert [one.started for one in wire.exchanges] == sorted(one.started for one in wire.exchanges)
    assert login(wire).request.address.path == "/api/login"
    assert [one.role for one in wire.exchanges].count(Role.LOGOUT) == 1
    assert abs(wire.clock_ahead("shop.test") or 9999) < 1500


@pytest.mark.parametrize("name", FULL)
def test_the_session_cookie_is_followed_from_set_to_sent_to_removed(name: str) -> None:
    wire = recorded(name)
    assert not wire.sanitized
    _, session = cookies_set(login(wire))
    assert (session.name, value(session).shape, session.http_only, session.removes) == ("connect.sid", Shape.SIGNED, True, False)
    inside = [one for one in wire.exchanges if one.request.address.path == "/api/me" and one.status == 200]
    assert inside
    assert all(sent(one)[1] == CookieSent("connect.sid", session.value) for one in inside)
    (logout,) = [one for one in wire.exchanges if one.role is Role.LOGOUT]
    assert [(cookie.name, cookie.removes) for cookie in cookies_set(logout)] == [("connect.sid", True)]


@pytest.mark.parametrize("name", ["chrome-http1-full", "chrome-http2-full", "playwright"])
def test_a_request_sent_before_the_login_was_answered_whole_finds_no_session(name: str) -> None:
    wire = recorded(name)
    (early,) = timeline.early(wire, login(wire))
    assert (str(early), named(early)) == ("GET /api/me 401", ["theme", "connect.sid"])


def test_a_proxy_that_passes_on_whole_answers_hides_the_race() -> None:
    wire = recorded("mitmproxy")
    assert timeline.early(wire, login(wire)) == ()


@pytest.mark.parametrize("name", [*FULL, *SANITIZED])
def test_duplicates_redirects_and_bodies(name: str) -> None:
    wire = recorded(name)
    assert [[str(one) for one in group] for group in timeline.duplicates(wire)] == [["POST /api/orders 201"] * 2]
    assert [[str(one) for one in chain] for chain in timeline.redirects(wire)] == [["GET /old/place 302", "GET /new/place 200"]]
    assert Sign.CREDENTIALS in login(wire).request.body.signs
    refused, *_ = [one for one in wire.exchanges if one.role is Role.LOGIN and one.status == 401]
    assert Sign.REFUSED in response(refused).body.signs
    anonymous, *_ = [one for one in wire.exchanges if one.role is Role.PERSONAL]
    assert Sign.EXPIRED in response(anonymous).body.signs


@pytest.mark.parametrize(
    ("name", "authorization"),
    [
        ("chrome-http1-full", "bearer"),
        ("chrome-http2-full", "bearer"),
        ("mitmproxy", "bearer"),
        ("chrome-http2-sanitized", NONE_AT_ALL),
    ],
)
def test_a_preflight_is_told_from_what_it_asks_for(name: str, authorization: str | Unknown) -> None:
    (preflight,) = timeline.preflights(recorded(name))
    assert (str(preflight.asked), preflight.asked.request.origin is not None) == ("OPTIONS /api/me 204", True)
    assert preflight.request is not None
    assert (str(preflight.request), preflight.request.request.authorization) == ("GET /api/me 401", authorization)


def test_answers_from_caches() -> None:
    told = [timeline.cached(one) for one in recorded("chrome-http1-full").exchanges]
    assert [words for words in told if words] == [
        "the browser's cache, after the service confirmed it (304)",
        Served.DISK,
        Served.DISK,
    ]


def test_what_the_browser_answered_itself_says_nothing_of_cookies() -> None:
    cached = [one for one in recorded("chrome-http1-full").exchanges if one.served is Served.DISK]
    assert [named(one) for one in cached] == [None, None]


def test_a_sanitized_export_over_http_2_says_nothing_of_cookies() -> None:
    wire = recorded("chrome-http2-sanitized")
    assert wire.sanitized
    assert {named(one) is None for one in wire.exchanges} == {True}
    assert {isinstance(one.request.authorization, Unknown) for one in wire.exchanges} == {True}
    assert {one.response is None or isinstance(one.response.set_cookies, Unknown) for one in wire.exchanges} == {True}


def test_a_sanitized_export_over_http_1_tells_by_sizes_where_cookies_were() -> None:
    full, wire = recorded("chrome-http1-full"), recorded("chrome-http1-sanitized")
    assert wire.sanitized
    for before, after in zip(full.exchanges, wire.exchanges, strict=True):
        if before.served is not Served.NETWORK:
            continue
        carried = bool(before.request.cookies or before.request.authorization)
        assert (after.request.left_out or 0) > 0 if carried else after.request.left_out == 0
        assert isinstance(after.request.cookies, Unknown) if carried else after.request.cookies == ()
        carried = bool(cookies_set(before))
        assert (response(after).left_out or 0) > 0 if carried else response(after).left_out == 0
        assert isinstance(response(after).set_cookies, Unknown) if carried else response(after).set_cookies == ()


@pytest.mark.parametrize("name", ["chrome-bare-full", "chrome-bare-sanitized"])
def test_no_cookie_at_all_is_told_where_sizes_prove_it_even_if_it_may_be_sanitized(name: str) -> None:
    wire = recorded(name)
    assert wire.sanitized
    assert [named(one) for one in wire.exchanges] == [[]] * 2
    assert [one.response and one.response.set_cookies for one in wire.exchanges] == [()] * 2
