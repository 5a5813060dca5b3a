"""A site is looked at as a browser would, once; the user's account and sessions are no worse for it."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from lab.express import ExpressService
from sessile import CookiePolicy, MemoryStore, SessionMiddleware, session_of
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.log_source import EvidenceError
from sessile.doctor.evidence.site import Probed, collect
from sessile.doctor.evidence.site.plan import Request, plan
from sessile.doctor.facts import Facts
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.exchange import Role, Sign
from sessile.doctor.facts.wire import Seen
from sessile.doctor.visits import visits
from tests.doctor.evidence.site.service import NAME, PASSWORD, Shop, serving
from tests.doctor.facts_builder import NOW

DATA = (("name", Concealed(NAME)), ("password", Concealed(PASSWORD)))
WRONG = (("name", Concealed(NAME)), ("password", Concealed("not-the-password")))
JSON = Request(login="/login", data=DATA, protected="/me")
FORM = Request(login="/form", data=DATA, form=True, protected="/home")
OWN = "my-own-session-0123456789"
SIGNED = f"shop.sid=s%3A{'k3V' * 10}.{'B7d' * 14}x; Path=/; HttpOnly"
SECRET = "correct-horse-battery-staple-0123456789"


def probe(port: int, asked: Request, *more: str, path: str = "/", seconds: float = 20) -> Probed:
    planned = plan([f"http://127.0.0.1:{port}{path}", *more], asked)
    assert planned is not None
    return collect(planned, seconds=seconds)


def facts(probed: Probed) -> Facts:
    return Facts(now=NOW, wires=(probed.wire,), sites=(probed.site,))


def steps(probed: Probed) -> list[str]:
    return [one.pointer for one in probed.wire.exchanges]


def status(probed: Probed, step: str) -> int:
    return next(one.status for one in probed.wire.exchanges if one.pointer == step)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@contextlib.contextmanager
def served(shop: Shop) -> Iterator[int]:
    with serving(shop.app()) as port:
        yield port


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


@pytest.mark.parametrize(("asked", "csrf"), [(JSON, ""), (FORM, ""), (FORM, "bounce")])
def test_a_wrong_password_is_tried_once_and_nothing_is_sure(asked: Request, csrf: str) -> None:
    shop = Shop(csrf=csrf)
    with served(shop) as port:
        probed = probe(port, replace(asked, data=WRONG))
    assert "password wrong" in probed.site.stopped.replace(" is wrong", " wrong").replace("the password", "password")
    assert "tried once" in probed.site.stopped
    assert (shop.attempts, shop.failures, shop.locked) == (1, 1, False)
    assert visits(facts(probed)) == ()
    assert diagnose(facts(probed)).causes == ()


class Strict(Shop):
    """A service that locks accounts and allows one session a user, which the user has; the next two failures lock."""

    def __init__(self, **more: Any) -> None:
        super().__init__(single=True, failures=1, sessions={OWN: NAME}, **more)


@pytest.mark.parametrize("asked", [JSON, FORM])
def test_where_accounts_lock_a_wrong_password_locks_none_and_ends_no_session(asked: Request) -> None:
    shop = Strict()
    with served(shop) as port:
        probed = probe(port, replace(asked, data=WRONG))
    assert "tried once" in probed.site.stopped
    assert (shop.attempts, shop.locked, shop.sessions) == (1, False, {OWN: NAME})


def test_where_a_second_session_is_refused_the_users_own_lives() -> None:
    shop = Strict(first=True)
    with served(shop) as port:
        probed = probe(port, JSON)
    assert "was answered 409" in probed.site.stopped
    assert (shop.attempts, shop.locked, shop.sessions) == (1, False, {OWN: NAME})


def test_where_a_login_would_end_the_users_own_session_its_cookie_takes_the_logins_place() -> None:
    shop = Strict()
    own = Request(login="/login", data=WRONG, protected="/me", cookie=Concealed(f"shop.sid={OWN}"))
    with served(shop) as port:
        probed = probe(port, own)
    assert [status(probed, f"replay {number}") for number in (1, 2, 3, 4)] == [200] * 4
    assert status(probed, "protected without the cookie") == 401
    assert probed.site.stopped == ""
    assert (shop.attempts, shop.locked) == (0, False)
    assert shop.sessions == {OWN: NAME}
    assert shop.asked["POST /logout"] + shop.asked["GET /logout"] == 0


def test_a_login_that_may_end_the_users_other_session_says_so_and_offers_the_cookie() -> None:
    shop = Strict()
    with served(shop) as port:
        probed = probe(port, JSON)
    assert any("--cookie @FILE" in remark for remark in probed.site.remarks)
    assert (shop.attempts, shop.locked) == (1, False)


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


def test_a_session_that_could_not_be_ended_is_said_to_live_on(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, replace(JSON, logout="/nowhere"))
    assert any("may live on" in remark and "/nowhere was answered 404" in remark for remark in probed.site.remarks)


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


def test_the_direct_service_is_asked_as_its_proxy_would_and_never_logged_into(shop: Shop) -> None:
    with served(shop) as port, served(shop) as other:
        probed = probe(port, JSON, f"http://127.0.0.1:{other}")
    asked = [(one.proxied.pointer, one.forwarded, one.direct.status) for one in probed.site.direct]
    assert asked == [("page", "http", 200), ("page", "", 200), ("replay 4", "http", 200), ("replay 4", "", 200)]
    hosts = {one["host"] for one in shop.headers if "x-forwarded-proto" in one}
    assert hosts == {f"127.0.0.1:{port}"}
    assert shop.attempts == 1


def test_instances_behind_a_balancer_are_told_apart_by_repeated_reads() -> None:
    with served(Shop(strangers=True)) as port:
        seen = facts(probe(port, JSON))
    (visit,) = visits(seen)
    assert (len(visit.let_in), len(visit.turned_away)) == (2, 2)
    suspected = {one.cause.id: one.evidence for one in diagnose(seen).causes}
    assert {"verify-secret-differs-between-instances", "find-sessions-kept-elsewhere"} <= suspected.keys()
    assert "several instances" in suspected["verify-secret-differs-between-instances"][0].says


def test_two_versions_behind_a_balancer_show_their_cookies_to_strangers() -> None:
    with served(Shop(strangers=True, greets=True)) as port:
        probed = probe(port, JSON)
    assert [one.request.cookies for one in probed.site.strangers] == [()] * 4
    assert not set(probed.site.strangers) & set(probed.wire.exchanges)
    first = diagnose(facts(probed)).causes[0]
    assert (first.cause.id, first.confidence) == ("verify-versions-side-by-side", "confirmed")


def test_where_every_answer_is_alike_no_stranger_asks(shop: Shop) -> None:
    shop.greets = True
    with served(shop) as port:
        assert probe(port, JSON).site.strangers == ()


def test_a_cache_that_leaves_no_mark_is_asked_past() -> None:
    with served(Shop(kept={})) as port:
        probed = probe(port, JSON)
    assert [step for step in steps(probed) if step in ("replay past caches", "replay 5")] == ["replay past caches", "replay 5"]
    assert [status(probed, one) for one in ("replay 4", "replay past caches", "replay 5")] == [401, 200, 401]
    first = diagnose(facts(probed)).causes[0]
    assert (first.cause.id, first.confidence) == ("agree-shared-cache-answers", "confirmed")


def test_where_no_cookie_goes_along_nothing_is_asked_past(shop: Shop) -> None:
    shop.attributes = "Path=/elsewhere"
    with served(shop) as port:
        assert "replay past caches" not in steps(probe(port, JSON))


def test_redirects_end_after_ten(shop: Shop) -> None:
    with served(shop) as port:
        probed = probe(port, Request(), path="/loop")
    assert len(probed.wire.exchanges) == 11
    assert any("more than 10 redirects" in remark for remark in probed.site.remarks)
    assert "never reached" in probed.site.stopped


@pytest.mark.parametrize("target", ["http://[::bad/", "ftp://shop.example/", "http://localhost:0/", "http://localhost:99999/"])
def test_a_redirect_that_leads_nowhere_is_told_and_not_followed(shop: Shop, target: str) -> None:
    with served(shop) as port:
        probed = probe(port, Request(), path=f"/away?to={target}")
    assert len(probed.wire.exchanges) == 1
    assert probed.site.remarks == ("page: it redirects to what is no http(s) URL",)


def test_of_a_huge_body_two_megabytes_are_read(shop: Shop) -> None:
    with served(shop) as port:
        (only,) = probe(port, Request(), path="/huge").wire.exchanges
    assert only.status == 200
    assert only.response is not None
    assert only.response.body.size is None


def test_the_date_tells_the_clock(shop: Shop) -> None:
    with served(shop) as port:
        ahead = probe(port, Request()).wire.clock_ahead("127.0.0.1")
    assert ahead is not None
    assert abs(ahead) < 3000


@pytest.mark.parametrize("target", ["http://localhost:1/", "http://[::1]:1/", "http://10.0.0.1/", "http://169.254.169.254/x"])
def test_a_redirect_into_the_local_network_is_not_followed(shop: Shop, target: str) -> None:
    with served(shop) as port:
        planned = plan(
            [f"http://shop.example.com:{port}/away?to={target}"], Request(resolve=(f"shop.example.com:{port}=127.0.0.1",))
        )
        assert planned is not None
        probed = collect(planned)
    assert [one.status for one in probed.wire.exchanges] == [307, 0]
    assert "local network" in probed.wire.exchanges[-1].error


def test_express_is_logged_into_and_left(tmp_path: Path) -> None:
    settings = {"STORE": "memory", "SESSION_SECRET": SECRET}
    asked = Request(
        login="/api/auth/login",
        data=(("email", Concealed("ana@example.com")), ("password", Concealed("demo"))),
        protected="/api/me",
        logout="/api/auth/logout",
    )
    with ExpressService(settings, tmp_path) as express:
        probed = probe(int(express.url.rpartition(":")[2]), asked, path="/health")
    assert probed.site.stopped == "", probed.site
    (visit,) = visits(facts(probed))
    assert (visit.name, len(visit.let_in)) == ("ofa.sid", 4)
    assert status(probed, "logout") == 200


def test_sessile_on_starlette_is_logged_into() -> None:
    async def login(request: Asked) -> JSONResponse:
        session = session_of(request)
        await session.regenerate()
        session["userId"] = (await request.json())["name"]
        return JSONResponse({"ok": True})

    async def me(request: Asked) -> JSONResponse:
        user: Any = request.session.get("userId")
        return JSONResponse({"user": {"id": user}} if user else {"error": "not logged in"}, 200 if user else 401)

    app = Starlette(routes=[Route("/login", login, methods=["POST"]), Route("/me", me), Route("/", me)])
    app.add_middleware(SessionMiddleware, store=MemoryStore(), secret=SECRET, cookie=CookiePolicy(name="ofa.sid"))
    with serving(app) as port:
        probed = probe(port, JSON)
    (visit,) = visits(facts(probed))
    assert (visit.name, len(visit.let_in), probed.site.stopped) == ("ofa.sid", 4, "")
    assert Sign.CREDENTIALS in visit.login.request.body.signs


def test_what_cannot_be_reached_is_one_line(shop: Shop) -> None:
    with served(shop) as port:
        pass
    with pytest.raises(EvidenceError, match="refused"):
        probe(port, JSON)
