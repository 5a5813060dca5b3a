"""An application moves from Starlette's own sessions to ours by one line, and nobody is logged out."""

import asyncio
import base64
import inspect
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, get_type_hints

import httpx2
import itsdangerous
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware as StarlettesOwn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sessile import PostgresStore, SessionMiddleware as AsgiMiddleware, session_of
from sessile.integrations.asgi.options import AllOptions, Options
from sessile.integrations.starlette import SessionMiddleware
from sessile.testing import FakeClock
from tests.integrations.asgi.application import FailingStore

SECRET = "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ"
URL = "https://shop.test"


async def login(request: Request) -> Response:
    request.session["user"] = 7
    return JSONResponse({})


async def anew(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["user"] = 8
    return JSONResponse({})


async def me(request: Request) -> Response:
    return JSONResponse({"user": request.session.get("user")})


async def count(request: Request) -> Response:
    key = request.query_params["key"]
    request.session[key] = request.session.get(key, 0) + 1
    return JSONResponse(dict(request.session))


async def logout(request: Request) -> Response:
    request.session.clear()
    return JSONResponse({})


async def untouched(_request: Request) -> Response:
    return JSONResponse({})


ROUTES = [Route(f"/{page.__name__}", page) for page in (login, anew, me, count, logout, untouched)]


@asynccontextmanager
async def visitor(
    middleware: Any, cookies: httpx2.Cookies | None = None, secret: str = SECRET, **options: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=ROUTES)
    app.add_middleware(middleware, secret_key=secret, https_only=True, **options)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=URL, cookies=cookies) as client:
        yield client


async def logged_in(**options: Any) -> httpx2.Cookies:
    """The cookies of somebody who logged in while the application had Starlette's sessions."""
    async with visitor(StarlettesOwn, **options) as client:
        await client.get("/login")
        return client.cookies


def signed(data: object) -> httpx2.Cookies:
    text = base64.b64encode(json.dumps(data).encode())
    return httpx2.Cookies({"session": itsdangerous.TimestampSigner(SECRET).sign(text).decode()})


def old(cookies: httpx2.Cookies) -> dict[str, str]:
    return {"cookie": f"session={cookies['session']}"}


@pytest.fixture
def store() -> FailingStore:
    return FailingStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class TestALiveSession:
    async def test_is_taken_over_and_its_cookie_replaced(self, store: FailingStore) -> None:
        async with visitor(SessionMiddleware, await logged_in(), store=store) as client:
            answer = await client.get("/me")
            assert answer.json() == {"user": 7}
            assert answer.headers["set-cookie"].startswith("session=s%3A")
            assert (await client.get("/me")).json() == {"user": 7}
            assert [cookie.name for cookie in client.cookies.jar] == ["session"]

    async def test_becomes_one_row_however_many_requests_come_at_once(self, database: str) -> None:
        store = PostgresStore(database)
        cookies = await logged_in()
        async with visitor(SessionMiddleware, store=store) as client:
            answers = await asyncio.gather(*(client.get(f"/count?key=k{number}", headers=old(cookies)) for number in range(8)))
            assert [answer.status_code for answer in answers] == [200] * 8
            with psycopg.connect(database) as connection:
                [(row,)] = connection.execute("SELECT sess FROM session WHERE sess::jsonb ? 'user'").fetchall()
            assert {key: row[key] for key in row if key.startswith("k")} == {f"k{number}": 1 for number in range(8)}
        await store.close()

    async def test_is_found_again_where_the_answer_with_the_new_cookie_was_lost(
        self, store: FailingStore, clock: FakeClock
    ) -> None:
        cookies = await logged_in()
        async with visitor(SessionMiddleware, store=store, clock=clock) as client:
            await client.get("/count?key=visits", headers=old(cookies))
            clock.now += 3600
            assert (await client.get("/count?key=visits", headers=old(cookies))).json() == {"user": 7, "visits": 2}

    @pytest.mark.parametrize("end", ["/logout", "/anew"])
    async def test_once_ended_is_not_brought_back_by_the_old_cookie(self, store: FailingStore, end: str) -> None:
        cookies = await logged_in()
        async with visitor(SessionMiddleware, cookies, store=store) as client:
            await client.get("/me")
            await client.get(end)
            assert (await client.get("/me", headers=old(cookies))).json() == {"user": None}

    async def test_that_an_older_secret_signed_is_taken_over_too(self, store: FailingStore) -> None:
        cookies = await logged_in(secret="the year before last")
        async with visitor(SessionMiddleware, cookies, store=store, old_secrets=["the year before last"]) as client:
            assert (await client.get("/me")).json() == {"user": 7}

    async def test_is_known_to_instances_of_before_and_after_where_the_cookie_has_a_new_name(self, store: FailingStore) -> None:
        new: dict[str, Any] = {"store": store, "session_cookie": "sid", "old_cookie": "session"}
        cookies = await logged_in()
        for middleware, options in ((SessionMiddleware, new), (StarlettesOwn, {}), (SessionMiddleware, new)):
            async with visitor(middleware, cookies, **options) as client:
                assert (await client.get("/me")).json() == {"user": 7}
                cookies = client.cookies
        assert {cookie.name for cookie in cookies.jar} == {"session", "sid"}
        assert len([row for row in store.rows.values() if '"user"' in row.text]) == 1

    async def test_is_no_logout_in_an_outage(self, store: FailingStore) -> None:
        async with visitor(SessionMiddleware, await logged_in(), store=store) as client:
            store.down = True
            answer = await client.get("/me")
            assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)
            store.down = False
            assert (await client.get("/me")).json() == {"user": 7}

    async def test_with_a_key_that_express_would_drop_is_told_of_by_its_name(
        self, store: FailingStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with visitor(SessionMiddleware, signed({"user": 7, "id": 1}), store=store) as client:
            assert (await client.get("/me")).json() == {"user": None}
        assert "session stopped at read: unreadable (a session of before: session['id'] cannot be stored" in caplog.text
        assert store.rows == {}


class TestWhatIsNotTakenOver:
    async def test_a_forged_cookie(self, store: FailingStore) -> None:
        async with visitor(SessionMiddleware, await logged_in(secret="somebody else's"), store=store) as client:
            assert (await client.get("/me")).json() == {"user": None}

    async def test_one_past_its_max_age(self, store: FailingStore, clock: FakeClock) -> None:
        async with visitor(SessionMiddleware, await logged_in(max_age=3600), store=store, max_age=3600, clock=clock) as client:
            clock.now += 3600
            assert (await client.get("/me", headers=old(client.cookies))).json() == {"user": None}

    @pytest.mark.parametrize("data", [{}, [], "text", None])
    async def test_what_is_no_session(self, store: FailingStore, data: object) -> None:
        async with visitor(SessionMiddleware, signed(data), store=store) as client:
            assert (await client.get("/me")).json() == {"user": None}
        assert store.rows == {}


class TestAClearedSession:
    async def test_ends_with_its_row_and_its_cookie(self, store: FailingStore) -> None:
        async with visitor(SessionMiddleware, store=store) as client:
            await client.get("/login")
            assert "Expires=Thu, 01 Jan 1970" in (await client.get("/logout")).headers["set-cookie"]
            assert (store.rows, dict(client.cookies)) == ({}, {})

    async def test_keeps_what_another_request_had_just_written(self, store: FailingStore) -> None:
        async def meanwhile(request: Request) -> Response:
            request.session.clear()
            [(key, row)] = store.rows.items()
            store.rows[key] = type(row)(row.text.replace('"user":7', '"user":7,"cart":[1]'), row.expires)
            return JSONResponse({})

        app = Starlette(routes=[*ROUTES, Route("/meanwhile", meanwhile)])
        app.add_middleware(SessionMiddleware, secret_key=SECRET, store=store)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as client:
            await client.get("/login")
            await client.get("/meanwhile")
            assert (await client.get("/count?key=seen")).json() == {"cart": [1], "seen": 1}


def test_every_option_of_the_plain_middleware_is_taken() -> None:
    taken = {*inspect.signature(SessionMiddleware).parameters, *get_type_hints(Options), "cookie", "idle", "predecessor"}
    plain = set(inspect.signature(AsgiMiddleware).parameters)
    assert plain - taken == set()
    assert {"app", *get_type_hints(AllOptions)} == plain


async def test_only_what_used_the_session_varies_by_its_cookie(store: FailingStore) -> None:
    async with visitor(SessionMiddleware, store=store) as client:
        assert (await client.get("/me")).headers["vary"] == "Cookie", "what a visitor without a cookie sees is not everybody's"
        assert "vary" not in (await client.get("/untouched")).headers
        await client.get("/login")
        assert (await client.get("/me")).headers["vary"] == "Cookie"
        assert "vary" not in (await client.get("/untouched")).headers


class TestOptions:
    async def test_mean_what_they_mean_to_starlette(self, store: FailingStore) -> None:
        options: dict[str, Any] = {
            "session_cookie": "sid",
            "max_age": 3600,
            "path": "/",
            "same_site": "strict",
            "domain": "shop.test",
        }
        async with visitor(SessionMiddleware, store=store, **options) as client:
            cookie = (await client.get("/login")).headers["set-cookie"]
        name, *attributes = cookie.split("; ")
        assert name.startswith("sid=")
        assert {"Domain=shop.test", "Path=/", "HttpOnly", "Secure", "SameSite=Strict"} < set(attributes)
        [row] = store.rows.values()
        assert json.loads(row.text)["cookie"]["originalMaxAge"] == 3_600_000

    async def test_without_max_age_the_cookie_ends_with_the_browser(self, store: FailingStore) -> None:
        async with visitor(SessionMiddleware, store=store, max_age=None) as client:
            assert "Expires" not in (await client.get("/login")).headers["set-cookie"]

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"max_age": 0}, "max_age=0: a session that ends at once"),
            ({"secret": "example"}, "secret_key is easy to guess"),
            ({"same_site": "none", "https_only": False}, "same_site none: browsers keep it only with secure=True"),
            ({"recheck": timedelta(0)}, "recheck must be at least 1 second"),
        ],
    )
    async def test_that_cannot_be_had_fail_the_start_with_what_to_do(
        self, store: FailingStore, options: dict[str, Any], complaint: str
    ) -> None:
        secret = options.pop("secret", SECRET)
        said: list[Any] = []

        async def receive() -> dict[str, str]:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            said.append(message)

        middleware = SessionMiddleware(Starlette(), secret_key=secret, store=store, **options)
        await middleware({"type": "lifespan"}, receive, send)
        assert [message["type"] for message in said] == ["lifespan.startup.failed"]
        assert complaint in said[0]["message"]

    async def test_the_store_is_that_of_the_environment(self, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", database)
        async with visitor(SessionMiddleware, await logged_in()) as client:
            assert (await client.get("/me")).json() == {"user": 7}
            with psycopg.connect(database) as connection:
                assert connection.execute("SELECT count(*) FROM session").fetchone() == (2,)
