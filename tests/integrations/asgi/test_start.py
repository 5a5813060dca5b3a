"""The middleware starts only where it is sound."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from sessile import SessionMiddleware
from sessile.testing import FakeClock
from tests.integrations.asgi.application import ROUTES, SECRET, FailingStore, client_of


class TestStart:
    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"secret": None}, "SESSION_SECRET is not set"),
            ({"secret": "keyboard cat"}, "easy to guess"),
            ({"idle": timedelta(0)}, "idle must be"),
        ],
    )
    async def test_is_refused_by_the_lifespan_with_the_reason(
        self, store: FailingStore, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], complaint: str
    ) -> None:
        monkeypatch.delenv("SESSION_SECRET", raising=False)
        app = SessionMiddleware(Starlette(routes=ROUTES), store=store, **{"secret": SECRET} | options)
        sent = []

        async def receive() -> dict[str, Any]:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            sent.append(message)

        await app({"type": "lifespan"}, receive, send)
        (failed,) = sent
        assert failed["type"] == "lifespan.startup.failed"
        assert complaint in failed["message"]

    async def test_without_a_lifespan_every_request_is_503_and_says_why(
        self, store: FailingStore, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with client_of(store, clock, secret="keyboard cat") as client:
            assert (await client.get("/me")).status_code == 503
        assert "easy to guess" in caplog.text
