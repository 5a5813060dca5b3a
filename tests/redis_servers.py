"""Redis servers for tests, which are skipped where there is no Redis; in CI that fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest

from lab.redis import MISSING, RedisServer


@contextmanager
def redis_at(directory: Path, **settings: str) -> Iterator[RedisServer]:
    """A running server."""
    if which("redis-server") is None:
        pytest.skip(MISSING)
    with RedisServer(directory, **settings) as server:
        yield server
