"""A Redis of the test's own, with its data on disk or in memory alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.redis import RedisServer
from tests.redis_servers import redis_at


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "data"
    folder.mkdir()
    with redis_at(folder, appendfsync="no") as started:
        yield started


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "data"
    folder.mkdir()
    with redis_at(folder, appendonly="no") as started:
        yield started
