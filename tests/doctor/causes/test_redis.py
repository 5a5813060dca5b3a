"""Causes of sessions in Redis: when each is proven, when it is only a remark, and what rules it out."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sessile.doctor.causes import errors, in_redis
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts import Facts, Redis, Unknown
from sessile.doctor.facts.correlation import Correlation, Correlations, Missing, Signature, Stored
from sessile.doctor.facts.database import Experiment, Failure, Step
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.redis import Family, Keys, Keyspace, Neighbour, RedisServer
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.code.express import facts as of_code, swap
from tests.doctor.facts_builder import BOOT, HEALTHY_LOG, NOW, database, facts, judge, line, log
from tests.doctor.recording import COOKIE, asked, login, recording, value_of

ADDRESS = "redis://127.0.0.1:6379/0"
SERVER = RedisServer(
    version="7.0.15",
    user="default",
    database=0,
    started=NOW - timedelta(days=3),
    used_memory=10_000_000,
    max_memory=0,
    policy="noeviction",
    clients=3,
    max_clients=10_000,
    keyspaces=(Keyspace(0, 40, 40),),
)
FAMILY = Family(prefix="sess:", keys=40, read=40)
STEPS = tuple(Step(name) for name in ("save", "find", "touch", "destroy"))
HEALTHY = Redis(
    address=ADDRESS, server=SERVER, keys=Keys(seen=40, complete=True, families=(FAMILY,)), experiment=Experiment(STEPS)
)
EVICTING = replace(SERVER, max_memory=20_000_000, policy="allkeys-lru")
EVICTED = replace(EVICTING, evicted=17)
LOST = Missing()
TABLED = sorted(cause.id for cause in errors.CAUSES if "-redis-" in cause.id)


def server(**changes: Any) -> Redis:
    """The healthy Redis with changes to its server."""
    return replace(HEALTHY, server=replace(SERVER, **changes))


def family(**changes: Any) -> Redis:
    """The healthy Redis with changes to its sessions."""
    return replace(HEALTHY, keys=Keys(seen=40, complete=True, families=(replace(FAMILY, **changes),)))


def with_redis(redis: Redis, known: Facts | None = None) -> Facts:
    """The facts of a Redis, beside others."""
    return replace(known or facts(), redis=redis)


def turned_away(redis: Redis, row: Stored | Missing, *, days: float = 0.1, status: int = 401) -> Facts:
    """A login so many days ago, and a request with its cookie that was turned away; `row` is what Redis has of the session."""
    since = NOW - timedelta(days=days)
    wire = recording(login(since=since), asked(5, status=status, since=since))
    signed = Signature("SESSION_SECRET (.env:2)", "0123abcd")
    known = Correlations((Correlation(value=value_of(COOKIE), signature=signed, row=row),), table=ADDRESS)
    return replace(with_redis(redis), wires=(wire,), correlations=known)


def test_a_healthy_redis_rules_all_of_them_out() -> None:
    found = diagnose(with_redis(HEALTHY))
    assert found.verdict is Verdict.HEALTHY
    assert [note.id for note in found.notes] == []
    assert {one.needs for one in found.not_checked}.isdisjoint({"redis", "database", "rows"})


class TestEvicts:
    CAUSE = "find-redis-evicts"

    def test_nothing_but_sessions_could_be_evicted(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(replace(HEALTHY, server=EVICTED))), Confirmed)

    def test_other_keys_may_have_been_it(self) -> None:
        beside = replace(EVICTED, keyspaces=(Keyspace(0, 40, 40), Keyspace(1, 900, 0)))
        assert isinstance(judge(self.CAUSE, with_redis(replace(HEALTHY, server=beside))), Noted)
        volatile = replace(beside, policy="volatile-lru")
        assert isinstance(judge(self.CAUSE, with_redis(replace(HEALTHY, server=volatile))), Confirmed)

    def test_a_session_is_gone_whose_cookie_is_there(self) -> None:
        beside = replace(EVICTED, keyspaces=(Keyspace(0, 40, 40), Keyspace(1, 900, 0)))
        assert isinstance(judge(self.CAUSE, turned_away(replace(HEALTHY, server=beside), LOST)), Confirmed)

    def test_nothing_was_evicted_yet(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(replace(HEALTHY, server=EVICTING))), Noted)

    @pytest.mark.parametrize("changes", [{"policy": "allkeys-lru"}, {"max_memory": 1_000_000}])
    def test_without_a_limit_or_a_policy_nothing_is(self, changes: dict[str, Any]) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(server(**changes))), RuledOut)


class TestRestarted:
    CAUSE = "find-redis-restarted"
    FORGETFUL = server(persistent=False, started=NOW - timedelta(hours=1))

    def test_a_session_from_before_the_start_is_gone(self) -> None:
        assert isinstance(judge(self.CAUSE, turned_away(self.FORGETFUL, LOST)), Confirmed)
        volume = server(loaded=0, started=NOW - timedelta(hours=1))
        assert isinstance(judge(self.CAUSE, turned_away(volume, LOST)), Confirmed)

    def test_one_from_after_it_has_another_reason(self) -> None:
        assert isinstance(judge(self.CAUSE, turned_away(server(persistent=False), LOST)), Noted)

    def test_what_is_written_to_disk_comes_back(self) -> None:
        assert isinstance(judge(self.CAUSE, turned_away(server(started=NOW - timedelta(hours=1)), LOST)), RuledOut)
        assert isinstance(judge(self.CAUSE, turned_away(server(persistent=Unknown("CONFIG")), LOST)), RuledOut)

    def test_a_log_over_the_start_shows_it(self) -> None:
        over = log(BOOT, line(Kind.SAVED), line(Kind.UNAUTHORIZED), since=NOW - timedelta(minutes=63), minutes=1)
        started = server(persistent=False, started=NOW - timedelta(minutes=60, seconds=30))
        assert isinstance(judge(self.CAUSE, replace(with_redis(started), logs=(over,))), Confirmed)
        later = server(persistent=False, started=NOW - timedelta(minutes=30))
        assert isinstance(judge(self.CAUSE, replace(with_redis(later), logs=(over,))), Noted)


class TestFlushed:
    CAUSE = "find-redis-flushed"

    def test_a_session_is_gone(self) -> None:
        assert isinstance(judge(self.CAUSE, turned_away(server(flushes=1), LOST)), Confirmed)

    def test_nobody_suffers(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(server(flushes=1))), Noted)
        assert isinstance(judge(self.CAUSE, with_redis(HEALTHY)), RuledOut)


class TestOtherDatabase:
    CAUSE = "find-redis-other-database"
    EMPTY = replace(HEALTHY, keys=Keys(seen=0, complete=True), neighbours=(Neighbour(1, "sess:", 12),))

    def test_the_session_of_a_cookie_is_there(self) -> None:
        strayed = Missing(elsewhere="database 1 (under sess:)")
        assert isinstance(judge(self.CAUSE, turned_away(self.EMPTY, strayed)), Confirmed)

    def test_sessions_are_there_only(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(self.EMPTY)), Noted)

    def test_an_app_of_its_own_is_there(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(replace(HEALTHY, neighbours=self.EMPTY.neighbours))), RuledOut)


class TestPrefix:
    CAUSE = "find-redis-prefix-differs"
    TWO = replace(HEALTHY, keys=Keys(seen=80, complete=True, families=(FAMILY, replace(FAMILY, prefix="shop:"))))

    def coded(self, folder: Path, prefix: str) -> Facts:
        """A service whose code gives its store that prefix."""
        imports = "import { RedisStore } from 'connect-redis'\n"
        return of_code(folder, imports + swap("new PgStore({ pool })", f"new RedisStore({{ client, prefix: '{prefix}' }})"))

    def test_the_code_looks_under_another(self, tmp_path: Path) -> None:
        row = Stored(expires=(NOW + timedelta(days=1)).timestamp() * 1000, identities=("userId",), prefix="shop:")
        found = replace(turned_away(self.TWO, row), sources=self.coded(tmp_path, "sess:").sources)
        assert isinstance(judge(self.CAUSE, found), Confirmed)
        own = replace(found, sources=self.coded(tmp_path, "shop:").sources)
        assert not isinstance(judge(self.CAUSE, own), Confirmed)

    def test_nothing_stands_where_the_code_looks(self, tmp_path: Path) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(HEALTHY, self.coded(tmp_path, "shop:"))), Noted)
        assert isinstance(judge(self.CAUSE, with_redis(HEALTHY, self.coded(tmp_path, "sess:"))), RuledOut)

    def test_two_services_share_a_database(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(self.TWO)), Noted)

    def test_code_alone_says_where_the_sessions_are(self, tmp_path: Path) -> None:
        known = self.coded(tmp_path, "shop:")
        assert "RedisStore" in in_redis.kept(known) or "connect-redis" in in_redis.kept(known)
        assert isinstance(judge("find-redis-evicts", known), Unseen)
        assert isinstance(judge("boot-table-missing", replace(known, database=database(table=None))), RuledOut)


class TestEnds:
    def test_keys_that_end_early(self) -> None:
        early = family(ending_early=40)
        assert isinstance(judge("live-redis-ends-early", with_redis(early)), Noted)
        assert isinstance(judge("live-redis-ends-early", turned_away(early, LOST)), Undecided)
        assert isinstance(judge("live-redis-ends-early", with_redis(family(ending_early=1))), RuledOut)

    def test_keys_that_never_end(self) -> None:
        assert isinstance(judge("live-redis-never-ends", with_redis(family(endless=2))), Noted)
        assert isinstance(judge("live-redis-never-ends", with_redis(family(endless=2, wrong_type=2))), RuledOut)

    def test_seconds_for_milliseconds(self) -> None:
        assert isinstance(judge("live-max-age-in-seconds", with_redis(family(short_lived=39))), Confirmed)
        assert not isinstance(judge("live-max-age-in-seconds", with_redis(family(short_lived=3))), Confirmed)


class TestValues:
    CAUSE = "read-redis-value-foreign"

    @pytest.mark.parametrize("changes", [{"wrong_type": 1, "types": ("hash",)}, {"unreadable": 2}, {"without_cookie": 1}])
    def test_some_are_no_sessions(self, changes: dict[str, Any]) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(family(**changes))), Noted)

    def test_the_one_of_a_cookie_is_none(self) -> None:
        odd = Stored(expires=(NOW + timedelta(days=1)).timestamp() * 1000, readable=False)
        assert isinstance(judge(self.CAUSE, turned_away(family(unreadable=1), odd)), Confirmed)

    def test_all_are(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(HEALTHY)), RuledOut)


class TestMemory:
    CAUSE = "save-redis-out-of-memory"

    def test_it_refuses(self) -> None:
        full = replace(SERVER, max_memory=10_000_000)
        refused = Experiment((Step("save", 0, Failure("REDIS_OOM", "OOM command not allowed")), *STEPS[1:]))
        assert isinstance(judge(self.CAUSE, with_redis(replace(HEALTHY, server=full, experiment=refused))), Confirmed)

    def test_it_is_nearly_full(self) -> None:
        assert isinstance(judge(self.CAUSE, with_redis(server(max_memory=10_500_000))), Noted)
        assert isinstance(judge(self.CAUSE, with_redis(server(max_memory=20_000_000))), RuledOut)


IN_A_LOG = [
    ("reach-redis-refused", "REDIS_ECONNREFUSED", "session store: connect ECONNREFUSED 127.0.0.1:6379"),
    ("reach-redis-host-not-found", "REDIS_ENOTFOUND", "session store: getaddrinfo ENOTFOUND redis"),
    ("reach-redis-no-answer", "REDIS_ETIMEDOUT", "session store: connect ETIMEDOUT 10.0.0.5:6379"),
    ("reach-redis-broken-off", "REDIS_ECONNRESET", "session store: read ECONNRESET (redis)"),
    ("reach-redis-login-refused", "REDIS_WRONGPASS", "session store: WRONGPASS invalid username-password pair"),
    ("reach-redis-database-number", "REDIS_DB", "session store: ERR DB index is out of range"),
    ("reach-redis-clients-exhausted", "REDIS_MAXCLIENTS", "session store: ERR max number of clients reached"),
    ("reach-redis-loading", "REDIS_LOADING", "session store: LOADING Redis is loading the dataset in memory"),
    ("reach-redis-cluster", "REDIS_MOVED", "session store: MOVED 866 10.0.0.5:6379"),
    ("save-redis-replica", "REDIS_READONLY", "session store: READONLY You can't write against a read only replica."),
    ("save-redis-stops-writes", "REDIS_MISCONF", "session store: MISCONF Redis is configured to save RDB snapshots"),
    ("save-redis-replicas-lacking", "REDIS_NOREPLICAS", "session store: NOREPLICAS Not enough good replicas to write."),
    ("save-redis-rights-missing", "REDIS_NOPERM", "session store: NOPERM this user has no permissions to run 'set'"),
    ("save-redis-out-of-memory", "REDIS_OOM", "session store: OOM command not allowed when used memory > 'maxmemory'."),
    ("read-redis-value-foreign", "REDIS_WRONGTYPE", "session store: WRONGTYPE Operation against a key"),
]


@pytest.mark.parametrize(("cause", "code", "text"), IN_A_LOG)
def test_a_line_of_a_log_names_its_cause_and_none_of_postgresql(cause: str, code: str, text: str) -> None:
    found = diagnose(facts(None, log(BOOT, line(Kind.ERROR, code, text), line(Kind.ERROR, code, text))))
    assert [one.cause.id for one in found.causes if one.probability > 0.9] == [cause]


@pytest.mark.parametrize(("cause", "code", "text"), IN_A_LOG)
def test_one_that_does_not_speak_of_sessions_proves_nothing(cause: str, code: str, text: str) -> None:
    known = facts(None, log(BOOT, line(Kind.ERROR, code, text.replace("session store", "cache"))))
    assert not isinstance(judge(cause, known), Confirmed)


@pytest.mark.parametrize(("cause", "code", "text"), IN_A_LOG)
def test_where_the_sessions_stand_in_a_table_it_is_about_something_else(cause: str, code: str, text: str) -> None:
    known = facts(database(), log(BOOT, line(Kind.ERROR, code, text.replace("session store", "cache"))))
    assert isinstance(judge(cause, known), RuledOut)


@pytest.mark.parametrize("cause", TABLED)
def test_a_log_without_the_error_rules_it_out(cause: str) -> None:
    assert judge(cause, facts(None, HEALTHY_LOG)) == RuledOut("no such error in 7 lines of log")


@pytest.mark.parametrize("cause", TABLED)
def test_where_nothing_speaks_of_redis_it_is_ruled_out(cause: str) -> None:
    assert judge(cause, facts()) == RuledOut(in_redis.NOWHERE)


@pytest.mark.parametrize("code", ["REDIS_TLS_NEEDED", "REDIS_SELF_SIGNED_CERT", "REDIS_INVALID_URL", "REDIS_DENIED"])
def test_what_the_doctor_meets_when_connecting_is_certain(code: str) -> None:
    unknown = Unknown("Redis was not reached")
    met = Redis(address=ADDRESS, failure=Failure(code, "no"), server=unknown, keys=unknown, experiment=unknown)
    found = diagnose(with_redis(met))
    assert [one.probability for one in found.causes] == [0.99]
    beside_a_table = diagnose(with_redis(replace(met, named=False), facts(database())))
    assert beside_a_table.verdict is Verdict.HEALTHY
