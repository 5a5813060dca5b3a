"""What the middleware says in the log."""

import logging

import httpx2
import pytest

from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring
from sessile.testing import FakeClock
from tests.integrations.asgi.application import SECRET, FailingStore, client_of


class TestTheLog:
    async def test_names_the_user_only_where_asked(
        self, store: FailingStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "sessile")
        async with client_of(store, clock) as client:
            await client.post("/login")
        assert "Session saved (id " in caplog.text
        assert "for user" not in caplog.text
        async with client_of(store, clock, log_user=lambda session: session.get("userId")) as client:
            await client.post("/login")
        assert "Session saved for user: 7" in caplog.text

    @pytest.mark.parametrize(
        ("cookie", "line"),
        [
            ("ofa.sid=hello", "session stopped at verify: unsigned"),
            ("ofa.sid=s%3Aabc.forged", "session stopped at verify: bad_signature (keys: "),
            (f"ofa.sid={cookie_value('nobody-home', Keyring(SECRET))}", "session stopped at find: missing (id nobo…)"),
        ],
    )
    async def test_names_why_a_cookie_found_no_session(
        self, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture, cookie: str, line: str
    ) -> None:
        await client.get("/me", headers={"cookie": cookie})
        assert line in caplog.text
        assert SECRET not in caplog.text

    async def test_names_a_change_that_came_too_late(self, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
        await client.get("/late")
        assert "session change lost: 'tardy' changed after the response had started" in caplog.text
