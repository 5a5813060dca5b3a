"""A store that fails is never a logout."""

import httpx2
import pytest

from tests.integrations.asgi.application import FailingStore


class TestOutages:
    async def test_are_never_a_logout(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        await client.post("/login")
        cookie = client.cookies["ofa.sid"]
        store.down = True
        answer = await client.get("/me")
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "set-cookie" not in answer.headers
        store.down = False
        assert (await client.get("/me")).json() == {"user": 7}
        assert client.cookies["ofa.sid"] == cookie

    async def test_leave_requests_alone_that_need_no_session(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        store.down = True
        assert (await client.get("/health")).text == "ok"

    async def test_turn_an_unsaved_login_into_503(
        self, client: httpx2.AsyncClient, store: FailingStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        store.down = True
        answer = await client.post("/login")
        assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)
        assert "Session save error: connection refused (ECONNREFUSED)" in caplog.text
        assert "session stopped at reach: unavailable" in caplog.text
