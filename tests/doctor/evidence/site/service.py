"""A login service on a real server, with the manners that a test asks for, and a record of what reached it."""

import contextlib
import secrets
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from urllib.parse import parse_qsl

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

NAME, PASSWORD = "zoe", "hunter2-hunter2"
LOCKED_AFTER = 3


@dataclass
class Shop:
    """The service: one user; `csrf` wants a token, `attributes` are the cookie's own.

    `single` allows one session a user, the newest, or with `first` the oldest.
    `strangers` of each two questions who asks meet an instance that knows nobody; with `greets` each instance begins a session
    with whomever it does not know, under a name of its own; `kept` answers are given again to everybody.
    """

    single: bool = False
    first: bool = False
    csrf: str = ""
    attributes: str = "Path=/; HttpOnly; SameSite=Lax"
    cors: str = ""
    strangers: bool = False
    greets: bool = False
    kept: dict[str, bool] | None = None
    sessions: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    failures: int = 0
    issued: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)
    headers: list[dict[str, str]] = field(default_factory=list)
    token: str = "t0ken-of-this-page-9f8e7d6c"

    @property
    def locked(self) -> bool:
        """Whether the account is locked."""
        return self.failures >= LOCKED_AFTER

    def app(self) -> ASGIApp:
        """The application."""
        routes = [
            Route("/", self.page),
            Route("/login", self.page, methods=["GET"]),
            Route("/login", self.login, methods=["POST"]),
            Route("/form", self.form_login, methods=["POST"]),
            Route("/me", self.me),
            Route("/home", self.home),
            Route("/logout", self.logout, methods=["GET", "POST"]),
            Route("/logout/all", self.logout_all),
            Route("/loop", self.loop),
            Route("/huge", self.huge),
            Route("/hang", self.hang, methods=["POST"]),
            Route("/restless", self.restless),
            Route("/broken", self.broken),
            Route("/public", lambda _request: JSONResponse({"shop": "open"})),
            Route("/away", lambda request: RedirectResponse(request.query_params["to"])),
        ]
        app: ASGIApp = Starlette(routes=routes)
        if self.cors:
            app = CORSMiddleware(app, [self.cors], allow_credentials=True, allow_methods=["*"], allow_headers=["*"])
        return app

    def note(self, request: Request) -> None:
        """Remember a request."""
        self.asked[f"{request.method} {request.url.path}"] += 1
        self.agents.add(request.headers["user-agent"])
        self.headers.append({"path": request.url.path, **request.headers})

    def user(self, request: Request) -> str | None:
        """Who asks."""
        self.note(request)
        return self.sessions.get(request.cookies.get("shop.sid", ""))

    def begin(self, response: Response) -> Response:
        """A new session, which ends the others where one is all there may be."""
        if self.single:
            self.sessions.clear()
        sid = secrets.token_hex(16)
        self.sessions[sid] = NAME
        self.issued.append(sid)
        response.headers.append("Set-Cookie", f"shop.sid={sid}; {self.attributes}")
        return response

    async def page(self, request: Request) -> Response:
        """The login page, which for a user shows how to log out."""
        user = self.user(request)
        hidden = f'<input type="hidden" name="_csrf" value="{self.token}">' if self.csrf == "hidden" else ""
        meta = f'<meta name="csrf-token" content="{self.token}">' if self.csrf == "meta" else ""
        out = '<a href="/logout/all">everywhere</a> <a href="/logout">log out</a>' if user else ""
        form = f'<form action="/form" method="post">{hidden}<input name="name"><input type="password" name="password"></form>'
        response = HTMLResponse(f"<html><head>{meta}</head><body>{form}{out}</body></html>")
        if self.csrf == "cookie":
            response.headers.append("Set-Cookie", f"XSRF-TOKEN={self.token}; Path=/")
        if self.csrf == "header":
            response.headers["X-CSRF-Token"] = self.token
        return response

    def right(self, given: dict[str, str]) -> bool:
        """Count an attempt, and say whether it was right."""
        self.attempts += 1
        fits = given.get("name") == NAME and given.get("password") == PASSWORD and not self.locked
        self.failures += not fits
        return fits

    async def login(self, request: Request) -> Response:
        """A login by JSON."""
        self.note(request)
        header = {"meta": "x-csrf-token", "hidden": "x-csrf-token", "cookie": "x-xsrf-token", "header": "x-csrf-token"}.get(
            self.csrf
        )
        if header and request.headers.get(header) != self.token:
            return JSONResponse({"error": "CSRF token missing"}, 403)
        if not self.right(await request.json()):
            return JSONResponse({"error": "Wrong password"}, 401)
        if self.first and self.sessions:
            return JSONResponse({"error": "Already logged in on another device"}, 409)
        return self.begin(JSONResponse({"user": {"name": NAME}}))

    async def form_login(self, request: Request) -> Response:
        """A login by form, which redirects."""
        self.note(request)
        given = dict(parse_qsl((await request.body()).decode()))
        if self.csrf == "hidden" and given.get("_csrf") != self.token:
            return HTMLResponse("CSRF token missing", 403)
        if not self.right(given):
            return RedirectResponse("/form", 303) if self.csrf == "bounce" else HTMLResponse("wrong password", 401)
        return self.begin(RedirectResponse("/home", 303))

    async def me(self, request: Request) -> Response:
        """Who asks, for scripts."""
        user = self.user(request)
        self.asked["who"] += 1
        elsewhere = self.strangers and self.asked["who"] % 2
        if elsewhere:
            user = None
        if self.kept is not None:
            user = NAME if self.kept.setdefault(str(request.url), bool(user)) else None
        answer = JSONResponse({"user": {"name": user}} if user else {"error": "not logged in"}, 200 if user else 401)
        if self.greets and not user:
            name = "store.sid" if elsewhere else "shop.sid"
            answer.headers.append("Set-Cookie", f"{name}={secrets.token_hex(16)}; {self.attributes}")
        return answer

    async def broken(self, request: Request) -> Response:
        """A page that fails for whoever is logged in: the user cannot be read."""
        return Response(status_code=500 if self.user(request) else 401)

    async def home(self, request: Request) -> Response:
        """A page of the user's, which shows both ways out."""
        if not self.user(request):
            return RedirectResponse("/login", 303)
        return HTMLResponse(
            '<form action="/logout/all" method="post"></form><form action="/logout" method="post"></form>',
            headers={"Cache-Control": "no-store"},
        )

    async def logout(self, request: Request) -> Response:
        """The end of the session that asks."""
        self.note(request)
        self.sessions.pop(request.cookies.get("shop.sid", ""), None)
        return JSONResponse({"loggedOut": True})

    async def logout_all(self, request: Request) -> Response:
        """The end of all sessions, which no probe may ask for."""
        self.note(request)
        self.sessions.clear()
        return JSONResponse({})

    async def loop(self, request: Request) -> Response:
        """A redirect that never ends."""
        self.note(request)
        return RedirectResponse(f"/loop?{secrets.token_hex(4)}")

    async def hang(self, request: Request) -> Response:
        """No answer."""
        self.note(request)
        await anyio.sleep(60)
        return Response()

    async def restless(self, request: Request) -> Response:
        """A page with a request that never ends, and one that comes again and again."""
        self.note(request)
        script = "fetch('/hang', {method: 'POST'}); setInterval(() => fetch('/public'), 100)"
        return HTMLResponse(f"<img src='/nowhere.png'><script>{script}</script>")

    async def huge(self, request: Request) -> Response:
        """Five megabytes."""
        self.note(request)
        return Response(b"x" * 5_000_000, media_type="text/html")


@contextlib.contextmanager
def serving(app: ASGIApp, *, certificate: Path | None = None) -> Iterator[int]:
    """The port on which the application is served, by a real server in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app, log_level="critical", lifespan="off", ssl_certfile=certificate, timeout_graceful_shutdown=1, ws="none"
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = monotonic() + 10
        while not server.started and monotonic() < deadline:
            sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(5)
