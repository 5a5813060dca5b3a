"""A user's sessions are found by an index on what Express writes, whatever else stands in the row."""

import json
from typing import Any

import psycopg
import pytest

from sessile.errors import ConfigurationError, TableError
from sessile.session.user import UserKeys, key_of
from sessile.stores.postgres.users import Choice, Held, chosen
from tests.stores.test_prune import ask, layout
from tests.stores.writers import Express, execute, ready

KEYS = UserKeys.parse()


def found(url: str, user: str, keys: UserKeys = KEYS, current: str | None = None) -> tuple[Held, ...]:
    with psycopg.connect(url, autocommit=True) as connection:
        one: tuple[Held, ...] = ask(connection, chosen(layout(url), keys, Choice(user=user), current))
        return one


def ids(url: str, user: str, keys: UserKeys = KEYS) -> set[str]:
    return {one.id for one in found(url, user, keys)}


@pytest.fixture(params=["json", "jsonb"])
def table(request: pytest.FixtureRequest, database: str) -> str:
    execute(
        database,
        f"CREATE TABLE session (sid varchar PRIMARY KEY, sess {request.param} NOT NULL, expire timestamp(6) NOT NULL)",
        'CREATE INDEX "IDX_session_expire" ON session (expire)',
    )
    ready(database, users=KEYS)
    return database


def put(url: str, sid: str, text: str) -> None:
    """A row of Express, by its own statement."""
    with Express(url) as express:
        express._changed(
            "INSERT INTO {} (sess, expire, sid) SELECT $1, to_timestamp($2), $3 ON CONFLICT (sid)"
            " DO UPDATE SET sess=$1, expire=to_timestamp($2) RETURNING sid",
            text,
            "4000000000",
            sid,
        )


class TestTheUser:
    def test_is_found_where_services_name_him(self, table: str) -> None:
        places: list[dict[str, Any]] = [
            {"userId": 7},
            {"userId": "7"},
            {"user_id": 7},
            {"uid": "7"},
            {"passport": {"user": 7}},
            {"user": {"id": "7", "name": "Zoe"}},
            {"user": 7},
            {"user": "7"},
        ]
        with Express(table) as express:
            for number, data in enumerate(places):
                express.save(f"one-{number}", **data)
                express.save(f"another-{number}", **json.loads(json.dumps(data).replace("7", "8")))
                express.save(f"expired-{number}", life=-5, **data)
            express.save("nobody", count=7)
        assert ids(table, "7") == {f"one-{number}" for number in range(len(places))}
        assert ids(table, "8") == {f"another-{number}" for number in range(len(places))}

    def test_is_not_who_stands_somewhere_else_in_the_row(self, table: str) -> None:
        with Express(table) as express:
            express.save("one", cart={"userId": 7}, userId=8)
            express.save("two", note='"userId":7')
        assert ids(table, "7") == set()
        assert ids(table, "8") == {"one"}

    def test_may_stand_at_a_key_of_the_service_s_own(self, database: str) -> None:
        keys = UserKeys.parse(["account.number", "it's"])
        ready(database, users=keys)
        with Express(database) as express:
            express.save("one", account={"number": 7})
            express.save("usual", userId=7)
        put(database, "two", '{"cookie":{},"it\'s":"7"}')
        assert ids(database, "7", keys) == {"one", "two"}

    def test_may_have_any_name(self, table: str) -> None:
        users = ["zoë@example.net", 'a"b\\c', "\\u0041", "tab\tand\u0001", "x" * 300, "'; DROP TABLE session; --"]
        for number, user in enumerate(users):
            put(table, f"node-{number}", json.dumps({"cookie": {}, "userId": user}, ensure_ascii=False))
            put(table, f"python-{number}", json.dumps({"cookie": {}, "userId": user}))
            put(table, f"other-{number}", json.dumps({"cookie": {}, "userId": user + "y"}))
        for number, user in enumerate(users):
            assert ids(table, user) == {f"node-{number}", f"python-{number}"}

    def test_keys_that_name_nothing_are_refused(self) -> None:
        for keys in ("", (), "a..b", ["a\n"]):
            with pytest.raises(ConfigurationError, match="names no key"):
                UserKeys.parse(keys)


class TestRowsOfEveryKind:
    def test_what_json_functions_refuse_neither_breaks_the_login_nor_hides_the_session(self, database: str) -> None:
        ready(database, users=KEYS)
        escapes = [r"\u0000", r"\ud83d", r"\\u0000", r"\\\u0000", r"\\\\u0000", ""]
        for number, escape in enumerate(escapes):
            put(database, str(number), f'{{"cookie":{{}},"note":"{escape}","userId":7}}')
        assert ids(database, "7") == {str(number) for number in range(len(escapes))}

    def test_what_is_no_session_is_left_out(self, table: str) -> None:
        odd = ["[]", "7", '"text"', "null", '{"userId":null}', '{"userId":{"a":1}}', '{"passport":7}']
        for number, text in enumerate(odd):
            put(table, f"odd-{number}", text)
        put(table, "even", '{"cookie":{},"userId":7}')
        assert ids(table, "7") == {"even"}

    def test_an_object_as_large_as_a_page_is_stored_all_the_same(self, table: str) -> None:
        """An index entry of more than a third of a page would make Express's INSERT fail."""
        put(table, "large", json.dumps({"cookie": {}, "user": {str(n): key_of(str(n)) for n in range(2000)}}))
        assert execute(table, "SELECT sid FROM session") == [("large",)]


class TestTheIndex:
    def test_is_what_is_read(self, table: str) -> None:
        execute(
            table,
            """INSERT INTO session SELECT n, ('{"cookie":{},"userId":' || n % 2000 || '}')::json, now() + interval '1 day'
               FROM generate_series(1, 20000) AS n""",
            "ANALYZE session",
        )
        statement = chosen(layout(table), KEYS, Choice(user="7"))
        with psycopg.connect(table, autocommit=True) as connection:
            cursor = psycopg.RawCursor(connection)
            plan = "\n".join(line for (line,) in cursor.execute(f"EXPLAIN {statement.sql}".encode(), statement.values).fetchall())
        assert "session_by_user" in plan
        assert "Seq Scan" not in plan
        assert len(ids(table, "7")) == 10

    def test_is_made_once(self, table: str) -> None:
        before = execute(table, "SELECT 'session_by_user'::regclass::oid")
        ready(table, users=KEYS)
        assert execute(table, "SELECT 'session_by_user'::regclass::oid") == before

    def test_is_made_anew_for_other_keys(self, table: str) -> None:
        ready(table, users=UserKeys.parse("account"))
        with Express(table) as express:
            express.save("one", account=7, userId=8)
        assert ids(table, "7", UserKeys.parse("account")) == {"one"}

    def test_of_a_large_table_is_left_to_a_plan(self, database: str) -> None:
        ready(database)
        execute(
            database,
            """INSERT INTO session SELECT n, '{"cookie":{}}', now() + interval '1 day' FROM generate_series(1, 10) AS n""",
            "ALTER TABLE session ALTER sess SET STORAGE PLAIN",
            f"""INSERT INTO session SELECT n + 10, '{{"a":"{"x" * 4000}"}}', now() FROM generate_series(1, 4200) AS n""",
        )
        with pytest.raises(TableError, match=r"too large.*sessile table --users --apply"):
            ready(database, users=KEYS)

    @pytest.mark.parametrize("kind", ["text", "character varying"])
    def test_wants_json(self, database: str, kind: str) -> None:
        execute(database, f"CREATE TABLE session (sid varchar PRIMARY KEY, sess {kind} NOT NULL, expire timestamp NOT NULL)")
        with pytest.raises(TableError, match="it must be json"):
            ready(database, users=KEYS)


class TestWhatIsShown:
    def test_tells_when_and_where_and_which_is_this_one(self, table: str) -> None:
        with Express(table) as express:
            express.save("one", life=7200, userId=7, device="Firefox on Linux", sessile={"created": 1_700_000_000_000})
            express.save("two", life=3600, userId=7)
        mine, other = (one.shown for one in found(table, "7", current="one"))
        assert (mine.current, other.current) == (True, False)
        assert (mine.device, other.device) == ("Firefox on Linux", "")
        assert mine.key == key_of("one")
        assert mine.created is not None
        assert mine.created.timestamp() == 1_700_000_000
        assert other.created is None
        [(now,)] = execute(table, "SELECT now()")
        assert mine.last_seen is not None
        assert other.last_seen is not None
        assert abs((mine.last_seen - now).total_seconds()) < 20
        assert abs((other.last_seen - now).total_seconds()) < 20
        assert 3500 < (other.expires - now).total_seconds() < 3700

    def test_holds_no_id(self, table: str) -> None:
        sid = "abcdefghijklmnopqrstuvwxyz012345"
        with Express(table) as express:
            express.save(sid, userId=7)
        [one] = found(table, "7")
        assert sid[:6] not in repr(one.shown)
