"""Sessions over WebSockets, on uvicorn and PostgreSQL or the memory store, with a client of its own."""

import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import anyio
import httpx2
import psycopg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from sessile import MemoryStore, PostgresStore, SessionMiddleware, session_of
from sessile.errors import CookieTooLate, SessionGone, StoreUnavailable
from sessile.session.store import Load, Want
from sessile.stores.postgres.statements import Answers
from tests.integrations.asgi.application import FailingStore
from tests.integrations.sockets import Closed, Refused, connect, serving, wait_until

SECRET = "Zl3Wv9rTq8sXm5yBn0dRd7gHk2aLe9fQ"


class CountingStore(PostgresStore):
    """Notes how many look-ups each query made."""

    def __init__(self, database: str) -> None:
        super().__init__(database)
        self.loaded: list[int] = []

    async def _performed(self, wants: Sequence[Want]) -> Answers:
        self.loaded.append(sum(isinstance(want, Load) for want in wants))
        return await super()._performed(wants)


async def login(request: Request) -> Response:
    await session_of(request).regenerate()
    request.session["user"] = 7
    return JSONResponse({})


async def logout(request: Request) -> Response:
    await session_of(request).destroy()
    return JSONResponse({})


async def me(request: Request) -> Response:
    return JSONResponse(dict(request.session))


async def talk(socket: WebSocket) -> None:
    """Does what it is told: by the address before it accepts, by messages afterwards."""
    session = session_of(socket)
    if "before" in socket.query_params:
        socket.session["before"] = socket.query_params["before"]
    if "refuse" in socket.query_params:
        await socket.close()
        return
    await socket.accept()
    async for word in socket.iter_text():
        await socket.send_text(await answer(session, word))


async def answer(session: Any, word: str) -> str:
    try:
        match word:
            case "who":
                return f"{session.get('user')} {session.outcome}"
            case "set":
                session["late"] = 1
            case "save":
                await session.save()
            case "check":
                return str(await session.check())
            case "regenerate":
                await session.regenerate()
    except (CookieTooLate, SessionGone, StoreUnavailable) as error:
        return type(error).__name__
    return "done"


async def push(socket: WebSocket) -> None:
    """Sends and never listens."""
    await socket.accept()
    try:
        while True:
            await socket.send_text("tick")
            await anyio.sleep(0.01)
    except WebSocketDisconnect:
        socket.app.state.ended = True


async def save_at_once(socket: WebSocket) -> None:
    await socket.accept()
    await socket.receive_text()
    socket.session["late"] = 1
    await session_of(socket).save()


ROUTES = [
    *(Route(f"/{page.__name__}", page) for page in (login, logout, me)),
    *(WebSocketRoute(f"/{page.__name__}", page) for page in (talk, push, save_at_once)),
]


def application(store: Any, **options: Any) -> Starlette:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield

    app = Starlette(routes=ROUTES, lifespan=lifespan)
    app.add_middleware(SessionMiddleware, store=store, secret=SECRET, **options)
    return app


@pytest.fixture
def store() -> FailingStore:
    return FailingStore()


@pytest.fixture
def port(store: FailingStore) -> Iterator[int]:
    with serving(application(store)) as port:
        yield port


def logged_in(port: int) -> str:
    answer = httpx2.get(f"http://127.0.0.1:{port}/login")
    return answer.headers["set-cookie"].partition(";")[0]


def ask(port: int, path: str, cookie: str) -> Any:
    return httpx2.get(f"http://127.0.0.1:{port}/{path}", headers={"cookie": cookie}).json()


class TestConnecting:
    def test_knows_who_logged_in(self, port: int) -> None:
        with connect(port, "/talk", logged_in(port)) as client:
            assert client.ask("who") == "7 live"
            assert "set-cookie" not in client.headers

    def test_commits_what_came_before_accept_and_sets_its_cookie_there(self, port: int, store: FailingStore) -> None:
        with connect(port, "/talk?before=x") as client:
            [row] = store.rows.values()
            assert '"before":"x"' in row.text
            cookie = client.headers["set-cookie"].partition(";")[0]
        assert ask(port, "me", cookie) == {"before": "x"}

    def test_is_refused_with_503_in_an_outage(self, port: int, store: FailingStore) -> None:
        cookie = logged_in(port)
        store.down = True
        with pytest.raises(Refused) as refused, connect(port, "/talk", cookie):
            pass
        assert refused.value.status == 503
        assert refused.value.headers["retry-after"] == "5"
        assert "set-cookie" not in refused.value.headers
        assert b"You are not logged out" in refused.value.body

    def test_is_refused_with_503_where_accept_cannot_commit(self, port: int, store: FailingStore) -> None:
        store.down = True
        with pytest.raises(Refused) as refused, connect(port, "/talk?before=x"):
            pass
        assert refused.value.status == 503
        assert "set-cookie" not in refused.value.headers

    def test_closed_before_accept_saves_nothing_and_says_so(
        self, port: int, store: FailingStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        with pytest.raises(Refused) as refused, connect(port, "/talk?refuse&before=x"):
            pass
        assert refused.value.status == 403
        wait_until(lambda: "'before' changed on a WebSocket that was closed instead of accepted" in caplog.text)
        assert store.rows == {}

    def test_without_the_extension_is_closed_with_try_again_later(self, store: FailingStore) -> None:
        app = application(store)

        async def bare(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "extensions": {}}, receive, send)

        client = TestClient(bare)
        client.get("/login")
        store.down = True
        for path in ("/talk", "/talk?before=x"):
            with pytest.raises(WebSocketDisconnect, check=lambda closed: closed.code == 1013), client.websocket_connect(path):
                pass
            client.cookies.clear()


class TestAfterAccept:
    def test_a_change_is_kept_when_saved(self, port: int) -> None:
        cookie = logged_in(port)
        with connect(port, "/talk", cookie) as client:
            assert [client.ask(word) for word in ("set", "save")] == ["done", "done"]
            assert ask(port, "me", cookie) == {"user": 7, "late": 1}

    def test_a_change_that_nobody_saved_is_an_error_that_names_the_key(self, port: int, caplog: pytest.LogCaptureFixture) -> None:
        cookie = logged_in(port)
        with connect(port, "/talk", cookie) as client:
            client.ask("set")
        wait_until(lambda: "session change lost: 'late' changed after the response had started" in caplog.text)
        assert ask(port, "me", cookie) == {"user": 7}

    def test_no_session_begins_and_no_id_changes_for_no_cookie_follows(self, port: int, store: FailingStore) -> None:
        with connect(port, "/talk") as client:
            assert [client.ask(word) for word in ("set", "save")] == ["done", "CookieTooLate"]
            assert store.rows == {}
        with connect(port, "/talk", logged_in(port)) as client:
            assert client.ask("regenerate") == "CookieTooLate"

    def test_a_save_never_resurrects_a_session(self, port: int, store: FailingStore) -> None:
        cookie = logged_in(port)
        with connect(port, "/talk", cookie) as client:
            ask(port, "logout", cookie)
            assert [client.ask(word) for word in ("set", "save", "who")] == ["done", "SessionGone", "None find: deleted"]
        assert store.rows == {}

    def test_an_outage_that_nobody_handles_closes_with_try_again_later(self, port: int, store: FailingStore) -> None:
        with connect(port, "/save_at_once", logged_in(port)) as client:
            store.down = True
            client.send("now")
            with pytest.raises(Closed, match="1013"):
                client.receive()


class TestLookingAgain:
    def test_tells_a_session_that_ended(self, port: int) -> None:
        cookie = logged_in(port)
        with connect(port, "/talk", cookie) as client:
            assert client.ask("check") == "True"
            ask(port, "logout", cookie)
            assert client.ask("check") == "False"
            assert client.ask("who") == "None find: deleted"

    def test_in_an_outage_is_no_logout(self, port: int, store: FailingStore) -> None:
        with connect(port, "/talk", logged_in(port)) as client:
            store.down = True
            assert client.ask("check") == "StoreUnavailable"
            store.down = False
            assert [client.ask("check"), client.ask("who")] == ["True", "7 live"]

    @pytest.mark.parametrize("path", ["/talk", "/push"])
    def test_closes_revoked_connections_and_no_others(self, store: FailingStore, path: str) -> None:
        app = application(store, recheck=timedelta(seconds=1))
        with serving(app) as port:
            cookies = [logged_in(port), logged_in(port)]
            with connect(port, path, cookies[0]) as revoked, connect(port, "/talk", cookies[1]) as other:
                ask(port, "logout", cookies[0])
                with pytest.raises(Closed, match="1008 session ended"):
                    revoked.receive_all()
                assert other.ask("who") == "7 live"
            if path == "/push":
                wait_until(lambda: getattr(app.state, "ended", False))

    def test_outlasts_an_outage(self, store: FailingStore, caplog: pytest.LogCaptureFixture) -> None:
        with serving(application(store, recheck=timedelta(seconds=1))) as port:
            cookie = logged_in(port)
            with connect(port, "/talk", cookie) as client:
                store.down = True
                wait_until(lambda: "session stopped at reach: unavailable" in caplog.text)
                assert client.ask("who") == "7 live"
                store.down = False
                ask(port, "logout", cookie)
                with pytest.raises(Closed, match="1008 session ended"):
                    client.receive()

    def test_of_many_connections_at_once_is_one_query(self, database: str) -> None:
        store = CountingStore(database)
        with (
            serving(application(store, recheck=timedelta(seconds=1))) as port,
            connect(port, "/talk", logged_in(port)) as first,
            connect(port, "/talk", logged_in(port)) as second,
        ):
            wait_until(lambda: 2 in store.loaded)
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute("DELETE FROM session")
            for client in (first, second):
                with pytest.raises(Closed, match="1008 session ended"):
                    client.receive()


def test_looking_more_than_once_a_second_is_refused_at_the_start(caplog: pytest.LogCaptureFixture) -> None:
    client = TestClient(application(MemoryStore(), recheck=timedelta(milliseconds=10)))
    with caplog.at_level(logging.CRITICAL):
        assert client.get("/me").status_code == 503
    assert "recheck must be at least 1 second" in caplog.text
