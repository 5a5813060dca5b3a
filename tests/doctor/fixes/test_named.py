"""Every fix on a table whose schema and name need their quotes: applied, diagnosed again, undone after new logins came."""

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence.database import collect
from sessile.doctor.facts import Database, Facts
from sessile.doctor.fixes import Plan, apply, plan, undo
from tests.doctor.fixes.session_table import LIVE, UPSERT, Table, run_script
from tests.doctor.fixes.test_diagnosed import FAULTS

NAMES = [("Auth", "UserSessions"), ("select", "user")]
NOT_A_NEW_LOGIN = (
    "save-sid-too-short",
    "save-sid-wrong-type",
    "save-sess-wrong-type",
    "save-expire-wrong-type",
    "save-extra-column-required",
)
"""What their undo brings back cannot hold a new login's row; that it then changes nothing is tested elsewhere."""


def moved(table: Table, schema: str, name: str) -> sql.Identifier:
    """Put the table there, and its homonyms in the letter case and in the schema that an unquoted name would find."""
    there = sql.Identifier(schema, name)
    for statement in (
        sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)),
        sql.SQL("ALTER TABLE session SET SCHEMA {}").format(sql.Identifier(schema)),
        sql.SQL("ALTER TABLE {} RENAME TO {}").format(sql.Identifier(schema, "session"), sql.Identifier(name)),
        sql.SQL("CREATE TABLE {} (something int)").format(sql.Identifier(name)),
    ):
        table.connection.execute(statement)
    return there


def look(url: str, asked: str) -> tuple[Database, set[str]]:
    now = datetime.now(UTC)
    database = collect(url, table=asked, now=now)
    diagnosis = diagnose(Facts(now=now, database=database))
    return database, {suspect.cause.id for suspect in diagnosis.causes} | {note.id for note in diagnosis.notes}


def live(table: Table, there: sql.Identifier) -> set[object]:
    return {sid for (sid,) in table.connection.execute(sql.SQL(LIVE.replace("session", "{}")).format(there))}


def log_in(table: Table, there: sql.Identifier, sid: str) -> None:
    statement = UPSERT.replace("INTO session", f"INTO {there.as_string()}").encode()
    expire = datetime.now(UTC).timestamp() + 3600
    table.connection.execute(statement, {"sess": '{"user": 1}', "expire": expire, "sid": sid})


def counted(table: Table, there: sql.Identifier) -> set[object]:
    """The sids that a reader finds alive before the fix; none where the column cannot even be compared."""
    try:
        return live(table, there)
    except psycopg.Error:
        return set()


def everybody_kept(table: Table, there: sql.Identifier, sids: set[object]) -> bool:
    rows = table.connection.execute(sql.SQL("SELECT DISTINCT sid::text FROM {}").format(there)).fetchall()
    return sids <= {sid for (sid,) in rows}


@pytest.mark.parametrize(("schema", "name"), NAMES)
@pytest.mark.parametrize("cause", [cause for cause in FAULTS if cause != "boot-table-missing"])
def test_no_live_session_is_lost_by_the_fix_or_its_undo(table: Table, cause: str, schema: str, name: str) -> None:
    table.run(FAULTS[cause])
    table.run("SET TimeZone TO 'UTC'")
    there = moved(table, schema, name)
    asked = f'{schema}."{name}"'
    database, named = look(table.url, asked)
    assert cause in named
    before = counted(table, there)

    made = plan(cause, database)
    assert isinstance(made, Plan), made
    assert made.table == there.as_string()
    applied = apply(made, table.url)

    assert (applied.live_before or 0) <= (applied.live_after or 0)
    assert before <= live(table, there)
    assert cause not in look(table.url, asked)[1]
    again = apply(made, table.url)
    assert again.live_after == applied.live_after
    log_in(table, there, "came-after-the-fix")
    everybody = live(table, there)

    if cause in NOT_A_NEW_LOGIN:
        table.connection.execute(sql.SQL("DELETE FROM {} WHERE sid = 'came-after-the-fix'").format(there))
        everybody.discard("came-after-the-fix")
    undo(table.url, table=there.as_string())

    assert cause in look(table.url, asked)[1]
    assert everybody_kept(table, there, everybody)
    run_script(table.url, made.as_sql())
    assert cause not in look(table.url, asked)[1]
    assert everybody <= live(table, there)
