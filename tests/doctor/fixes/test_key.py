"""The key on sid, however it is missing: every live session stays, Express can log in, and there is a way back."""

from dataclasses import replace

import pytest

from sessile.doctor.fixes import FixRefused, Plan, Unfixable, apply, plan, undo
from tests.doctor.fixes.session_table import HEALTHY, Table, counted, planned, run_script

BARE = "CREATE TABLE session (sid varchar NOT NULL, sess json NOT NULL, expire timestamp(6) NOT NULL);"
ROWS = """INSERT INTO session (sid, sess, expire)
SELECT 'user-' || n, json_build_object('cookie', json_build_object('path', '/'), 'n', n), now() + n * interval '1 minute'
FROM generate_series(1, 300) n;
INSERT INTO session (sid, sess, expire)
SELECT 'user-' || n, '{"copy":"older"}', now() - interval '1 hour' FROM generate_series(1, 40) n;
INSERT INTO session (sid, sess, expire)
SELECT 'user-' || n, '{"copy":"newer","nul":"\\u0000"}', now() + interval '1 day' FROM generate_series(31, 60) n;
INSERT INTO session (sid, sess, expire)
SELECT 'gone-' || n, '{}', now() - n * interval '1 day' FROM generate_series(1, 20) n, generate_series(1, 2);
INSERT INTO session (sid, sess, expire) VALUES ('tie', '{"copy":1}', '2099-01-01'), ('tie', '{"copy":2}', '2099-01-01');"""
LOSERS = 40 + 30 + 20 + 1

KEYLESS = {
    "with an index on expire": 'CREATE INDEX "IDX_session_expire" ON session (expire)',
    "without any index": "",
    "sid may be NULL": "ALTER TABLE session ALTER sid DROP NOT NULL",
    "a plain index": "CREATE INDEX session_sid_key ON session (sid)",
    "a partial index": "CREATE UNIQUE INDEX session_sid_key ON session (sid) WHERE expire < '1999-01-01'",
    "an expression": "ALTER TABLE session ADD n serial; CREATE UNIQUE INDEX session_pkey ON session ((sid || n::text))",
    "a composite key": "ALTER TABLE session ADD n int GENERATED ALWAYS AS IDENTITY; ALTER TABLE session ADD PRIMARY KEY (sid, n)",
    "another key": "ALTER TABLE session ADD id bigserial PRIMARY KEY",
    "a generated column": "ALTER TABLE session ADD size int GENERATED ALWAYS AS (length(sid)) STORED",
}


@pytest.mark.parametrize("fault", KEYLESS)
def test_key_is_made_undone_and_made_again(table: Table, fault: str) -> None:
    table.run(BARE + KEYLESS[fault] + ";" + ROWS)
    rows, live, shape = table.contents(), table.live(), table.outline()

    applied = apply(planned(table, "save-no-primary-key", rows=counted(duplicates=LOSERS, read=len(rows))), table.url)

    assert (applied.live_before, applied.live_after) == (len(live), len(live))
    assert applied.moved == LOSERS
    assert table.live() == live
    assert table.value("SELECT count(*) - count(DISTINCT sid) FROM session") == 0
    assert table.value("SELECT count(*) FROM session WHERE sess::text LIKE '%older%'") == 0
    assert table.value("SELECT count(*) FROM session WHERE sess::text LIKE '%newer%'") == 30
    assert table.value("SELECT sess ->> 'copy' FROM session WHERE sid = 'tie'") == "2"
    table.login()

    undone = undo(table.url)

    assert undone.cause == "save-no-primary-key"
    assert (table.contents(), table.outline()) == (rows, shape)
    assert table.relations() == {"session", "sessile_fixes"}

    assert apply(planned(table, "save-no-primary-key"), table.url).live_after == len(live)
    assert table.live() == live
    table.login()


def test_connect_pg_simple_finds_the_table_as_it_would_have_made_it(table: Table) -> None:
    table.run(HEALTHY)
    healthy = table.outline()
    table.run("ALTER TABLE session DROP CONSTRAINT session_pkey; ALTER TABLE session ALTER sid SET NOT NULL")

    apply(planned(table, "save-no-primary-key"), table.url)

    assert table.outline() == healthy


@pytest.mark.parametrize("version", [None, 150018])
def test_rows_without_a_sid_are_kept_aside(table: Table, version: int | None) -> None:
    table.run(BARE + "ALTER TABLE session ALTER sid DROP NOT NULL;" + ROWS)
    table.run("INSERT INTO session SELECT NULL, '{}', now() FROM generate_series(1, 5)")
    rows, live, shape = table.contents(), table.live() - {None}, table.outline()

    applied = apply(planned(table, "save-no-primary-key", version=version), table.url)

    assert applied.moved == LOSERS + 5
    assert (applied.live_before, table.live()) == (len(live), live)
    table.login()
    undo(table.url)
    assert (table.contents(), table.outline()) == (rows, shape)


@pytest.mark.parametrize(
    "constraint",
    [
        "ADD PRIMARY KEY (sid) DEFERRABLE INITIALLY DEFERRED",
        "ADD CONSTRAINT only_one UNIQUE (sid) DEFERRABLE",
        "ADD id bigserial PRIMARY KEY, ADD UNIQUE (sid) DEFERRABLE",
    ],
)
def test_deferrable_key_is_replaced(table: Table, constraint: str) -> None:
    table.run(BARE + f"ALTER TABLE session {constraint};" + "INSERT INTO session VALUES ('a', '{}', '2099-01-01')")
    shape, definitions = table.outline(), table.constraints()

    apply(planned(table, "save-key-deferrable"), table.url)

    table.login()
    assert not any("DEFERRABLE" in definition for definition in table.constraints())
    undo(table.url)
    assert (table.outline(), table.constraints()) == (shape, definitions)
    apply(planned(table, "save-key-deferrable"), table.url)
    table.login()


def test_invalid_index_gives_way_to_a_whole_one(table: Table) -> None:
    table.run(BARE + ROWS)
    table.leave_invalid_index("session_sid_key")
    rows, live = table.contents(), table.live()

    apply(planned(table, "save-key-index-invalid"), table.url)

    assert table.live() == live
    table.login()
    undo(table.url)
    assert table.contents() == rows
    apply(planned(table, "save-key-index-invalid"), table.url)
    table.login()


def test_duplicates_under_a_unique_index_are_set_aside_and_the_index_rebuilt(table: Table) -> None:
    table.run(HEALTHY)
    index = "UPDATE pg_index SET indisunique = {} WHERE indexrelid = 'session_pkey'::regclass"
    table.run("SET allow_system_table_mods = on")
    table.run(index.format("false"))
    table.run(
        "INSERT INTO session VALUES ('a', '{}', '2099-01-01'), ('b', '{}', '2099-01-01'), ('a', '{\"last\":1}', '2099-01-02')"
    )
    table.run(index.format("true"))
    rows, node = table.contents(), table.value("SELECT pg_relation_filenode('session_pkey')")

    applied = apply(planned(table, "duplicate-sids", rows=counted(duplicates=1, read=3)), table.url)

    assert applied.moved == 1
    assert table.value("SELECT sess ->> 'last' FROM session WHERE sid = 'a'") == "1"
    assert table.value("SELECT pg_relation_filenode('session_pkey')") != node
    table.login()
    with pytest.raises(FixRefused, match="duplicate key"):
        undo(table.url)
    assert len(table.contents()) == len(rows) - 1


def test_logged_out_session_does_not_come_back(table: Table) -> None:
    table.run(BARE + ROWS)
    apply(planned(table, "save-no-primary-key"), table.url)
    table.run("DELETE FROM session WHERE sid = 'user-31'")

    undo(table.url)

    assert table.value("SELECT count(*) FROM session WHERE sid = 'user-31'") == 0
    assert table.value("SELECT count(*) FROM session WHERE sid = 'user-32'") == 3


def test_name_of_the_key_that_another_table_owns_is_told_before_anything_is_done(table: Table) -> None:
    table.run(HEALTHY + "ALTER TABLE session RENAME TO session_old;" + BARE)

    with pytest.raises(FixRefused, match=r"ALTER INDEX .*session_pkey.* RENAME TO"):
        apply(planned(table, "save-no-primary-key"), table.url)

    assert table.relations() == {"session", "session_old"}


def test_healthy_key_is_left_alone(table: Table) -> None:
    table.run(HEALTHY)
    made = plan("save-no-primary-key", table.facts())
    assert isinstance(made, Unfixable)
    assert "session_pkey" in made.reason


def test_trigger_on_delete_is_not_set_off(table: Table) -> None:
    table.run(BARE + "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'")
    table.run("CREATE TRIGGER tombstone BEFORE DELETE ON session FOR EACH ROW EXECUTE FUNCTION forget()")
    made = plan("save-no-primary-key", table.facts())
    assert isinstance(made, Unfixable)
    assert "tombstone" in made.reason


def test_partitioned_table_comes_with_sql_that_works(table: Table) -> None:
    table.run("CREATE TABLE session (sid varchar, sess json NOT NULL, expire timestamp(6) NOT NULL) PARTITION BY RANGE (expire)")
    table.run("CREATE TABLE session_all PARTITION OF session DEFAULT;" + ROWS)
    live = table.live()

    made = plan("save-partitioned-table", table.facts())

    assert isinstance(made, Unfixable)
    assert made.sql is not None
    table.run(made.sql)
    assert table.live() == live
    table.login()


@pytest.mark.parametrize(
    "name", ['se"ss$sessile$ion', "Odd Name; DROP TABLE x; --", "é" * 30, "line\nbreak", "100% {0}", "a:todo"]
)
def test_name_of_any_kind_is_only_a_name(table: Table, name: str) -> None:
    table.run(BARE + ROWS)
    rows, live = table.contents(), table.live()
    quoted = '"' + name.replace('"', '""') + '"'
    table.run(f"ALTER TABLE session RENAME TO {quoted}")
    made = plan("save-no-primary-key", replace(table.facts(), table=table.shape(name=name)))
    assert isinstance(made, Plan)

    apply(made, table.url)
    undo(table.url)
    script = made.as_sql()
    run_script(table.url, script)

    table.run(f"ALTER TABLE {quoted} RENAME TO session")
    assert table.live() == live
    assert len(table.contents()) == len(rows) - LOSERS
    table.login()


def test_plan_is_text_that_touches_nothing(table: Table) -> None:
    table.run(BARE + ROWS)
    rows, shape = table.contents(), table.outline()

    made = plan("save-no-primary-key", table.facts(rows=counted(duplicates=LOSERS, read=len(rows))))

    assert isinstance(made, Plan)
    assert (made.rows_removed, made.rows_kept) == (LOSERS, len(rows) - LOSERS)
    assert not made.loses_sessions
    assert all(step.lock and step.why for step in made.steps)
    assert (table.contents(), table.outline(), table.relations()) == (rows, shape, {"session"})
