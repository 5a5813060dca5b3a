"""The core's promises as a client sees them, through the middleware."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sessile import CookiePolicy, MemoryStore, PostgresStore, SessionMiddleware, session_of
from sessile.session.keyring import Keyring, fingerprint
from sessile.testing import FakeClock

SECRET, OLD = "a secret of sufficient length", "another one, from last year"
URL = "https://www.example.test"


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["user"] = 7
    if "days" in request.query_params:
        session_of(request).remember(timedelta(days=int(request.query_params["days"])))
    return JSONResponse({})


async def me(request: Request) -> Response:
    return JSONResponse({"user": request.session.get("user"), "outcome": str(session_of(request).outcome)})


async def count(request: Request) -> Response:
    request.session["seen"] = request.session.get("seen", 0) + 1
    return JSONResponse({})


async def tell(request: Request) -> Response:
    request.session["told"] = request.session.get("told", 0) + 1
    return JSONResponse({})


async def logout(request: Request) -> Response:
    await session_of(request).destroy()
    return JSONResponse({})


ROUTES = [Route(f"/{page.__name__}", page) for page in (login, me, count, tell, logout)]


@asynccontextmanager
async def client_of(
    store: MemoryStore | PostgresStore, clock: FakeClock, cookies: httpx2.Cookies | None = None, **options: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=ROUTES)
    app.add_middleware(SessionMiddleware, store=store, clock=clock, **{"secret": SECRET, **options})
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=URL, cookies=cookies) as client:
        yield client


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize("kind", ["json", "jsonb"])
async def test_on_postgresql_an_exchanged_id_loses_nothing_and_a_logout_ends_both(
    database: str, clock: FakeClock, kind: str
) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE session (sid varchar PRIMARY KEY, sess {kind} NOT NULL, expire timestamp(6) NOT NULL);"
            'CREATE INDEX "IDX_session_expire" ON session (expire)'
        )
        store = PostgresStore(database)
        async with client_of(store, clock, rotate=timedelta(hours=1)) as client:
            await client.get("/login")
            old = {"cookie": f"connect.sid={client.cookies['connect.sid']}"}
            clock.now += 3600
            await asyncio.gather(*(client.get(path, headers=old) for path in ("/me", "/count", "/tell", "/me")))
            assert connection.execute("SELECT count(*) FROM session").fetchone() == (2,)
            assert connection.execute(
                "SELECT sess->>'seen', sess->>'told' FROM session WHERE sess->>'user' = '7'"
            ).fetchone() == (
                "1",
                "1",
            )
            assert (await client.get("/me", headers=old)).json()["user"] == 7
            await client.get("/logout", headers=old)
            assert connection.execute("SELECT count(*) FROM session").fetchone() == (0,)
        await store.close()


async def test_an_id_is_exchanged_and_the_old_cookie_serves_for_its_grace(store: MemoryStore, clock: FakeClock) -> None:
    async with client_of(store, clock, rotate=timedelta(hours=1)) as client:
        await client.get("/login")
        old = {"cookie": f"connect.sid={client.cookies['connect.sid']}"}
        clock.now += 3600
        assert (await client.get("/me")).json()["user"] == 7
        assert client.cookies["connect.sid"] not in old["cookie"]
        clock.now += 30
        late = await client.get("/me", headers=old)
        assert (late.json()["user"], "set-cookie" in late.headers) == (7, True)
        clock.now += 1
        assert (await client.get("/me", headers=old)).json() == {"user": None, "outcome": "find: rotated"}
        assert (await client.get("/me")).json()["user"] == 7
        await client.get("/logout")
        assert [row for row in store.rows.values() if "user" in row.text] == []


async def test_a_remembered_login_outlasts_the_policys_browser_session(store: MemoryStore, clock: FakeClock) -> None:
    async with client_of(store, clock, cookie=CookiePolicy(persistent=False)) as client:
        brief = (await client.get("/login")).headers["set-cookie"]
        lasting = (await client.get("/login?days=30")).headers["set-cookie"]
    assert ("Expires=" in brief, "Expires=" in lasting) == (False, True)
    (row,) = store.rows.values()
    assert row.expires == int(clock.now * 1000) + 30 * 86_400_000


async def test_a_secret_is_rotated_in_its_file_without_a_logout(
    store: MemoryStore, clock: FakeClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sessile")
    file = tmp_path / "secret"
    file.write_text(f"{OLD}\n")
    async with client_of(store, clock, secret=file) as client:
        await client.get("/login")
        rows = dict(store.rows)
        await client.get("/me")
        file.write_text(f"{SECRET}\n{OLD}\n")
        clock.now += 31
        answer = await client.get("/me")
        assert (answer.json()["user"], "set-cookie" in answer.headers, store.rows) == (7, True, rows)
        assert f"session keys renewed: {fingerprint(SECRET.encode())} signs" in caplog.text
        file.write_text(f"{SECRET}\n")
        clock.now += 31
        assert (await client.get("/me")).json()["user"] == 7
        file.write_text("")
        clock.now += 31
        assert (await client.get("/me")).json()["user"] == 7
        assert f"session keys not renewed, {fingerprint(SECRET.encode())} signs as before: the file {file} gives" in caplog.text


async def test_a_changed_domain_reaches_the_browser_and_leaves_no_second_cookie(store: MemoryStore, clock: FakeClock) -> None:
    async with client_of(store, clock) as client:
        await client.get("/login")
        cookies = client.cookies
    async with client_of(store, clock, cookies, cookie=CookiePolicy(domain="example.test")) as client:
        answer = await client.get("/me")
        assert answer.json()["user"] == 7
        assert len(answer.headers.get_list("set-cookie")) == 2
        assert [cookie.domain for cookie in client.cookies.jar] == [".example.test"]
        again = await client.get("/me")
        assert (again.json()["user"], "set-cookie" in again.headers) == (7, False)


async def test_which_key_is_still_in_use_can_be_seen(store: MemoryStore, clock: FakeClock) -> None:
    async with client_of(store, clock, secret=OLD) as client:
        await client.get("/login")
        cookies = client.cookies
    keyring = Keyring(SECRET, verify_only=OLD)
    async with client_of(store, clock, cookies, secret=keyring) as client:
        for _ in range(3):
            assert (await client.get("/me")).json()["user"] == 7
    assert {name: use.count for name, use in keyring.uses.items()} == {
        fingerprint(SECRET.encode()): 2,
        fingerprint(OLD.encode()): 1,
    }
