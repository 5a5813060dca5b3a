"""Sessions that Litestar keeps in Redis are taken over as the guide says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from litestar import Litestar, Request, get
from litestar.middleware.session.server_side import ServerSideSessionConfig
from litestar.stores.base import Store
from litestar.stores.redis import RedisStore
from litestar.testing import TestClient

from lab.redis import RedisServer
from sessile import MemoryStore, SessionMiddleware, StoreUnavailable
from sessile.integrations.predecessor import StoredElsewhere
from sessile.testing import SECRET

GUIDE = (Path(__file__).parents[2] / "docs" / "moving.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis"), appendfsync="no") as server:
        yield server


@pytest.fixture
def cookie(redis_server: RedisServer) -> str:
    """The id of somebody who logged in while Litestar kept the sessions."""

    @get("/login")
    async def login(request: Request[Any, Any, Any]) -> None:
        request.set_session({"user": 7})

    stores: dict[str, Store] = {"sessions": RedisStore.with_client(redis_server.url)}
    with TestClient(Litestar([login], middleware=[ServerSideSessionConfig().middleware], stores=stores)) as client:
        client.get("/login")
        return str(client.cookies["session"])


@pytest.fixture
def find(redis_server: RedisServer) -> Iterator[Any]:
    """The guide's function, on the test's server."""
    [program] = re.findall(r"```python\n(import json.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {"__name__": __name__}
    exec(program.partition("@post")[0].replace("redis://localhost:6379", redis_server.url), names)
    yield names["find"]
    names["server"].close()


@get("/me")
async def me(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return dict(request.session)


def visitor(predecessor: StoredElsewhere, cookie: str, store: MemoryStore) -> httpx2.AsyncClient:
    app = SessionMiddleware(Litestar([me]), store=store, secret=SECRET, predecessor=predecessor)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://shop.test", cookies={"session": cookie})


async def test_a_live_session_becomes_a_row_once(find: Any, cookie: str) -> None:
    store = MemoryStore()
    for _ in range(2):
        async with visitor(StoredElsewhere("session", find), cookie, store) as client:
            assert (await client.get("/me")).json() == {"user": 7}
            assert (await client.get("/me")).json() == {"user": 7}
    assert len([row for row in store.rows.values() if '"user"' in row.text]) == 1


@pytest.mark.parametrize("made_up", ["nobody", "s:nobody", ""])
async def test_an_id_of_nobody_opens_nothing(find: Any, made_up: str) -> None:
    store = MemoryStore()
    async with visitor(StoredElsewhere("session", find), made_up, store) as client:
        assert (await client.get("/me")).json() == {}
    assert store.rows == {}


async def test_what_has_ended_is_not_taken_over() -> None:
    async with visitor(StoredElsewhere("session", lambda _id: ({"user": 7}, 1)), "an-id", MemoryStore()) as client:
        assert (await client.get("/me")).json() == {}


async def test_an_outage_of_the_other_store_is_no_logout() -> None:
    def find(_session_id: str) -> None:
        raise StoreUnavailable("connection refused", "ECONNREFUSED")

    async with visitor(StoredElsewhere("session", find), "an-id", MemoryStore()) as client:
        answer = await client.get("/me")
        assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)


async def test_many_cookies_of_the_name_cost_no_more_than_a_few() -> None:
    asked: list[str] = []

    def find(session_id: str) -> None:
        asked.append(session_id)

    made_up = "; session=".join(str(number) for number in range(1000))
    async with visitor(StoredElsewhere("session", find), made_up, MemoryStore()) as client:
        assert (await client.get("/me")).json() == {}
    assert asked == [str(number) for number in range(8)]
