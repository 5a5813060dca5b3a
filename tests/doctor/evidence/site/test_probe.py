"""A site is looked at as a browser would, once; the user's account and sessions are no worse for it."""

from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.site.plan import Request
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.exchange import Role
from sessile.doctor.facts.wire import Seen
from sessile.doctor.visits import visits
from tests.doctor.evidence.site.probing import FORM, JSON, facts, probe, served, status, steps
from tests.doctor.evidence.site.service import NAME, PASSWORD, Shop, serving

SIGNED = f"shop.sid=s%3A{'k3V' * 10}.{'B7d' * 14}x; Path=/; HttpOnly"


def test_a_healthy_site_is_logged_into_once_read_several_times_and_left_logged_out(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, replace(JSON, logout="/logout"))
    replays = [f"replay {number}" for number in range(1, 5)]
    assert steps(probed) == ["page", "protected before login", "login", *replays, "logout"]
    assert status(probed, "protected before login") == 401
    assert [status(probed, one) for one in replays] == [200] * 4
    assert probed.site.stopped == ""
    assert probed.site.forced is None
    (visit,) = visits(facts(probed))
    assert (visit.name, visit.came_back(visit.let_in[0]), len(visit.let_in)) == ("shop.sid", True, 4)
    assert probed.wire.seen_by is Seen.SITE
    assert (shop.attempts, shop.sessions) == (1, {})


def test_the_user_agent_says_what_it_is(shop: Shop) -> None:
    with served(shop) as port:
        probe(port, JSON)
    (agent,) = shop.agents
    assert agent.startswith("sessile-doctor/")
    assert "sessile doctor -h" in agent


def test_the_password_stands_in_no_fact(shop: Shop) -> None:
    with served(shop) as port:
        said = repr(probe(port, JSON)) + repr(probe(port, FORM))
    assert PASSWORD not in said
    assert len(shop.issued) == 2
    assert not any(sid in said for sid in shop.issued)


def test_a_form_follows_its_redirect_and_logs_out_by_the_form_that_ends_only_its_own_session(shop: Shop) -> None:
    shop.sessions["another device's"] = NAME
    with served(shop) as port:
        probed = probe(port, FORM)
    assert steps(probed)[:5] == ["page", "login page", "protected before login", "login", "login, redirect 1"]
    assert [one.role for one in probed.wire.exchanges if one.pointer.startswith("login,")] == [Role.PERSONAL]
    assert steps(probed)[-1] == "logout"
    assert shop.asked["POST /logout"] == 1
    assert shop.sessions == {"another device's": NAME}
    assert shop.asked["POST /logout/all"] + shop.asked["GET /logout/all"] == 0


def test_where_no_protected_page_was_named_the_login_leads_to_one(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, replace(FORM, protected=None))
    assert status(probed, "replay 1") == 200
    assert probed.site.stopped == ""


@pytest.mark.parametrize(
    ("csrf", "asked"), [("hidden", FORM), ("hidden", JSON), ("meta", JSON), ("cookie", JSON), ("header", JSON)]
)
def test_a_csrf_token_of_the_page_or_a_cookie_goes_along(csrf: str, asked: Request) -> None:
    shop = Shop(csrf=csrf)
    with served(shop) as port:
        probed = probe(port, asked)
    assert probed.site.stopped == ""
    assert shop.attempts == 1
    assert shop.token not in repr(probed)


def answering(answer: Response) -> Starlette:
    """A service whose login is answered so, and that lets nobody in."""

    async def login(_request: Asked) -> Response:
        return answer

    async def me(_request: Asked) -> Response:
        return JSONResponse({"error": "not logged in"}, 401)

    async def page(_request: Asked) -> Response:
        return HTMLResponse("<p>a shop</p>")

    return Starlette(routes=[Route("/", page), Route("/login", login, methods=["POST"]), Route("/me", me)])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (JSONResponse({"success": False, "message": "No luck today"}), "was answered 200, but"),
        (JSONResponse({"status": "error", "code": 17}), "was answered 200, but"),
        (JSONResponse({"error": "Invalid credentials"}), "was answered 200, but"),
        (JSONResponse({"status": "mfa_required"}, headers={"Set-Cookie": SIGNED}), "asks for a second factor"),
        (JSONResponse({"requires2FA": True}, headers={"Set-Cookie": SIGNED}), "asks for a second factor"),
        (HTMLResponse('<input autocomplete="one-time-code">', headers={"Set-Cookie": SIGNED}), "asks for a second factor"),
        (JSONResponse({"message": "We have sent you an e-mail with a link"}), "by a link or a code that was sent"),
        (JSONResponse({"data": {"auth": {"accessToken": "eyJhbGciOiJIUzI1NiJ9.e30.x"}}}), "with a token and without a cookie"),
    ],
)
def test_a_login_that_is_none_or_not_complete_accuses_nobody(answer: Response, why: str) -> None:
    with serving(answering(answer)) as port:
        probed = probe(port, JSON)
    assert why in probed.site.stopped
    assert visits(facts(probed)) == ()
    assert diagnose(facts(probed)).causes == ()


@pytest.mark.parametrize("user", [{"id": 7, "mfaEnabled": False}, {"id": 7, "otp_required": False}])
def test_a_users_settings_are_no_second_factor(user: dict[str, Any]) -> None:
    with serving(answering(JSONResponse({"user": user}, headers={"Set-Cookie": SIGNED}))) as port:
        probed = probe(port, JSON)
    assert probed.site.stopped == ""
    assert len(visits(facts(probed))) == 1


def test_a_cookie_that_is_turned_away_is_no_health(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, Request(protected="/me", cookie=Concealed("shop.sid=long-gone-0123456789")))
    assert "turned away, 4 of 4 times" in probed.site.stopped
    assert "long-gone" not in repr(probed)


def test_a_page_that_fails_for_whoever_is_logged_in_is_no_health(shop: Shop) -> None:
    with served(shop) as port:
        diagnosis = diagnose(facts(probe(port, replace(JSON, protected="/broken"))))
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert not diagnosis.causes
    assert "log" in diagnosis.next[0].collect


def test_a_page_that_everybody_may_see_proves_nothing(shop: Shop) -> None:
    with served(shop) as port:
        assert "only its user" in probe(port, replace(JSON, protected="/public")).site.stopped


def test_what_a_browser_would_not_send_is_not_sent_but_once_aside() -> None:
    shop = Shop(attributes="Path=/; HttpOnly; SameSite=None", cors="http://app.example.com")
    with served(shop) as port:
        probed = probe(port, replace(JSON, origin="http://app.example.com", logout="/logout"))
    assert [one.request.cookies for one in probed.wire.exchanges if one.pointer.startswith("replay")] == [()] * 4
    assert [status(probed, f"replay {number}") for number in (1, 2, 3, 4)] == [401] * 4
    assert probed.site.forced is not None
    assert probed.site.forced.status == 200
    assert probed.site.forced not in probed.wire.exchanges
    assert status(probed, "preflight of login") == 200
    assert shop.sessions == {}, "the probe ends its own session even where a browser would lose it"


def test_a_preflight_that_is_refused_keeps_the_login_from_being_sent() -> None:
    shop = Shop(cors="http://other.example.com")
    with served(shop) as port:
        probed = probe(port, replace(JSON, origin="http://app.example.com"))
    assert steps(probed)[-1] == "preflight of login"
    assert "a browser would not send it either" in probed.site.stopped
    assert shop.attempts == 0


def test_without_a_login_only_the_pages_are_asked_for(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, Request(protected="/me"))
    assert steps(probed) == ["page", "protected"]
    assert shop.attempts == 0
