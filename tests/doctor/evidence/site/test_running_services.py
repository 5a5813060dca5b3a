"""The probe logs in to real services, and leaves them."""

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse
from starlette.routing import Route

from lab.express import ExpressService
from sessile import CookiePolicy, MemoryStore, SessionMiddleware, session_of
from sessile.doctor.evidence.site.plan import Request
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.exchange import Sign
from sessile.doctor.visits import visits
from tests.doctor.evidence.site.probing import JSON, facts, probe, status
from tests.doctor.evidence.site.service import serving

SECRET = "correct-horse-battery-staple-0123456789"


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
