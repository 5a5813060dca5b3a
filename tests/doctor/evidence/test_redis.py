"""A Redis among other evidence: what it counts for beside a session table, and which keys are taken for sessions."""

from pathlib import Path

import pytest

from lab.ports import free_port
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Diagnosis, Verdict
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.payload import Payload
from sessile.doctor.evidence.redis.keys import prefix_of
from sessile.doctor.evidence.redis.refusal import refusal
from sessile.doctor.evidence.sorting import Kind, offered, sort
from tests.doctor.evidence.session_table import TABLE, execute
from tests.lab.redis.scene import confirmed, notes, save, session
from tests.redis_servers import redis_at

SID = "Zb3xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR"


def told(*words: object) -> Diagnosis:
    return diagnose(gather(sort([str(word) for word in words], {}), Options()).facts)


class TestBesideATable:
    def test_a_redis_for_something_else_is_out_of_reach(self, database: str, tmp_path: Path) -> None:
        execute(database, TABLE)
        (tmp_path / ".env").write_text(f"DATABASE_URL={database}\nREDIS_URL=redis://127.0.0.1:{free_port()}\n")
        found = told(tmp_path / ".env")
        assert (found.verdict, confirmed(found), notes(found)) == (Verdict.HEALTHY, [], ["reach-redis-refused"])
        [note] = [one for one in found.notes if one.id == "reach-redis-refused"]
        assert note.why_not_a_cause == 'the sessions are kept in "public"."session"'

    def test_one_that_was_named_counts_where_the_table_is_empty(self, database: str) -> None:
        execute(database, TABLE)
        assert "reach-redis-refused" in confirmed(told(database, f"redis://127.0.0.1:{free_port()}"))

    def test_nobody_knows_where_the_sessions_are(self, database: str, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(f"DATABASE_URL={database}\nREDIS_URL=redis://127.0.0.1:{free_port()}\n")
        found = told(tmp_path / ".env")
        assert notes(found) == ["reach-redis-refused"]

    def test_sessions_in_redis_need_no_table(self, database: str, tmp_path: Path) -> None:
        with redis_at(tmp_path, appendfsync="no") as server:
            save(server.url)
            found = told(database, server.url)
        assert (found.verdict, confirmed(found)) == (Verdict.HEALTHY, [])

    def test_a_table_with_sessions_goes_before_a_redis_without(self, database: str, tmp_path: Path) -> None:
        execute(database, TABLE)
        execute(database, f"INSERT INTO session VALUES ('{SID}', '{session()}', now() + interval '1 day')")
        with redis_at(tmp_path, appendonly="no", maxmemory="1gb", maxmemory_policy="allkeys-lru") as server:
            found = told(database, server.url)
        assert (found.verdict, notes(found)) == (Verdict.HEALTHY, [])


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        (f"sess:{SID}", "sess:"),
        (f"shop:sess:{SID}", "shop:sess:"),
        ("sess:user:17:short", "sess:"),
        (f"session:{SID}", "session:"),
        (f"flask_session:{SID}", "flask_session:"),
        (f"starsessions.{SID}", "starsessions."),
        (f"LITESTAR:{SID}", "LITESTAR:"),
        (f"connect-{SID}", "connect-"),
        (SID, ""),
        ("cache:17", None),
        ("user:ana@example.com", None),
        ("sess:", None),
        ("", None),
    ],
)
def test_the_prefix_of_a_key(key: str, prefix: str | None) -> None:
    assert prefix_of(key) == prefix


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ("NOAUTH Authentication required.", "REDIS_NOAUTH"),
        ("invalid username-password pair or user is disabled.", "REDIS_WRONGPASS"),
        ("Client sent AUTH, but no password is set", "REDIS_WRONGPASS"),
        ("DENIED Redis is running in protected mode because protected mode is enabled", "REDIS_DENIED"),
        ("Redis is loading the dataset in memory", "REDIS_LOADING"),
        ("Error -3 connecting to h:6379. Temporary failure in name resolution.", "REDIS_EAI_AGAIN"),
        ("Error -2 connecting to h:6379. Name or service not known.", "REDIS_ENOTFOUND"),
        ("Timeout connecting to server", "REDIS_ETIMEDOUT"),
        ("Error 113 connecting to h:6379. No route to host.", "REDIS_EHOSTUNREACH"),
        ("Connection closed by server.", "REDIS_ECONNRESET"),
        ("SELECT is not allowed in cluster mode", "REDIS_DB"),
        ("something new", "REDIS_ERR"),
    ],
)
def test_a_refusal_by_its_words(says: str, code: str) -> None:
    assert refusal(ConnectionError(says)).code == code


@pytest.mark.parametrize("life", ["1e400", "1e308", str(10**40), "true", '"1"', "null", "[]"])
def test_a_life_that_is_none_ends_nothing(life: str) -> None:
    payload = Payload.of(f'{{"cookie": {{"originalMaxAge": {life}, "expires": "2026-01-01T00:00:00.000Z", "path": "/"}}}}')
    assert (payload.life, payload.saved) == (None, None)


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"REDIS_URL": "redis://h"}, "REDIS_URL"),
        ({"REDIS_TLS_URL": "rediss://h"}, "REDIS_TLS_URL"),
        ({"REDIS_URL": "redis://h", "REDIS_TLS_URL": "rediss://h"}, "REDIS_URL"),
    ],
)
def test_the_environment_offers_it(tmp_path: Path, environ: dict[str, str], name: str) -> None:
    [item] = offered(tmp_path, environ)
    assert (item.kind, item.origin, item.url) == (Kind.REDIS, name, environ[name])


@pytest.mark.parametrize(
    "word",
    ["redis://h", "rediss://h", "valkey://h", "unix:///run/r.sock", "REDIS_URL=redis://h", "redis-cli --tls -u redis://u:p@h:1"],
)
def test_urls_as_people_have_them_are_redis(word: str) -> None:
    [item] = sort([word], {})
    assert item.kind is Kind.REDIS
    assert item.written == '"$REDIS_URL"'
