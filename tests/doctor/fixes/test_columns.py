"""Columns of the wrong type: every row is kept, Express can log in afterwards, and there is a way back."""

import pytest

from sessile.doctor.fixes import FixRefused, FixStopped, Plan, Unfixable, apply, plan, undo
from sessile.doctor.fixes.columns import SMALL
from tests.doctor.fixes.session_table import Table, counted, planned

COLUMNS = {"sid": "varchar NOT NULL PRIMARY KEY", "sess": "json NOT NULL", "expire": "timestamp(6) NOT NULL"}


def create(table: Table, **columns: str) -> None:
    described = ", ".join(f"{name} {kind}" for name, kind in {**COLUMNS, **columns}.items())
    table.run(f"CREATE TABLE session ({described}); CREATE INDEX ON session (expire)")


def fix_undo_and_fix_again(table: Table, cause: str) -> Plan:
    """Fix, log in, undo to the very same rows and shape, fix again; returns the plan."""
    rows, shape = table.contents(), table.outline()
    made = planned(table, cause)

    applied = apply(made, table.url)

    assert applied.live_before == applied.live_after
    fixed = table.contents()
    table.login("a-session-id-of-some-forty-characters-00")
    assert undo(table.url).cause == cause
    assert (table.contents(), table.outline()) == (rows, shape)
    apply(planned(table, cause), table.url)
    assert table.contents() == fixed
    table.login()
    return made


@pytest.mark.parametrize("kind", ["varchar(20)", 'varchar(20) COLLATE "C"', "char(20)", "uuid", "integer", "bigint"])
def test_sid_of_a_narrow_type_holds_any_sid(table: Table, kind: str) -> None:
    create(table, sid=f"{kind} NOT NULL PRIMARY KEY")
    sid = "'0b8e1f6e-31d2-4b28-9f8b-5c0ffee00001'" if kind == "uuid" else "42"
    table.run(f"INSERT INTO session VALUES ({sid}, '{{\"user\":1}}', now() + interval '1 hour')")
    live = {str(sid).strip() for sid in table.live()}

    made = fix_undo_and_fix_again(table, "save-sid-too-short")

    assert table.live() == live
    assert ("rewritten" in made.steps[-1].lock) == (not kind.startswith("varchar"))
    assert table.value(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'session'::regclass AND attnum = 1"
    ) == ("character varying")


def test_collation_of_sid_is_kept(table: Table) -> None:
    create(table, sid='varchar(20) COLLATE "C" NOT NULL PRIMARY KEY')
    apply(planned(table, "save-sid-too-short"), table.url)
    shape = table.shape()
    assert shape is not None
    assert shape.columns[0].collation == "C"


def test_widening_rewrites_nothing(table: Table) -> None:
    create(table, sid="varchar(20) NOT NULL PRIMARY KEY")
    node = table.value("SELECT pg_relation_filenode('session')")
    apply(planned(table, "save-sid-too-short"), table.url)
    assert table.value("SELECT pg_relation_filenode('session')") == node


@pytest.mark.parametrize("kind", ["varchar(200)", "text", "bytea"])
def test_sess_becomes_json(table: Table, kind: str) -> None:
    create(table, sess=f"{kind} NOT NULL")
    value = (
        """convert_to('{"user": "ä", "nul":"\\u0000"}', 'UTF8')""" if kind == "bytea" else """'{"user": "ä", "nul":"\\u0000"}'"""
    )
    table.run(f"INSERT INTO session VALUES ('a', {value}, now() + interval '1 hour')")

    fix_undo_and_fix_again(table, "save-sess-wrong-type")

    assert table.value("SELECT pg_typeof(sess)::text FROM session") == "json"
    assert table.value("SELECT sess::text FROM session") == '{"user": "ä", "nul":"\\u0000"}'


def test_sess_that_is_no_json_is_counted_and_nothing_changed(table: Table) -> None:
    create(table, sess="text NOT NULL DEFAULT '{}'")
    table.run("INSERT INTO session VALUES ('a', '{}', now()), ('b', 'a:1:{secret}', now()), ('c', '{\"x\":', now())")
    rows, shape = table.contents(), table.outline()

    with pytest.raises(FixStopped, match=r"2 rows of .* hold something else than JSON") as stopped:
        apply(planned(table, "save-sess-wrong-type"), table.url)

    assert "secret" not in str(stopped.value)
    assert (table.contents(), table.outline()) == (rows, shape)


def test_default_of_the_old_type_comes_back_with_it(table: Table) -> None:
    create(table, sess="text NOT NULL DEFAULT '{}'")
    fix_undo_and_fix_again(table, "save-sess-wrong-type")


def test_column_that_a_login_does_not_fill_may_be_null(table: Table) -> None:
    create(table, user_id="integer NOT NULL", note="text NOT NULL")
    table.run("INSERT INTO session VALUES ('a', '{}', now() + interval '1 hour', 1, '')")
    made = fix_undo_and_fix_again(table, "save-extra-column-required")
    assert [step.undo for step in made.steps if step.undo is None] == []


def test_undo_does_not_delete_logins_that_left_the_column_null(table: Table) -> None:
    create(table, user_id="integer NOT NULL")
    apply(planned(table, "save-extra-column-required"), table.url)
    table.run("INSERT INTO session VALUES ('a', '{}', now() + interval '1 hour')")

    with pytest.raises(FixRefused, match="contains null values"):
        undo(table.url)

    assert table.live() == {"a"}


def test_column_of_the_primary_key_is_left_to_people(table: Table) -> None:
    create(table, sid="varchar NOT NULL UNIQUE", user_id="integer NOT NULL, PRIMARY KEY (sid, user_id)")
    made = plan("save-extra-column-required", table.facts())
    assert isinstance(made, Unfixable)
    assert "user_id" in made.reason


def test_big_table_is_not_rewritten_under_a_lock(table: Table) -> None:
    create(table, sid="uuid NOT NULL PRIMARY KEY")
    table.run(f"UPDATE pg_class SET relpages = {SMALL // 8192 + 1} WHERE oid = 'session'::regclass")

    made = plan("save-sid-wrong-type", table.facts())

    assert isinstance(made, Unfixable)
    assert "129 MB" in made.reason or "128 MB" in made.reason
    assert made.sql is not None
    table.run(made.sql)
    table.login()


def test_table_that_grew_since_it_was_analysed_is_not_rewritten_either(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    create(table, sid="uuid NOT NULL PRIMARY KEY")
    table.run("INSERT INTO session SELECT gen_random_uuid(), '{}', now() FROM generate_series(1, 1000)")
    monkeypatch.setattr("sessile.doctor.fixes.columns.SMALL", 8192)
    with pytest.raises(FixRefused, match="stall"):
        apply(planned(table, "save-sid-wrong-type"), table.url)


def test_nothing_wrong_is_nothing_to_fix(table: Table) -> None:
    create(table)
    for cause in (
        "save-sid-too-short",
        "save-sess-wrong-type",
        "save-expire-wrong-type",
        "save-extra-column-required",
        "find-expire-index-missing",
        "find-table-unlogged",
        "save-rights-missing",
        "find-row-security",
        "live-time-zone-mismatch",
        "live-expire-null",
        "boot-table-missing",
        "verify-secret-known-default",
    ):
        made = plan(cause, table.facts(rows=counted()))
        assert isinstance(made, Unfixable), cause
        assert made.reason
        assert made.instead
