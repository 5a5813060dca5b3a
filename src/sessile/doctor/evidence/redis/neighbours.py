"""The other databases of a server, as far as they hold sessions of Express: a URL without its number leads to database 0."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from redis.exceptions import ResponseError

from sessile.doctor.evidence.redis.inspection import Inspection
from sessile.doctor.evidence.redis.keys import keys
from sessile.doctor.facts.redis import Neighbour, RedisServer

MOST: Final = 4
MOST_KEYS: Final = 5000


def neighbours(inspection: Inspection, server: RedisServer, now: datetime) -> tuple[Neighbour, ...]:
    """Look into those with keys, the largest first. Raises RedisError or OSError where the connection breaks."""
    others = sorted((one for one in server.keyspaces if one.database != server.database), key=lambda one: -one.keys)
    return tuple(found for one in others[:MOST] for found in _sessions(inspection, server.database, one.database, now))


@contextmanager
def selected(inspection: Inspection, database: int, home: int) -> Iterator[None]:
    """Within another database; back home at the end. Raises ResponseError where this user may not."""
    inspection.ask("SELECT", database)
    try:
        yield
    finally:
        inspection.ask("SELECT", home)


def _sessions(inspection: Inspection, home: int, database: int, now: datetime) -> Iterator[Neighbour]:
    try:
        with selected(inspection, database, home):
            found = keys(inspection, now, most=MOST_KEYS)
    except ResponseError:
        return
    yield from (Neighbour(database, family.prefix, family.keys) for family in found.express)
