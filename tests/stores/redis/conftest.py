"""A Redis server for the tests of its store."""

from collections.abc import Iterator

import pytest

from lab.redis import RedisServer
from tests.redis_servers import redis_at


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A server of a module's own."""
    with redis_at(tmp_path_factory.mktemp("redis"), appendfsync="no") as server:
        yield server
