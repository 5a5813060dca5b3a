"""An Express service in a process of its own, and requests to it that can be held."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from lab.express import node
from lab.interleavings.history import ABSENT, Request, values_of
from lab.interleavings.schedule import Op
from lab.service import Service
from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring

HERE = Path(__file__).parent


class ExpressClient:
    """One service on express-session and connect-pg-simple (`writer.mjs`), asked over HTTP."""

    def __init__(self, service: Service, keyring: Keyring, *, cookie: str, tick: Callable[[], int]) -> None:
        self._keyring, self._cookie, self._tick = keyring, cookie, tick
        # Express closes a connection without a word when a save fails late; a reused one would be reset.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._client = httpx2.AsyncClient(base_url=service.url, timeout=20, trust_env=False, limits=limits)

    async def close(self) -> None:
        """Close what is open to the service."""
        await self._client.aclose()

    async def send(self, request: Request) -> None:
        """Make the request, and note in it all that comes of it."""
        held = asyncio.create_task(self._held(request)) if request.step.held else None
        try:
            await self._ask(request)
        finally:
            request.waiting.set()
            if held is not None:
                held.cancel()

    async def release(self, request: Request) -> None:
        """Let a held request go on."""
        request.acts_from = self._tick()
        await self._client.post(f"/gates/{id(request)}")

    async def healed(self) -> None:
        """Wait until the service reaches its database again. Raises TimeoutError when it does not in ten seconds."""
        for _ in range(500):
            if (await self._post(Op.READ, "nobody-at-home")).status_code == 200:
                return
            await asyncio.sleep(0.02)
        raise TimeoutError("the Express service does not reach its database again")

    async def _held(self, request: Request) -> None:
        await self._client.get(f"/gates/{id(request)}")
        request.arrived = self._tick()
        request.waiting.set()

    async def _ask(self, request: Request) -> None:
        key, value = request.change
        gate = str(id(request)) if request.step.held else None
        answer = await self._post(request.op, request.session_id or "", key=key, value=value, gate=gate)
        request.status, request.ended = answer.status_code, self._tick()
        if not answer.content:
            return
        told = answer.json()
        request.found, request.loaded = told["id"] == request.session_id, values_of(told["loaded"])
        if request.op.writes:
            request.wrote = {key: ABSENT} if value is ABSENT else values_of({key: value})
            request.becomes = told.get("becomes") if told.get("becomes") != request.session_id else None

    async def _post(self, op: Op, session_id: str, **more: Any) -> httpx2.Response:
        headers = {"cookie": f"{self._cookie}={quote(cookie_value(session_id, self._keyring))}"}
        return await self._client.post("/steps", json={"op": op, **more}, headers=headers)


def express_service(database: str, name: str, *, secret: str, cookie: str, directory: Path) -> Service:
    """The process, not yet started; its connections are named as the client."""
    environment = {"DATABASE_URL": database, "SESSION_SECRET": secret, "COOKIE_NAME": cookie, "INSTANCE": name}
    return Service("express", [node(), "writer.mjs"], HERE, environment, directory)
