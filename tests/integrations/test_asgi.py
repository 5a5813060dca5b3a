"""The middleware, from the outside: what a client sees, what the log says, what the store holds."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from sessile import AsyncSession, CookiePolicy, MemoryStore, SessionMiddleware, session_of
from sessile.errors import StoreError, StoreUnavailable
from sessile.session.cookie import cookie_value
from sessile.session.keyring import Keyring
from sessile.session.store import Answer, Want
from sessile.testing import FakeClock

SECRET = "a secret of sufficient length"


class FailingStore(MemoryStore):
    """A memory store that answers with an outage while `down`."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False

    async def perform(self, wants: Sequence[Want]) -> Sequence[Answer | StoreError]:
        if self.down:
            return [StoreUnavailable("connection refused", "ECONNREFUSED")] * len(wants)
        return await super().perform(wants)


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["userId"] = 7
    return JSONResponse({"user": 7})


async def me(request: Request) -> Response:
    user = request.session.get("userId")
    return JSONResponse({"user": user}, 200 if user else 401)


async def nested(request: Request) -> Response:
    request.session.setdefault("cart", {"items": []})["items"].append(1)
    return JSONResponse(request.session["cart"])


async def logout(request: Request) -> Response:
    await session_of(request).destroy()
    return PlainTextResponse("bye")


async def health(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def broken(request: Request) -> Response:
    request.session["half"] = "done"
    return PlainTextResponse("oops", 500)


async def late(request: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        request.session["tardy"] = 1
        yield b"second"

    return StreamingResponse(body())


async def odd(request: Request) -> Response:
    request.session["when"] = object()
    return PlainTextResponse("never sent")


async def outcome(request: Request) -> Response:
    return PlainTextResponse(str(session_of(request).outcome))


PAGES = (login, me, nested, logout, health, broken, late, odd, outcome)
ROUTES = [Route(f"/{page.__name__}", page, methods=["GET", "POST"]) for page in PAGES]


@pytest.fixture
def store() -> FailingStore:
    return FailingStore()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def client_of(store: MemoryStore, clock: FakeClock, *, base_url: str = "http://shop.test", **changed: Any) -> httpx2.AsyncClient:
    options: dict[str, Any] = {"secret": SECRET, "cookie": CookiePolicy(name="ofa.sid"), "idle": timedelta(hours=1)}
    app = Starlette(routes=ROUTES)
    app.add_middleware(SessionMiddleware, store=store, clock=clock, **{**options, **changed})
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url=base_url)


@pytest.fixture
async def client(store: FailingStore, clock: FakeClock) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(store, clock) as client:
        yield client


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


class TestTheCookie:
    async def test_is_secure_behind_a_proxy_that_says_https(self, store: FailingStore, clock: FakeClock) -> None:
        async with client_of(store, clock) as client:
            plain = await client.post("/login")
            proxied = await client.post("/login", headers={"x-forwarded-proto": "https, http"})
        assert "; Secure" not in plain.headers["set-cookie"]
        assert "; HttpOnly; Secure; SameSite=Lax" in proxied.headers["set-cookie"]

    async def test_is_not_set_where_nothing_is_stored(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        for path in ("/health", "/me", "/outcome"):
            assert "set-cookie" not in (await client.get(path)).headers
        assert store.rows == {}

    async def test_is_renewed_by_use_before_the_browser_drops_it(self, client: httpx2.AsyncClient, clock: FakeClock) -> None:
        await client.post("/login")
        assert "set-cookie" not in (await client.get("/me")).headers
        for _ in range(10):
            clock.now += 1800
            answer = await client.get("/me", headers={"cookie": f"ofa.sid={client.cookies['ofa.sid']}"})
            assert answer.status_code == 200
            assert "set-cookie" in answer.headers

    async def test_keeps_shared_caches_away(self, client: httpx2.AsyncClient) -> None:
        answer = await client.post("/login")
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "Cookie" in answer.headers["vary"]

    async def test_of_a_weakly_guessed_signature_opens_nothing(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        await client.post("/login")
        (session_id,) = store.rows
        forged = cookie_value(session_id, Keyring("another secret of some length"))
        assert (await client.get("/me", headers={"cookie": f"ofa.sid={forged}"})).status_code == 401

    async def test_that_a_client_made_up_is_not_adopted(self, client: httpx2.AsyncClient, store: FailingStore) -> None:
        chosen = cookie_value("an-id-that-i-chose", Keyring(SECRET))
        answer = await client.post("/login", headers={"cookie": f"ofa.sid={chosen}"})
        assert "an-id-that-i-chose" not in store.rows
        assert "an-id-that-i-chose" not in answer.headers["set-cookie"]


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
