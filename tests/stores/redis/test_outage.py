"""A Redis that is killed, frozen or started again ends no session and answers no request wrongly."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from lab.redis import RedisServer
from sessile import RedisStore, SaveUnknown, SessionMiddleware, StoreTimeout, StoreUnavailable, session_of
from sessile.session.store import Create, Delete, Load, Stored, Touch, Update
from sessile.testing.contract import BOB, EVE, later
from tests.redis_servers import redis_at


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that may be killed."""
    with redis_at(tmp_path) as started:
        yield started


async def again(store: RedisStore, session_id: str) -> object:
    """What is loaded once the store answers again."""
    deadline = time.monotonic() + 20
    while True:
        [answer] = await store.perform([Load(session_id)])
        if not isinstance(answer, StoreUnavailable):
            return answer
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_what_was_answered_is_there_after_a_crash(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    store = RedisStore(server.url, timeout=2)
    await store.open()
    expires = later()
    await store.perform([Create(f"s{number}", BOB, expires) for number in range(20)])
    server.kill()
    loaded, created, deleted, touched = await store.perform(
        [Load("s1"), Create("new", BOB, expires), Delete("s2"), Touch("s3", expires)]
    )
    for answer in (loaded, created, deleted, touched):
        assert isinstance(answer, StoreUnavailable), answer
    server.start()
    assert await again(store, "s1") == Stored(BOB, expires)
    assert [await again(store, f"s{number}") for number in range(20)] == [Stored(BOB, expires)] * 20
    assert await again(store, "new") is None
    await store.close()
    assert "unavailable" not in caplog.text


async def test_a_start_during_an_outage_is_made_up_for(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    server.kill()
    store = RedisStore(server.url, timeout=1)
    await store.open()
    assert "session stopped at reach: unavailable" in caplog.text
    server.start()
    assert await again(store, "s1") is None
    store.sync().open()
    assert store.sync().perform([Load("s1")]) == [None]
    store.sync().close()
    await store.close()


async def test_a_save_that_is_not_answered_in_time_is_unknown(server: RedisServer) -> None:
    store = RedisStore(server.url, timeout=0.5)
    await store.perform([Create("abc", BOB, later())])
    store.sync().perform([Load("abc")])
    server.freeze()
    try:
        begun = time.monotonic()
        loaded, updated = await store.perform([Load("abc"), Update("abc", EVE, later(), BOB)])
        assert time.monotonic() - begun < 5
        assert isinstance(loaded, StoreTimeout)
        assert isinstance(updated, SaveUnknown)
        [in_a_thread] = await asyncio.to_thread(store.sync().perform, [Update("abc", EVE, later(), BOB)])
        assert isinstance(in_a_thread, SaveUnknown)
    finally:
        server.thaw()
    found = await again(store, "abc")
    assert isinstance(found, Stored)
    assert found.text in (BOB, EVE)
    store.sync().close()
    await store.close()


async def test_a_connection_that_redis_closed_is_no_outage(server: RedisServer) -> None:
    """Redis closes idle connections where `timeout` is set."""
    store = RedisStore(server.url)
    await store.perform([Create("abc", BOB, later())])
    store.sync().perform([Load("abc")])
    server.kill()
    server.start()
    [updated] = await store.perform([Update("abc", EVE, later(), BOB)])
    assert updated == EVE
    [found] = store.sync().perform([Load("abc")])
    assert isinstance(found, Stored)
    store.sync().close()
    await store.close()


async def test_a_service_answers_503_and_everybody_is_logged_in_afterwards(server: RedisServer) -> None:
    async def me(request: Request) -> JSONResponse:
        session = session_of(request)
        if request.method == "POST":
            await session.regenerate()
            session["user"] = 7
        return JSONResponse({"user": session.get("user")})

    app = Starlette(routes=[Route("/me", me, methods=["GET", "POST"])])
    store = RedisStore(server.url, timeout=1)
    wrapped = SessionMiddleware(app, store=store, secret="Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=wrapped), base_url="http://shop.test") as browser:
        assert (await browser.post("/me")).json() == {"user": 7}
        cookies = dict(browser.cookies)
        server.kill()
        answered = await browser.get("/me")
        assert answered.status_code == 503
        assert "retry-after" in answered.headers
        assert "set-cookie" not in answered.headers
        server.start()
        deadline = time.monotonic() + 20
        while (answered := await browser.get("/me")).status_code == 503:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert answered.json() == {"user": 7}
        assert dict(browser.cookies) == cookies
    await store.close()
