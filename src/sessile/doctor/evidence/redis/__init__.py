"""The evidence of Redis: the server, the keys that hold sessions, and a login's commands tried where they change nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from redis.exceptions import RedisError, ResponseError

from sessile.doctor.evidence.redis.experiment import experiment as try_a_login
from sessile.doctor.evidence.redis.inspection import Inspection, UnreachableError
from sessile.doctor.evidence.redis.keys import keys
from sessile.doctor.evidence.redis.neighbours import neighbours
from sessile.doctor.evidence.redis.refusal import refusal, said
from sessile.doctor.evidence.redis.sentinel import send_on
from sessile.doctor.evidence.redis.server import server
from sessile.doctor.facts.database import Experiment, Failure
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.redis import Keys, Redis, RedisServer
from sessile.errors import ConfigurationError
from sessile.stores.redis.address import Address

T = TypeVar("T")


def collect(
    url: str,
    *,
    named: bool = True,
    full_scan: bool = False,
    experiment: bool | None = None,
    deadline: float = 20.0,
    now: datetime,
) -> Redis:
    """Look at the Redis behind a URL, for `deadline` seconds at most; `now` is the doctor's clock, timezone-aware.

    Nothing is written: the experiment's commands are for a key that does not exist, and are left out where `experiment` is False.
    `full_scan` meets every key. Raises nothing for a server that is unreachable, refuses or is slow: what could not be learned is
    Unknown, and says why. Raises EvidenceError where a Sentinel answers, which keeps no sessions.
    """
    try:
        address = Address.of(url)
    except ConfigurationError as error:
        return _unreached("an unreadable URL", Failure("REDIS_INVALID_URL", str(error)), named=named)
    try:
        with Inspection(address, deadline) as inspection:
            return _look(inspection, now, named=named, full_scan=full_scan, tried=experiment is not False)
    except UnreachableError as error:
        return _unreached(address.masked, error.failure, named=named)


def _unreached(masked: str, failure: Failure, *, named: bool) -> Redis:
    unknown = Unknown("Redis was not reached")
    return Redis(address=masked, named=named, failure=failure, server=unknown, keys=unknown, experiment=unknown)


class _Parts:
    """Runs one part of the look after the other; one that fails is Unknown, and the others go on."""

    def __init__(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.broken_off: Failure | None = None

    def run(self, part: Callable[[], T]) -> T | Unknown:
        if self.broken_off or self.inspection.left <= 0:
            return Unknown(self.broken_off.message if self.broken_off else self.inspection.time_up)
        try:
            return part()
        except ResponseError as error:
            return Unknown(said(error))
        except (RedisError, OSError) as error:
            self.broken_off = refusal(error)
            return Unknown(self.broken_off.message)


def _look(inspection: Inspection, now: datetime, *, named: bool, full_scan: bool, tried: bool) -> Redis:
    parts = _Parts(inspection)
    parts.run(lambda: send_on(inspection))
    about = parts.run(lambda: server(inspection, now))
    login: Experiment | Unknown = parts.run(lambda: try_a_login(inspection)) if tried else Unknown("it was not asked for")
    found = parts.run(lambda: keys(inspection, now, full_scan=full_scan))
    if isinstance(found, Keys) and isinstance(about, RedisServer) and about.cluster:
        found = replace(found, complete=False)
    others = parts.run(lambda: neighbours(inspection, about, now)) if isinstance(about, RedisServer) else ()
    return Redis(
        address=inspection.address.masked,
        named=named,
        server=about,
        keys=found,
        experiment=login,
        neighbours=() if isinstance(others, Unknown) else others,
        broken_off=parts.broken_off,
    )
