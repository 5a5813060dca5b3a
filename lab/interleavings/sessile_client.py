"""A sessile service in this process, and requests to it that can be held and cancelled."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator
from contextvars import ContextVar
from typing import Any

from lab.interleavings.history import ABSENT, Request, values_of
from lab.interleavings.schedule import Op
from sessile.errors import StoreError
from sessile.integrations.asgi import SessionMiddleware
from sessile.session.cookie import CookiePolicy, cookie_value
from sessile.session.keyring import Keyring
from sessile.session.outcome import Reason
from sessile.session.presented import presented
from sessile.session.store import Load, Store

COOKIE = "ofa.sid"
REQUEST = "lab.request"

_CURRENT: ContextVar[Request | None] = ContextVar("request", default=None)

Middleware = Callable[..., SessionMiddleware]


class RequestLog(logging.Handler):
    """Hands each line that sessile logs to the request in whose course it was written."""

    def emit(self, record: logging.LogRecord) -> None:
        if (request := _CURRENT.get()) is not None:
            request.logged.append(record.getMessage())


class SessileClient:
    """One service with a store of its own.

    `answered` is called at the very moment when a response starts to leave, before anything else in this process can happen.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        *,
        clock: Callable[[], float],
        tick: Callable[[], int],
        answered: Callable[[Request], None],
        middleware: Middleware = SessionMiddleware,
    ) -> None:
        self.store, self._keyring, self._tick, self._answered = store, keyring, tick, answered
        self._app = middleware(self._handle, store=store, secret=keyring, cookie=CookiePolicy(name=COOKIE), clock=clock)

    async def send(self, request: Request) -> None:
        """Make the request, and note in it all that comes of it."""
        _CURRENT.set(request)
        scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": "/",
            "raw_path": b"/", "query_string": b"", "root_path": "", "headers": self._headers(request), REQUEST: request,
        }  # fmt: skip

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                self._note_answer(request, scope, message)

        try:
            await _Interrupted(self._app(scope, _receive, send), request.step.cancelled_at)
        except asyncio.CancelledError:
            request.cancelled = True
        except Exception as error:  # noqa: BLE001 - whatever the application meets is for the judge
            request.failure = f"{type(error).__name__}: {error}"
        if "session" in scope:
            request.outcome = scope["session"].outcome
        request.waiting.set()

    async def release(self, request: Request) -> None:
        """Let a held request go on."""
        request.gate.set()

    async def healed(self) -> None:
        """Wait until the store answers again, whatever was done to it. Raises TimeoutError when it does not in ten seconds."""
        for _ in range(500):
            (answer,) = await self.store.perform([Load("nobody-at-home")])
            if not isinstance(answer, StoreError):
                return
            await asyncio.sleep(0.02)
        raise TimeoutError("the store does not answer again, although its server does")

    def _headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        if request.session_id is None:
            return []
        return [(b"cookie", f"{COOKIE}={cookie_value(request.session_id, self._keyring)}".encode())]

    async def _handle(self, scope: Any, _receive: object, send: Callable[[Any], Awaitable[None]]) -> None:
        request: Request = scope[REQUEST]
        session = scope["session"]
        request.found, request.loaded = session.outcome.reason is Reason.LIVE, values_of(session)
        request.arrived = self._tick()
        request.waiting.set()
        await request.gate.wait()
        request.acts_from = self._tick()
        await self._act(request, session)
        request.done = self._tick()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _act(self, request: Request, session: Any) -> None:
        key, value = request.change
        match request.op:
            case Op.READ:
                return
            case Op.LOGOUT:
                await session.destroy()
                return
            case Op.LOGIN:
                await session.regenerate()
                session[key] = value
            case Op.UNSET:
                session.pop(key, None)
            case Op.SET_DEEP:
                session.setdefault(key, {}).update(value)
            case _:
                session[key] = value
        after = values_of(session)
        request.wrote = {name: after.get(name, ABSENT) for name in (key,) if after.get(name) != request.loaded.get(name)}

    def _note_answer(self, request: Request, scope: Any, message: Any) -> None:
        request.status = message["status"]
        request.outcome = scope["session"].outcome
        for name, value in message["headers"]:
            if name == b"set-cookie":
                request.cookie_set = True
                pair = value.decode().partition(";")[0]
                (cookie,) = presented(pair, COOKIE, self._keyring) if not pair.endswith("=") else [None]
                if cookie is not None and cookie.session_id != request.session_id:
                    request.becomes = cookie.session_id
        request.ended = self._tick()
        self._answered(request)


class _Interrupted:
    """A coroutine whose task is cancelled when it waits for the n-th time, counted from 1; never for None."""

    def __init__(self, coroutine: Awaitable[None], at: int | None) -> None:
        self._coroutine, self._at = coroutine, at

    def __await__(self) -> Generator[Any, Any, None]:
        steps, waits = self._coroutine.__await__(), 0
        with contextlib.suppress(StopIteration):
            waited_for = next(steps)
            while True:
                waits += 1
                if waits == self._at and (task := asyncio.current_task()):
                    task.cancel()
                try:
                    yield waited_for
                except BaseException as error:  # noqa: BLE001 - a cancellation too goes where the coroutine waits
                    waited_for = steps.throw(error)
                else:
                    waited_for = steps.send(None)


async def _receive() -> Any:
    return {"type": "http.request", "body": b"", "more_body": False}
