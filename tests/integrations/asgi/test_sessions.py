"""A session through the middleware: from a login to its end, and what is saved between."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from sessile import AsyncSession, MemoryStore, SessionMiddleware
from sessile.errors import StoreError
from sessile.session.store import Answer, Want
from sessile.testing import FakeClock
from tests.integrations.asgi.application import SECRET, FailingStore, client_of, login, me


class TestALogin:
    async def test_is_known_at_the_next_request(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/me")).status_code == 401
        assert (await client.post("/login")).status_code == 200
        assert (await client.get("/me")).json() == {"user": 7}

    async def test_gets_a_new_id_and_the_old_one_ends(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        await client.get("/nested")
        before = client.cookies["ofa.sid"]
        await client.post("/login")
        assert client.cookies["ofa.sid"] != before
        assert len(store.rows) == 1
        fixed = await client.get("/me", headers={"cookie": f"ofa.sid={before}"})
        assert fixed.status_code == 401
        assert (await client.get("/nested")).json() == {"items": [1, 1]}

    async def test_ends_with_logout_and_the_browser_forgets(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        await client.post("/login")
        answer = await client.post("/logout")
        assert "Expires=Thu, 01 Jan 1970" in answer.headers["set-cookie"]
        assert store.rows == {}
        assert (await client.get("/me")).status_code == 401

    async def test_is_not_resurrected_by_a_request_in_flight(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        await client.post("/login")
        cookie = {"cookie": f"ofa.sid={client.cookies['ofa.sid']}"}
        store_rows, store.rows = store.rows, dict(store.rows)
        answer = await self._nested_while_logged_out(client, store, cookie)
        assert answer.status_code == 200
        assert store.rows == {}
        assert len(store_rows) == 1

    @staticmethod
    async def _nested_while_logged_out(
        client: httpx2.AsyncClient, store: FailingStore, cookie: dict[str, str]
    ) -> httpx2.Response:
        original = store.perform

        async def racing(wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
            answers = await original(wants)
            store.rows.clear()
            return answers

        store.perform = racing  # type: ignore[method-assign]
        return await client.get("/nested", headers=cookie)


class TestExpiry:
    async def test_idle(self, client: httpx2.AsyncClient, clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
        await client.post("/login")
        cookie = {"cookie": f"ofa.sid={client.cookies['ofa.sid']}"}
        clock.now += 3602
        assert (await client.get("/outcome", headers=cookie)).text == "live: expired"
        assert "session stopped at live: expired (id " in caplog.text

    async def test_absolute_however_much_it_is_used(self, store: FailingStore, clock: FakeClock) -> None:
        async with client_of(store, clock, absolute=timedelta(hours=3)) as client:
            await client.post("/login")
            alive = []
            for _ in range(7):
                clock.now += 1800
                cookie = {"cookie": f"ofa.sid={client.cookies.get('ofa.sid', 'gone')}"}
                alive.append((await client.get("/me", headers=cookie)).status_code)
        assert alive == [200] * 6 + [401]


class TestSaving:
    async def test_notices_nested_changes(self, client: httpx2.AsyncClient) -> None:
        await client.get("/nested")
        await client.get("/nested")
        assert (await client.get("/nested")).json() == {"items": [1, 1, 1]}

    async def test_nothing_of_a_failed_request_is_stored(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        answer = await client.get("/broken")
        assert (answer.status_code, "set-cookie" in answer.headers, store.rows) == (500, False, {})

    async def test_a_value_json_cannot_hold_is_an_error_that_names_the_key(
        self, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert (await client.get("/odd")).status_code == 500
        assert "session['when'] is a object" in caplog.text


async def test_a_request_leaves_nothing_to_the_garbage_collector() -> None:
    app = Starlette(routes=[Route("/me", me), Route("/login", login, methods=["POST"])])
    app.add_middleware(SessionMiddleware, store=MemoryStore(), secret=SECRET)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        await client.post("/login")
        gc.collect()
        gc.disable()
        try:
            assert (await client.get("/me")).json() == {"user": 7}
            await asyncio.sleep(0)
            assert [each for each in gc.get_objects() if type(each) is AsyncSession] == []
        finally:
            gc.enable()
