"""The figures over the rows say what Express wrote, whatever else stands in `sess`, and carry nothing of it away."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sessile.doctor.facts import Unknown
from sessile.doctor.facts.database import Offset, Rows
from tests.doctor.evidence.rows.reading import DAY, HOUR, rows_of
from tests.doctor.evidence.session_table import Express, as_role, execute, look


class TestFigures:
    def test_an_empty_table(self, table: str) -> None:
        rows = rows_of(table)
        assert (rows.complete, rows.read, rows.live, rows.newest, rows.offsets) == (True, 0, 0, None, ())

    def test_live_and_expired(self, table: str, express: Express) -> None:
        express.save(60)
        express.save(60)
        express.save(30 * DAY)
        rows = rows_of(table)
        assert (rows.complete, rows.read, rows.live, rows.expired) == (True, 3, 2, 1)
        assert (rows.null_expire, rows.absurd_future, rows.absurd_past, rows.midnight, rows.short_lived) == (0, 0, 0, 0, 0)
        assert rows.newest is not None
        assert abs(rows.newest - (datetime.now(UTC) - timedelta(seconds=60))) < timedelta(seconds=5)

    def test_rows_that_name_nobody(self, table: str) -> None:
        execute(
            table,
            """INSERT INTO session SELECT md5(random()::text), s::json, now() + interval '1 day' FROM unnest(ARRAY[
            '{"cookie":{}}', '{"cookie":{},"csrfToken":"x"}', '{"cookie":{},"userId":1}', '[1]', '"text"', 'null']) AS s""",
        )
        rows = rows_of(table)
        assert (rows.read, rows.of_nobody) == (6, 2)

    def test_sessions_that_passport_emptied(self, table: str, express: Express) -> None:
        express.save(passport={})
        express.save(passport={"user": 1})
        express.save(passport="{}")
        express.save(userId=1)
        express.save(2 * DAY, passport={})
        assert rows_of(table).users_erased == 1

    def test_the_attributes_that_rows_give_their_cookies(self, table: str, express: Express) -> None:
        express.save(300)
        express.save(200)
        express.save(2 * DAY)
        now = datetime.now(UTC)
        expires = now + timedelta(hours=1)
        cookie = {"originalMaxAge": 3600000, "expires": f"{expires:%Y-%m-%dT%H:%M:%S}.000Z", "path": "/", "secure": True}
        express.write("new", json.dumps({"cookie": {**cookie, "sameSite": "none", "domain": "shop.test"}}), expires)
        new, old = rows_of(table).cookies
        assert (new.attributes, new.rows) == ("Path=/; Domain=shop.test; Secure; SameSite=None", 1)
        assert (old.attributes, old.rows) == ("Path=/; SameSite=Lax", 2)
        assert abs(new.first - now.timestamp()) < 2
        assert abs(old.last - old.first - 100) < 2

    def test_expiries_of_a_wrong_unit_or_without_a_time_of_day(self, table: str) -> None:
        execute(
            table,
            """INSERT INTO session SELECT md5(random()::text), '{"cookie":{}}', e FROM unnest(ARRAY[
            to_timestamp(1795460000000), to_timestamp(1795460), date_trunc('day', now()), 'infinity'::timestamptz]) AS e;
            ALTER TABLE session ALTER expire DROP NOT NULL; INSERT INTO session VALUES ('n', '{"cookie":{}}', NULL)""",
        )
        rows = rows_of(table)
        assert (rows.absurd_future, rows.absurd_past, rows.midnight, rows.null_expire, rows.read) == (1, 1, 1, 1, 5)

    def test_lives_given_in_seconds_for_milliseconds(self, table: str, express: Express) -> None:
        express.save(1, life=3.6)
        express.save(1, life=86.4)
        express.save(1, life=HOUR)
        assert rows_of(table).short_lived == 2

    def test_duplicates_and_rows_without_a_sid(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar, sess json, expire timestamp)")
        with Express(database) as express:
            for sid in ("a", "a", "a", "b", "b", "c"):
                express.save(sid=sid)
        execute(database, "INSERT INTO session VALUES (NULL, '{}', now()), (NULL, '{}', now())")
        rows = rows_of(database)
        assert (rows.duplicate_sids, rows.duplicate_rows, rows.null_sids) == (2, 3, 2)

    @pytest.mark.parametrize("sess", ['{"a":', "[]", "null", '"text"', "12", ""])
    def test_what_is_no_session(self, database: str, sess: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar PRIMARY KEY, sess text, expire timestamp)")
        with Express(database) as express:
            express.save()
            express.write("x", sess, datetime.now(UTC))
        rows = rows_of(database)
        assert (rows.read, rows.not_objects, rows.without_cookie) == (2, 1, 0)

    @pytest.mark.parametrize("sess", ["{}", '{"cookie":null}', '{"cookie":"x","userId":1}', '{"cookie":[]}'])
    def test_sessions_without_a_cookie(self, table: str, express: Express, sess: str) -> None:
        express.save()
        express.write("x", sess, datetime.now(UTC))
        rows = rows_of(table)
        assert (rows.not_objects, rows.without_cookie) == (0, 1)

    @pytest.mark.parametrize("kind", ["json", "jsonb", "text", "varchar"])
    @pytest.mark.parametrize("expire", ["timestamp(6)", "timestamptz(6)"])
    def test_each_type_that_express_can_use(self, database: str, kind: str, expire: str) -> None:
        execute(database, f"CREATE TABLE session (sid varchar PRIMARY KEY, sess {kind} NOT NULL, expire {expire} NOT NULL)")
        with Express(database) as express:
            express.save(300, userId=1)
            express.save(300, userId=2, touched=10)
            express.save(2 * DAY, userId=3)
        rows = rows_of(database)
        assert (rows.live, rows.expired, rows.not_objects, rows.without_cookie) == (2, 1, 0, 0)
        assert (rows.returning, rows.never_returned) == (1, 1)
        assert rows.offsets == ((Offset(0, 2),) if expire.startswith("timestamp(") else ())

    @pytest.mark.parametrize(
        "name", ["a\x00b", "\ud83d", "\ud83d\ude00", 'back\\slash "quoted"', "\\u0000", "नमस्ते", "\x7f\x1f"], ids=ascii
    )
    def test_characters_that_json_operators_refuse(self, table: str, express: Express, name: str) -> None:
        for number in range(3):
            express.save(300 + number)
        session = {
            "cookie": {
                "originalMaxAge": 86400000,
                "expires": f"{datetime.now(UTC) + timedelta(hours=23):%Y-%m-%dT%H:%M:%S.000Z}",
            },
            "user": name,
            "deep": {"path": [name, {name: 1}]},
        }
        express.write("odd", json.dumps(session), datetime.now(UTC).replace(microsecond=0) + timedelta(hours=23, minutes=7))
        rows = rows_of(table)
        assert (rows.read, rows.not_objects, rows.without_cookie, rows.returning) == (4, 0, 0, 1)

    @pytest.mark.parametrize(
        "cookie",
        [
            '{"originalMaxAge":null,"expires":null}',
            '{"originalMaxAge":"60000","expires":"tomorrow"}',
            '{"originalMaxAge":1e999999,"expires":"2026-02-31T00:00:00.000Z"}',
            '{"originalMaxAge":-5,"expires":"9999-12-31T23:59:59.999Z"}',
            '{"originalMaxAge":{},"expires":["2026-01-01T00:00:00.000Z"]}',
            '{"originalMaxAge":123456789012345678901234567890,"expires":"+058865-01-01T00:00:00.000Z"}',
        ],
    )
    def test_cookies_that_nobody_would_write(self, table: str, express: Express, cookie: str) -> None:
        express.save(userId=1)
        express.write("odd", f'{{"cookie":{cookie},"userId":2}}', datetime.now(UTC))
        rows = rows_of(table)
        assert (rows.read, rows.not_objects, rows.without_cookie, rows.never_returned) == (2, 0, 0, 1)

    def test_a_date_for_an_expiry(self, database: str) -> None:
        execute(database, "CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire date)")
        with Express(database) as express:
            express.save(60, life=HOUR, userId=1)
        rows = rows_of(database)
        assert (rows.read, rows.midnight, rows.offsets) == (1, 1, ())

    @pytest.mark.parametrize("kind", ["bigint", "text", "time"])
    def test_an_expiry_that_is_no_time(self, database: str, kind: str) -> None:
        execute(database, f"CREATE TABLE session (sid varchar PRIMARY KEY, sess json, expire {kind})")
        rows = look(database).rows
        assert isinstance(rows, Unknown)
        assert "expire is of type" in rows.why

    def test_nothing_of_a_row_is_in_the_facts(self, table: str, express: Express) -> None:
        for ago in (120, 180):
            express.save(ago, sid=f"SeCrEtSiD{ago}", userId="alice@example.com", email="alice@example.com")
        seen = repr(look(table))
        assert "SeCrEtSiD" not in seen
        assert "alice" not in seen


class TestAccess:
    def test_a_role_that_may_not_read(self, table: str, role: str) -> None:
        rows = look(as_role(table, role)).rows
        assert isinstance(rows, Unknown)
        assert "permission denied for table session (42501)" in rows.why

    def test_a_role_from_which_row_security_hides_the_rows(self, table: str, role: str, express: Express) -> None:
        express.save()
        execute(table, f"GRANT ALL ON session TO {role}; ALTER TABLE session ENABLE ROW LEVEL SECURITY")
        seen = look(as_role(table, role))
        assert isinstance(seen.rows, Rows)
        assert seen.rows.read == 0
        assert rows_of(table).read == 1
        assert [error.code for error in seen.errors] == ["42501"]

    def test_a_view_and_a_partitioned_table_are_read_whole_too(self, database: str) -> None:
        execute(
            database,
            """CREATE TABLE stored (sid varchar, sess json, expire timestamp) PARTITION BY RANGE (expire);
            CREATE TABLE stored_all PARTITION OF stored DEFAULT; CREATE VIEW session AS SELECT * FROM stored""",
        )
        with Express(database) as express:
            express.save()
        for name in ("session", "stored"):
            rows = rows_of(database, table=name)
            assert (rows.complete, rows.read) == (True, 1)
