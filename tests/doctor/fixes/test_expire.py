"""An expire of the wrong type, zone or unit: the moment that was meant is found, for every reader alike."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sessile.doctor.fixes import FixStopped, Unfixable, apply, plan, undo
from tests.doctor.fixes.session_table import Table, counted, planned

SOON = datetime(2031, 5, 17, 12, 30, 15, tzinfo=UTC)


def create(table: Table, kind: str, *values: object) -> None:
    table.run(
        f"CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL, expire {kind}); CREATE INDEX ON session (expire)"
    )
    with table.connection.cursor() as cursor:
        cursor.executemany(b"INSERT INTO session VALUES (%s, '{}', %s)", [(f"s{n}", value) for n, value in enumerate(values)])


def moments(table: Table) -> dict[str, object]:
    """When each session ends, for a reader in UTC."""
    table.run("SET TimeZone TO 'UTC'")
    return {str(row[0]): row[1] for row in table.rows("SELECT sid, expire::timestamptz FROM session")}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [SOON.timestamp(), SOON.timestamp() * 1000, SOON.timestamp() * 1_000_000]),
        ("integer", [SOON.timestamp()]),
        ("double precision", [SOON.timestamp(), SOON.timestamp() * 1000]),
        ("numeric(20,0)", [SOON.timestamp() * 1000]),
        ("text", [SOON.isoformat(), str(int(SOON.timestamp())), "2031-05-17 18:00:15+05:30", "2031-05-17T12:30:15.000Z"]),
        ("varchar(40)", [str(int(SOON.timestamp() * 1000))]),
    ],
)
def test_moment_is_read_from_any_type(table: Table, kind: str, values: list[object]) -> None:
    create(table, kind, *values)
    shape = table.outline()
    with psycopg.connect(table.url) as elsewhere:
        elsewhere.execute("SET TimeZone TO 'Asia/Kolkata'")

    applied = apply(planned(table, "save-expire-wrong-type"), table.url)

    assert (applied.live_before, applied.live_after) == (len(values), len(values))
    assert set(moments(table).values()) == {SOON}
    table.login()
    undo(table.url)
    assert table.outline() == shape
    apply(planned(table, "save-expire-wrong-type"), table.url)
    assert set(moments(table).values()) == {SOON}


def test_numbers_come_back_as_they_were(table: Table) -> None:
    create(table, "bigint", 1_900_000_000_123, 1_900_000_001_000)
    rows = table.contents()
    apply(planned(table, "save-expire-wrong-type"), table.url)
    undo(table.url)
    assert table.contents() == rows


def test_text_that_names_no_zone_is_not_guessed(table: Table) -> None:
    create(table, "text", "2031-05-17 12:30:15", SOON.isoformat(), "2031-05-17", "tomorrow")
    rows = table.contents()
    with pytest.raises(FixStopped, match="3 rows"):
        apply(planned(table, "save-expire-wrong-type"), table.url)
    assert table.contents() == rows


def test_date_lasts_to_the_end_of_its_day(table: Table) -> None:
    today = datetime.now(UTC).date()
    create(table, "date", today, today + timedelta(days=3), today - timedelta(days=2))
    rows, shape = table.contents(), table.outline()
    assert "s0" not in table.live()

    applied = apply(planned(table, "live-expire-is-date"), table.url)

    assert (applied.live_before, applied.live_after) == (2, 2)
    assert table.live() == {"s0", "s1"}
    table.login()
    undo(table.url)
    assert (table.contents(), table.outline()) == (rows, shape)


@pytest.mark.parametrize(("zone", "seconds"), [("UTC", 0), ("Asia/Kolkata", 19800), ("America/Lima", -18000)])
@pytest.mark.parametrize("pages", [0, 100_000])
def test_zone_of_the_writer_is_read_into_the_column(table: Table, zone: str, seconds: int, pages: int) -> None:
    create(table, "timestamp(6) NOT NULL")
    table.run(f"SET TimeZone TO '{zone}'")
    table.connection.execute("INSERT INTO session VALUES ('a', '{}', to_timestamp(%s))", (SOON.timestamp(),))
    table.run(f"UPDATE pg_class SET relpages = {pages} WHERE oid = 'session'::regclass")
    rows, shape = table.contents(), table.outline()
    made = plan("live-time-zone-mismatch", table.facts(rows=counted(offsets=(seconds,))))
    if pages and seconds:
        assert isinstance(made, Unfixable)
        assert "ALTER ROLE" in made.instead
        return
    assert not isinstance(made, Unfixable)

    applied = apply(made, table.url)

    assert (applied.live_before, applied.live_after) == (1, 1)
    assert moments(table) == {"a": SOON}
    table.login()
    assert table.value("SELECT count(*) FROM pg_index WHERE indrelid = 'session'::regclass AND indisvalid") == 2
    undo(table.url)
    table.run(f"SET TimeZone TO '{zone}'")
    assert (table.contents(), table.outline()) == (rows, shape)


def test_table_of_a_utc_writer_is_not_rewritten(table: Table) -> None:
    create(table, "timestamp(6) NOT NULL")
    node = table.value("SELECT pg_relation_filenode('session')")
    apply(planned(table, "live-time-zone-mismatch", rows=counted(offsets=(0,))), table.url)
    assert table.value("SELECT pg_relation_filenode('session')") == node


@pytest.mark.parametrize("offsets", [(), (0, 19800)])
def test_zone_is_not_guessed(table: Table, offsets: tuple[int, ...]) -> None:
    create(table, "timestamp(6) NOT NULL")
    made = plan("live-time-zone-mismatch", table.facts(rows=counted(offsets=offsets)))
    assert isinstance(made, Unfixable)
    assert "ALTER ROLE" in made.instead


@pytest.mark.parametrize("kind", ["timestamp(6)", "timestamptz(6)"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_null_gets_the_expiry_of_its_cookie(table: Table, kind: str, zone: str) -> None:
    create(table, kind)
    table.run(f"SET TimeZone TO '{zone}'")
    cookie = (
        '{"cookie":{"originalMaxAge":60000,"expires":"2031-05-17T12:30:15.000Z","httpOnly":true},"expires":"x","nul":"\\u0000"}'
    )
    table.run(f"INSERT INTO session VALUES ('a', '{cookie}', NULL), ('b', '{{\"cookie\":{{\"expires\":null}}}}', NULL)")
    table.run("INSERT INTO session VALUES ('c', '{}', now() + interval '1 hour')")
    assert table.live() == {"c"}

    apply(planned(table, "live-expire-null", rows=counted(null_expire=2), time_zone=zone), table.url)

    assert table.live() == {"a", "b", "c"}
    assert table.value("SELECT expire::timestamptz FROM session WHERE sid = 'a'") == SOON
    table.run("UPDATE session SET expire = expire + interval '1 hour' WHERE sid = 'b'")
    undo(table.url)
    assert table.live() == {"b", "c"}, "a row that was touched since keeps its new expiry"
    assert table.relations() == {"session", "sessile_fixes"}
    apply(planned(table, "live-expire-null", rows=counted(null_expire=1), time_zone=zone), table.url)
    assert table.live() == {"a", "b", "c"}


@pytest.mark.parametrize("kind", ["timestamp(6)", "timestamptz(6)"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_wrong_unit_is_put_right_for_exactly_those_rows(table: Table, kind: str, zone: str) -> None:
    create(table, kind)
    table.run(f"SET TimeZone TO '{zone}'")
    now = datetime.now(UTC).replace(microsecond=0)
    meant = (now + timedelta(hours=2)).timestamp()
    for sid, epoch in {"ms": meant * 1000, "s": meant / 1000, "right": meant, "expired": 0.0, "old": meant - 10**8}.items():
        table.connection.execute("INSERT INTO session VALUES (%s, '{}', to_timestamp(%s))", (sid, epoch))
    table.run("INSERT INTO session VALUES ('always', '{}', 'infinity'), ('far', '{}', '2090-01-01')")
    rows = table.contents()

    made = planned(table, "live-expire-in-wrong-unit", rows=counted(future=2, past=2), time_zone=zone)
    apply(made, table.url)

    epochs = "SELECT sid, extract(epoch FROM expire::timestamptz)::float FROM session WHERE isfinite(expire)"
    ends = {str(row[0]): row[1] for row in table.rows(epochs)}
    assert ends["ms"] == pytest.approx(meant, abs=2)
    assert ends["s"] == pytest.approx(meant, abs=2)
    untouched = {"right", "expired", "old", "always", "far"}
    assert [row for row in table.contents() if row[0] in untouched] == [row for row in rows if row[0] in untouched]
    undo(table.url)
    assert table.contents() == rows
    apply(made, table.url)
    assert {"ms", "s", "right"} <= table.live()
