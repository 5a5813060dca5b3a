"""Express on connect-redis and sessile on its Redis store serve the same users, under one secret, at the same time."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from lab.browser import Browser
from lab.express import ExpressService
from lab.python import PythonService
from lab.redis import RedisServer
from lab.service import Service
from sessile import RedisStore
from sessile.session.store import Delete, Load, Stored, Touch, Update
from sessile.testing.contract import later
from tests.redis_servers import redis_at

SECRET = "one-secret-for-both-of-the-services"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_at(tmp_path_factory.mktemp("redis"), appendfsync="no") as started:
        yield started


@pytest.fixture(scope="module")
def services(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Service]]:
    logs = tmp_path_factory.mktemp("logs")
    environment = {"STORE": "redis", "REDIS_URL": server.url, "SESSION_SECRET": SECRET, "REGENERATE": "1"}
    with PythonService(environment, logs) as ours, ExpressService(environment, logs) as express:
        yield {"sessile": ours, "express": express}


@pytest.mark.parametrize("logout_at", ["sessile", "express"])
@pytest.mark.parametrize(("first", "second"), [("sessile", "express"), ("express", "sessile")])
def test_log_in_on_either_known_by_both_log_out_on_either(
    services: dict[str, Service], first: str, second: str, logout_at: str
) -> None:
    cookies: dict[str, str] = {}
    browsers = {name: Browser(service.url, cookies) for name, service in services.items()}
    assert browsers[first].login("ana@example.com") == 200
    assert browsers[second].me() == 200
    assert browsers[second].onboarding("Analytical Engines") == 200
    assert browsers[first].me() == 200
    response = browsers[first].response
    assert response is not None
    assert response.json() == {"user": {"name": "Ana", "company": "Analytical Engines"}}
    for turn in range(6):
        assert browsers[(first, second)[turn % 2]].count() == 200
    counted = browsers[second].response
    assert counted is not None
    assert counted.json() == {"count": 6}
    assert browsers[logout_at].logout() == 200
    assert [browser.me() for browser in browsers.values()] == [401, 401]
    for browser in browsers.values():
        browser.close()


def test_what_express_wrote_is_read_changed_touched_and_ended(services: dict[str, Service], server: RedisServer) -> None:
    express = Browser(services["express"].url)
    assert express.login() == 200
    assert express.count() == 200
    client: Any = redis.Redis.from_url(server.url)
    [key] = client.keys("sess:*")
    assert client.ttl(key) > 600_000
    asyncio.run(_all_wants(RedisStore(server.url), key.decode().removeprefix("sess:")))
    assert client.exists(key) == 0
    client.close()
    assert express.me() == 401
    express.close()


async def _all_wants(store: RedisStore, session_id: str) -> None:
    [found] = await store.perform([Load(session_id)])
    assert isinstance(found, Stored)
    assert json.loads(found.text)["count"] == 1
    changed = found.text.replace('"count":1', '"count":2')
    assert list(await store.perform([Update(session_id, changed, found.expires, found.text)])) == [changed]
    assert list(await store.perform([Update(session_id, changed, found.expires, found.text)])) == [None]
    assert list(await store.perform([Touch(session_id, later(800_000))])) == [True]
    assert list(await store.perform([Delete(session_id)])) == [True]
    await store.close()
