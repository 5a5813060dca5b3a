"""Redis was started anew without its data, and every session from before is gone.

Symptom: everybody is logged out at one moment; who logs in again stays so, until the next restart.
Evidence: uptime_in_seconds tells that it was started after the login, no key was on disk then, or nothing is written there at
    all: no save points, appendonly no. A container without a volume loses what it wrote.
Tell apart: FLUSHALL empties it without a restart. A secret that changes at each start of the service logs out as well, and
    leaves the keys where they are.
Fix: switch appendonly on, and keep the folder on a disk that outlives the container. Sessions that live now are not lost by it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sessile.doctor.causes import in_redis
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.redis import RedisServer
from sessile.doctor.findings import Confirmed, Finding, Level, Noted, Remedy, RuledOut

ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Let Redis write what it is told to disk, on a volume that outlives the container",
    'redis-cli -u "$REDIS_URL" config set appendonly yes && redis-cli -u "$REDIS_URL" config rewrite',
)
LINKS = {"no row for a cookie": Level.USUALLY, "401 after a restart": Level.USUALLY, "cookie comes back in vain": Level.USUALLY}
CLOCKS = timedelta(seconds=5)
SOON = timedelta(hours=12)
EMPTY_HANDED = "Redis keeps nothing on disk: a restart logs everybody out"


def judge(facts: Facts) -> Finding:
    server = in_redis.server(facts)
    if not isinstance(server, RedisServer):
        return server
    if server.persistent is not False and server.loaded != 0:
        return RuledOut("what Redis holds is written to disk")
    started = f"Redis was started at {server.started:%Y-%m-%d %H:%M:%S} UTC"
    disk = "keeps nothing on disk" if server.persistent is False else "found no key on disk then"
    shown = Evidence(f"{started}, and {disk}", "redis", "INFO uptime_in_seconds, CONFIG GET save")
    if before := (*_recorded(facts, server), *_logged(facts, server)):
        return Confirmed((shown, *before[:2]), f"{started} without its data", 0.9)
    if server.persistent is False:
        return Noted((shown,), "nothing that was given shows a session from before its start", EMPTY_HANDED)
    return RuledOut("nothing that was given shows a session from before its start")


def _recorded(facts: Facts, server: RedisServer) -> Iterator[Evidence]:
    """The requests whose session is not there, and whose login came before the start."""
    for one in in_redis.missed(facts):
        login = datetime.fromtimestamp(one.visit.login.started / 1000, UTC)
        if login < server.started - CLOCKS:
            yield one.visit.wire.evidence(one.visit.login, f"this login came before it, at {login:%H:%M:%S} UTC")
            yield one.evidence


def _logged(facts: Facts, server: RedisServer) -> Iterator[Evidence]:
    """The logs in which sessions were saved before the start, and requests turned away soon after it."""
    for log in facts.logs if in_redis.kept(facts) else ():
        saved = [event for kind in (Kind.SAVED, Kind.LOGIN) for event in log.of(kind)]
        refused = [event for kind in (Kind.NO_SESSION, Kind.UNAUTHORIZED) for event in log.of(kind)]
        before = [event for event in saved if event.first.time and event.first.time < server.started - CLOCKS]
        after = [event for event in refused if event.last.time and server.started <= event.last.time < server.started + SOON]
        if before and after:
            yield log.evidence(before[0])
            yield log.evidence(after[0])
