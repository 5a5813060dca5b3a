"""The hardened table, and the index by user: there and back while requests go on, and Express notices nothing."""

import asyncio
import time

import psycopg
import pytest

from sessile import PostgresStore
from sessile.doctor.fixes import FixRefused, FixStopped, Plan, Unfixable, apply, undo
from sessile.doctor.fixes.hardened import HARDENED, USERS, by_user, hardened
from sessile.session.store import Create, Load, Stored, Touch
from sessile.session.user import UserKeys
from sessile.stores.postgres import catalog
from tests.doctor.fixes.requests_on import requests_on
from tests.doctor.fixes.session_table import HEALTHY, Table, counted, run_script
from tests.stores.writers import Express

KEYS = UserKeys.parse()
ODD = r'{"cookie":{"originalMaxAge":3600000},"note":"\u0000 \ud83d","userId":7}'


@pytest.fixture
def filled(table: Table) -> Table:
    """A table of Express's with 300 sessions of 30 users, and one that JSON functions refuse."""
    table.run(HEALTHY)
    table.run(
        """INSERT INTO session SELECT 'sid-' || n, ('{"cookie":{"originalMaxAge":86400000},"userId":' || n % 30 || '}')::json,
           date_trunc('second', now()) AT TIME ZONE 'UTC' + interval '1 day' + n * interval '1 s'
           FROM generate_series(1, 300) AS n"""
    )
    table.connection.execute("INSERT INTO session VALUES ('odd', %s, now() + interval '1 day')", (ODD,))
    return table


def made(table: Table, *, version: int | None = None, zone: str | None = None, offsets: tuple[int, ...] = (0,)) -> Plan:
    shape = table.shape()
    assert shape is not None
    planned = hardened(table.facts(rows=counted(offsets=offsets), version=version), shape, KEYS, zone)
    assert isinstance(planned, Plan), planned
    return planned


@pytest.mark.parametrize("version", [None, 170000, 110000])
def test_there_and_back_while_requests_go_on(filled: Table, version: int | None) -> None:
    shape, live = filled.outline(), filled.live()
    with requests_on(filled.url, [f"sid-{n}" for n in range(1, 100)]) as traffic:
        done = apply(made(filled, version=version), filled.url)
        there = filled.outline()
        undo(filled.url, cause=HARDENED, apart=True)
        assert filled.outline() == shape
        apply(made(filled, version=version), filled.url)
    assert traffic.failures == []
    assert traffic.logins
    assert done.live_before is not None
    assert done.live_before >= 301
    assert filled.live() == live | set(traffic.logins)
    assert filled.outline() == there
    shaped = filled.shape()
    assert shaped is not None
    columns = {column.name: column.type for column in shaped.columns}
    zoned = "timestamp with time zone"
    assert columns["expire"] == "timestamp(6) with time zone"
    assert (columns["created"], columns["last_seen"], columns["sess"]) == (zoned, zoned, "json")
    assert ("user_id" in columns) is (version != 110000)
    if version != 110000:
        assert filled.value("SELECT user_id FROM session WHERE sid = 'odd'") == "7"
        assert filled.value("SELECT count(*) FROM session WHERE user_id = '7'") == 11
    filled.login()


def test_express_and_sessile_write_on_and_the_table_keeps_the_times(filled: Table) -> None:
    apply(made(filled), filled.url)
    with Express(filled.url, time_zone="Asia/Kolkata") as express:
        express.save("sid-1", userId=1)
        express.save("new", userId=1)
    assert filled.value("SELECT created IS NULL AND now() - last_seen < '1 min' FROM session WHERE sid = 'sid-1'") is True
    assert filled.value("SELECT created IS NULL AND last_seen IS NULL FROM session WHERE sid = 'sid-2'") is True
    assert filled.value("SELECT now() - created < '1 min' FROM session WHERE sid = 'new'") is True
    assert filled.value("SELECT expire - now() BETWEEN '50 min' AND '70 min' FROM session WHERE sid = 'new'") is True

    async def ours() -> None:
        store = PostgresStore(filled.url, users=True, triggers=True, journal=True, create=True)
        await store.open()
        expires = (int(time.time()) + 3600) * 1000
        await store.perform([Create("ours", '{"cookie":{},"userId":"1"}', expires)])
        assert list(await store.perform([Touch("ours", expires + 60_000)])) == [True]
        [found] = await store.perform([Load("ours")])
        assert isinstance(found, Stored)
        assert found.expires == expires + 60_000
        listed = {one.key: one for one in await store.sessions_of(1, current="ours")}
        first = next(one for one in listed.values() if one.current)
        assert first.created is not None
        assert first.last_seen is not None
        assert abs(first.last_seen.timestamp() - time.time()) < 60
        assert len(listed) == 12
        await store.close()

    asyncio.run(ours())


def test_an_expire_of_another_zone_keeps_its_moment(filled: Table) -> None:
    filled.run("UPDATE session SET expire = expire + interval '330 minutes'")
    before = filled.value("SELECT extract(epoch FROM expire AT TIME ZONE 'Asia/Kolkata') FROM session WHERE sid = 'sid-1'")
    apply(made(filled, zone="Asia/Kolkata"), filled.url)
    assert filled.value("SELECT extract(epoch FROM expire) FROM session WHERE sid = 'sid-1'") == before


def test_is_done_by_hand_as_well(filled: Table) -> None:
    """For an owner who runs the SQL."""
    script = made(filled).as_sql()
    for _ in range(2):
        run_script(filled.url, script)
    assert filled.value("SELECT user_id FROM session WHERE sid = 'sid-5'") == "5"


def test_a_large_table_is_not_rewritten(filled: Table) -> None:
    filled.run("UPDATE pg_class SET relpages = 100000 WHERE oid = 'session'::regclass")
    node = filled.value("SELECT pg_relation_filenode('session')")
    done = apply(made(filled, version=170000), filled.url)
    assert filled.value("SELECT pg_relation_filenode('session')") == node
    assert not any("column that is computed" in step.why for step in done.steps)
    assert filled.value("SELECT count(*) FROM pg_index WHERE indrelid = 'session'::regclass AND indisvalid") == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("ALTER TABLE session ADD created date", "a column created of its own"),
        ("ALTER TABLE session ADD user_id text", "a column user_id of its own"),
        ("ALTER TABLE session DROP CONSTRAINT session_pkey", "no key"),
        ("ALTER TABLE session ALTER sess TYPE text", "of type text"),
        ("ALTER TABLE session RENAME TO behind; CREATE VIEW session AS SELECT * FROM behind", "no plain table"),
    ],
)
def test_what_does_not_fit_is_refused_before(filled: Table, change: str, says: str) -> None:
    filled.run(change)
    with psycopg.connect(filled.url, autocommit=True, cursor_factory=psycopg.RawCursor) as connection:
        asked = catalog.shape('"session"')
        shape = asked.parse(connection.execute(asked.sql.encode(), asked.values).fetchall())
    assert shape is not None
    refused = hardened(filled.facts(rows=counted(offsets=(0,))), shape, KEYS, None)
    assert isinstance(refused, Unfixable)
    assert says in refused.reason


def test_without_a_row_that_tells_the_zone_is_asked_for(filled: Table) -> None:
    shape = filled.shape()
    assert shape is not None
    refused = hardened(filled.facts(rows=counted()), shape, KEYS, None)
    assert isinstance(refused, Unfixable)
    assert "--time-zone" in refused.instead


def test_the_index_by_user_alone(filled: Table) -> None:
    shape = filled.shape()
    assert shape is not None
    planned, outline = by_user(shape, KEYS), filled.outline()
    assert isinstance(planned, Plan)
    with requests_on(filled.url, [f"sid-{n}" for n in range(1, 100)]) as traffic:
        apply(planned, filled.url)
        other = filled.shape()
        assert other is not None
        anew = by_user(other, UserKeys.parse("account"))
        assert isinstance(anew, Plan)
        apply(anew, filled.url)
    assert traffic.failures == []
    assert "account" in str(filled.value("SELECT obj_description('session_by_user'::regclass)"))
    undo(filled.url, cause=USERS, apart=True)
    assert filled.outline() == outline


@pytest.mark.parametrize("pages", [0, 100_000])
def test_the_way_back_is_gone_on_with_after_an_interruption(filled: Table, pages: int) -> None:
    """The steps before it stand."""
    filled.run(f"UPDATE pg_class SET relpages = {pages} WHERE oid = 'session'::regclass")
    outline = filled.outline()
    apply(made(filled), filled.url)
    with pytest.raises(psycopg.errors.UniqueViolation):
        filled.run("CREATE UNIQUE INDEX CONCURRENTLY half_built ON session ((1))")
    filled.run("CREATE VIEW dated AS SELECT created FROM session")
    with pytest.raises(FixStopped, match="run the same command again"):
        undo(filled.url, cause=HARDENED, apart=True)
    filled.run("DROP VIEW dated")
    undo(filled.url, cause=HARDENED, apart=True)
    assert filled.outline() == outline
    with pytest.raises(FixRefused, match="nothing to undo"):
        undo(filled.url, cause=HARDENED, apart=True)
