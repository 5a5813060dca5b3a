"""A database without a session table proves that one is missing only where something says that sessions belong there."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Verdict
from sessile.doctor.facts import Redis, Unknown
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.redis import Family, Keys
from sessile.doctor.findings import Confirmed, RuledOut, Undecided
from tests.doctor.causes.code.express import HEALTHY, facts as seen, swap
from tests.doctor.evidence.session_table import look
from tests.doctor.facts_builder import BOOT, database as database_with, facts, judge, line, log

CAUSE = "boot-table-missing"
OTHERS = database_with(table=None, relations=(), rows=Unknown("no table"), experiment=Unknown("no table"), tables=14)
MISSING = line(Kind.ERROR, "42P01", 'error: relation "session" does not exist', "session")
STORE = "store: new PgStore({ pool }),"


class TestNothingSaysThatSessionsBelongThere:
    def test_it_is_a_possible_cause_and_no_verdict_rests_on_it(self) -> None:
        known = diagnose(facts(OTHERS))
        assert known.verdict is Verdict.CANNOT_TELL
        assert [(one.cause.id, one.confidence) for one in known.causes] == [(CAUSE, Confidence.POSSIBLE)]
        assert known.something_else is None

    def test_what_to_give_next_is_the_code_or_a_log(self) -> None:
        asked = [one.collect for one in diagnose(facts(OTHERS)).next]
        assert "code" in asked[0]
        assert "log" in asked[1]

    def test_the_checklist_says_that_there_is_none(self) -> None:
        assert diagnose(facts(OTHERS)).checklist[0].state == "no"

    def test_code_without_sessions_does_not_say_it(self, tmp_path: Path) -> None:
        code = "import express from 'express'\nconst app = express()\napp.get('/', (req, res) => res.send('x'))\n"
        assert isinstance(judge(CAUSE, seen(tmp_path, code, database=OTHERS)), Undecided)


class TestSomethingSaysSo:
    def test_a_database_in_which_nobody_has_a_table_serves_no_service(self) -> None:
        assert isinstance(judge(CAUSE, facts(database_with(table=None, relations=(), tables=0))), Confirmed)

    def test_the_log(self) -> None:
        assert isinstance(judge(CAUSE, facts(OTHERS, log(BOOT, MISSING))), Confirmed)

    def test_the_code_hands_connect_pg_simple_to_its_sessions(self, tmp_path: Path) -> None:
        assert isinstance(judge(CAUSE, seen(tmp_path, HEALTHY, database=OTHERS)), Confirmed)

    def test_the_code_does_so_in_one_environment(self, tmp_path: Path) -> None:
        choice = swap(STORE, "store: process.env.NODE_ENV === 'production' ? new PgStore({ pool }) : undefined,")
        assert isinstance(judge(CAUSE, seen(tmp_path, choice, database=OTHERS)), Confirmed)


@pytest.mark.parametrize(
    ("store", "imported", "says"),
    [
        ("", "", "MemoryStore"),
        (
            "store: MongoStore.create({ mongoUrl: process.env.MONGO_URL }),",
            "import MongoStore from 'connect-mongo'\n",
            "connect-mongo",
        ),
    ],
)
def test_code_that_keeps_sessions_elsewhere_contradicts_it(tmp_path: Path, store: str, imported: str, says: str) -> None:
    finding = judge(CAUSE, seen(tmp_path, imported + swap(STORE, store), database=OTHERS))
    assert isinstance(finding, RuledOut)
    assert says in finding.because


def test_code_that_keeps_sessions_in_cookies_contradicts_it(tmp_path: Path) -> None:
    code = (
        "import express from 'express'\nimport cookieSession from 'cookie-session'\nconst app = express()\n"
        "app.use(cookieSession({ keys: [process.env.SESSION_SECRET] }))\napp.get('/', (req, res) => res.send('x'))\n"
    )
    known = diagnose(seen(tmp_path, code, database=OTHERS))
    assert known.verdict is Verdict.HEALTHY
    assert CAUSE not in {one.cause.id for one in known.causes}


@pytest.mark.parametrize("tables", [0, 14])
def test_sessions_of_flask_in_redis_need_no_table(tmp_path: Path, tables: int) -> None:
    keys = Keys(seen=5, complete=True, families=(Family(prefix="session:", keys=5, read=5, express=False, unreadable=5),))
    unknown = Unknown("not looked at")
    redis = Redis(address="redis://127.0.0.1:6379/0", server=unknown, keys=keys, experiment=unknown)
    empty = database_with(table=None, relations=(), tables=tables)
    finding = judge(CAUSE, replace(facts(empty), redis=redis))
    assert isinstance(finding, RuledOut)
    assert "5 sessions of another library stand in Redis under session:" in finding.because
    asked = replace(seen(tmp_path, HEALTHY, database=empty), redis=redis)
    assert isinstance(judge(CAUSE, asked), Confirmed)


def test_tables_are_counted_on_the_server_without_those_of_extensions(database: str) -> None:
    assert look(database).tables == 0
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        assert look(database).tables == 0
        connection.execute("CREATE TABLE users (id int); CREATE TABLE orders (id int)")
    assert look(database).tables == 2
