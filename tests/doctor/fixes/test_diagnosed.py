"""From the doctor's own look to the cure: each cause is named, its fix applied, and looked for again in vain."""

from datetime import UTC, datetime

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence.database import collect
from sessile.doctor.facts import Database, Facts
from sessile.doctor.fixes import Plan, apply, plan, undo
from tests.doctor.fixes.session_table import HEALTHY, Table

ROWS = """INSERT INTO session
SELECT md5(n::text), json_build_object('cookie', json_build_object('originalMaxAge', 86400000, 'expires',
  to_char((now() + interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'path', '/'), 'user', n), {expire}
FROM generate_series(1, 60) n;"""
EXPIRE = "date_trunc('second', now() + interval '1 day') + interval '1 s'"
BARE = "CREATE TABLE session (sid {sid}, sess {sess}, expire {expire});"


def created(*, sid: str = "varchar PRIMARY KEY", sess: str = "json NOT NULL", expire: str = "timestamp(6) NOT NULL") -> str:
    return BARE.format(sid=sid, sess=sess, expire=expire)


FAULTS = {
    "save-no-primary-key": created(sid="varchar NOT NULL") + ROWS.format(expire=EXPIRE),
    "save-duplicate-sids": created(sid="varchar NOT NULL") + ROWS.format(expire=EXPIRE) * 2,
    "save-key-deferrable": created(sid="varchar PRIMARY KEY DEFERRABLE") + ROWS.format(expire=EXPIRE),
    "save-key-not-an-arbiter": created(sid="varchar NOT NULL")
    + "CREATE UNIQUE INDEX only_some ON session (sid) WHERE expire < '2000-01-01';"
    + ROWS.format(expire=EXPIRE),
    "save-sid-too-short": created(sid="varchar(20) PRIMARY KEY"),
    "save-sid-wrong-type": created(sid="uuid PRIMARY KEY"),
    "save-sess-wrong-type": created(sess="bytea NOT NULL"),
    "save-expire-wrong-type": created(expire="bigint NOT NULL"),
    "live-expire-is-date": created(expire="date NOT NULL") + ROWS.format(expire=EXPIRE),
    "live-expire-null": created(expire="timestamp(6)") + ROWS.format(expire="NULL"),
    "live-expire-in-wrong-unit": created() + ROWS.format(expire=f"to_timestamp(extract(epoch FROM {EXPIRE}) * 1000)"),
    "live-time-zone-mismatch": "SET TimeZone TO 'Asia/Kolkata';" + created() + ROWS.format(expire=EXPIRE),
    "find-table-unlogged": HEALTHY + "ALTER TABLE session SET UNLOGGED;" + ROWS.format(expire=EXPIRE),
    "find-expire-index-missing": created() + ROWS.format(expire=EXPIRE),
    "boot-table-missing": "SELECT 1",
    "save-extra-column-required": HEALTHY + "ALTER TABLE session ADD tenant int NOT NULL",
}


def look(url: str) -> tuple[Database, set[str]]:
    """The database, and what the doctor names in it, causes and notes."""
    now = datetime.now(UTC)
    database = collect(url, now=now)
    diagnosis = diagnose(Facts(now=now, database=database))
    return database, {suspect.cause.id for suspect in diagnosis.causes} | {note.id for note in diagnosis.notes}


@pytest.mark.parametrize("cause", FAULTS)
def test_cause_is_gone_after_its_fix_and_back_after_the_undo(table: Table, cause: str) -> None:
    table.run(FAULTS[cause])
    table.run("SET TimeZone TO 'UTC'")
    database, named = look(table.url)
    assert cause in named

    made = plan(cause, database)
    assert isinstance(made, Plan), made
    applied = apply(made, table.url)

    assert (applied.live_before or 0) <= (applied.live_after or 0)
    database, named = look(table.url)
    assert cause not in named
    table.login()

    undo(table.url)

    database, named = look(table.url)
    assert cause in named
    again = plan(cause, database)
    assert isinstance(again, Plan)
    apply(again, table.url)
    _, named = look(table.url)
    assert cause not in named
