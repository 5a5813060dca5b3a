"""What looks odd and is healthy gives no cause, whatever is tried on it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sessile.doctor.causes import catalogue
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.facts import Database, Unknown
from sessile.doctor.facts.database import Offset
from sessile.doctor.findings import Confirmed, Undecided
from sessile.stores.postgres.shape import Column, Index, Kind as RelationKind, Policy
from tests.doctor.facts_builder import (
    EXPIRE_INDEX,
    HEALTHY_LOG,
    HEALTHY_TABLE,
    KEY,
    database,
    facts,
    relation,
    rows,
    server,
    table,
    tried,
    trigger,
)

UNIQUE = Index("session_sid_key", ("sid",), unique=True)
NOBODY_SEES = Policy("own", "*", permissive=True, for_me=True, using="true", check="true")
VIEW = replace(HEALTHY_TABLE, oid=16500, name="sessions_view", kind=RelationKind.VIEW, base=HEALTHY_TABLE)

ODDITIES: dict[str, Database] = {
    "jsonb": database(table=table(Column("sess", "jsonb", not_null=True))),
    "timestamptz": database(table=table(Column("expire", "timestamp(6) with time zone", not_null=True)), rows=rows(offsets=())),
    "a unique index and no primary key": database(table=table(indexes=(UNIQUE, EXPIRE_INDEX))),
    "extra columns that may be left out": database(
        table=table(
            Column("user_id", "text", not_null=False, generated=True, filled=True),
            Column("created", "timestamp with time zone", not_null=True, default="now()", filled=True),
        )
    ),
    "old expired rows": database(rows=rows(read=5000, live=3, expired=4997)),
    "no rows at all": database(rows=rows(read=0, live=0, expired=0, returning=0, never_returned=0, newest=None, offsets=())),
    "a table of another name": database(
        table=table(name="user_sessions"), relations=(relation("public", "user_sessions", in_search_path=True),)
    ),
    "a table of another schema": database(
        table=table(schema="auth", in_search_path=False), relations=(relation("auth", rows=20),)
    ),
    "a simple view": database(
        table=VIEW, relations=(relation("public", in_search_path=True), relation("public", "sessions_view", kind="v"))
    ),
    "no index on expire": database(table=table(indexes=(KEY,))),
    "a server in another zone": database(
        server=server(time_zone="Asia/Kolkata"),
        rows=rows(offsets=(Offset(19800, 12),)),
        experiment=replace(tried(), life_difference_in_utc=timedelta(seconds=19800)),
    ),
    "row security with a policy": database(table=table(row_security=True, row_security_enabled=True, policies=(NOBODY_SEES,))),
    "a trigger that keeps a log": database(
        table=table(triggers=(trigger("CREATE TRIGGER log AFTER INSERT ON session EXECUTE FUNCTION audit()"),)),
        experiment=Unknown("a rollback may not undo all that a login sets off here"),
    ),
    "a trigger that fills a column": database(
        table=table(
            Column("region", "text", not_null=True),
            triggers=(trigger("CREATE TRIGGER fill BEFORE INSERT ON session EXECUTE FUNCTION fill()"),),
        )
    ),
    "a table that is never analysed": database(table=table(rows=-1)),
    "a server that crashed": database(server=server(statistics_since=HEALTHY_LOG.events[0].first.time)),
    "a busy server": database(server=server(connections=80)),
    "no right to look into anything else": database(rows=Unknown("it took too long"), experiment=Unknown("not wanted")),
}


@pytest.mark.parametrize("oddity", ODDITIES)
def test_it_gives_no_cause(oddity: str) -> None:
    known = facts(ODDITIES[oddity], HEALTHY_LOG)
    found = {cause.id for cause in catalogue() if isinstance(cause.judge(known), Confirmed | Undecided)}
    assert found == set()


@pytest.mark.parametrize("oddity", ODDITIES)
def test_its_diagnosis_is_healthy(oddity: str) -> None:
    assert diagnose(facts(ODDITIES[oddity])).verdict is Verdict.HEALTHY
