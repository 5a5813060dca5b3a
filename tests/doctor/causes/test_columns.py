"""Causes by which a column, or a constraint on one, refuses the login's row."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from sessile.doctor.facts import Failure, Unknown
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Finding, Noted, RuledOut, Undecided
from sessile.stores.postgres.shape import Column
from tests.doctor.facts_builder import BOOT, HEALTHY_LOG, SAVED, database, facts, judge, line, log, table, tried

COLUMNS = (
    "save-sid-too-short",
    "save-sid-wrong-type",
    "save-sess-wrong-type",
    "save-expire-wrong-type",
    "live-expire-is-date",
)


def of_column(column: Column, *failing: str, code: str = "42804") -> Mapping[str, Confirmed]:
    """The causes about columns that a table with such a column proves, the login having failed in these steps."""
    failures = {step: Failure(code, "the server refused it") for step in failing}
    known = facts(database(table=table(column), experiment=tried(failures)))
    found = {cause: judge(cause, known) for cause in COLUMNS}
    return {cause: finding for cause, finding in found.items() if isinstance(finding, Confirmed)}


class TestColumns:
    @pytest.mark.parametrize(
        ("cause", "column", "failing"),
        [
            ("save-sid-too-short", Column("sid", "character varying(20)", not_null=True), ("save",)),
            ("save-sid-wrong-type", Column("sid", "uuid", not_null=True), ("save", "find", "touch", "destroy")),
            ("save-sid-wrong-type", Column("sid", "integer", not_null=True), ("save", "find", "touch", "destroy")),
            ("save-sess-wrong-type", Column("sess", "character varying(100)", not_null=True), ("save",)),
            ("save-sess-wrong-type", Column("sess", "bytea", not_null=True), ("save",)),
            ("save-expire-wrong-type", Column("expire", "bigint", not_null=True), ("save", "find")),
            ("save-expire-wrong-type", Column("expire", "interval", not_null=True), ("save", "find")),
            ("save-expire-wrong-type", Column("expire", "text", not_null=True), ("find",)),
            ("save-expire-wrong-type", Column("expire", "time without time zone", not_null=True), ("find",)),
            ("live-expire-is-date", Column("expire", "date", not_null=True), ()),
        ],
    )
    def test_each_wrong_type_is_named_and_no_other(self, cause: str, column: Column, failing: tuple[str, ...]) -> None:
        assert set(of_column(column, *failing)) == {cause}

    @pytest.mark.parametrize(
        "column",
        [
            Column("sid", "text", not_null=True),
            Column("sid", "character(64)", not_null=True),
            Column("sid", "character varying(255)", not_null=True),
            Column("sid", "citext", not_null=True),
            Column("sid", "session_id", not_null=True),
            Column("sess", "jsonb", not_null=True),
            Column("sess", "text", not_null=True),
            Column("sess", "character varying", not_null=True),
            Column("expire", "timestamp(6) with time zone", not_null=True),
            Column("expire", "timestamp without time zone", not_null=True),
        ],
    )
    def test_types_that_work_are_no_cause(self, column: Column) -> None:
        assert not of_column(column)

    def test_a_type_that_nobody_knows_is_decided_by_the_experiment(self) -> None:
        domain = table(Column("sid", "session_id", not_null=True))
        refused = tried(dict.fromkeys(("save", "find", "touch", "destroy"), Failure("22P02", "invalid input syntax")))
        untried = database(table=domain, experiment=Unknown("the experiment was not wanted"))
        assert isinstance(judge("save-sid-wrong-type", facts(database(table=domain, experiment=refused))), Confirmed)
        assert isinstance(judge("save-sid-wrong-type", facts(untried)), Undecided)

    def test_a_sid_that_holds_default_ids_is_too_short_once_a_save_says_so(self) -> None:
        known = database(table=table(Column("sid", "character varying(32)", not_null=True)))
        error = line(Kind.SAVE_ERROR, "22001", "value too long for type character varying(32)")
        assert isinstance(judge("save-sid-too-short", facts(known)), RuledOut)
        assert isinstance(judge("save-sid-too-short", facts(known, log(BOOT, error, SAVED))), Confirmed)

    def test_a_large_column_for_sess_is_a_note_until_a_session_does_not_fit_in(self) -> None:
        known = database(table=table(Column("sess", "character varying(2000)", not_null=True)))
        error = line(Kind.SAVE_ERROR, "22001", "value too long for type character varying(2000)")
        assert isinstance(judge("save-sess-wrong-type", facts(known)), Noted)
        assert isinstance(judge("save-sess-wrong-type", facts(known, log(BOOT, SAVED, error, SAVED))), Confirmed)
        assert not isinstance(judge("save-sid-too-short", facts(known, log(BOOT, error))), Confirmed)

    @pytest.mark.parametrize(("length", "cause"), [(20, "save-sid-too-short"), (255, "save-sess-wrong-type")])
    def test_a_log_alone_tells_the_column_by_its_length(self, length: int, cause: str) -> None:
        error = line(Kind.SAVE_ERROR, "22001", f"value too long for type character varying({length})")
        found = {one: judge(one, facts(None, log(BOOT, error))) for one in ("save-sid-too-short", "save-sess-wrong-type")}
        assert {one for one, finding in found.items() if isinstance(finding, Confirmed)} == {cause}

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            ("42804", 'column "expire" is of type bigint but expression is of type timestamp with time zone'),
            ("42883", "operator does not exist: text >= timestamp with time zone"),
        ],
    )
    def test_a_log_alone_tells_the_type_of_expire(self, code: str, text: str) -> None:
        assert isinstance(judge("save-expire-wrong-type", facts(None, log(BOOT, line(Kind.ERROR, code, text)))), Confirmed)

    def test_an_operator_of_another_query_is_not_ours(self) -> None:
        error = line(Kind.ERROR, "42883", "operator does not exist: integer = uuid")
        assert isinstance(judge("save-expire-wrong-type", facts(None, log(BOOT, error))), RuledOut)


class TestExtraColumnRequired:
    USER_ID = Column("user_id", "integer", not_null=True)
    NULL = Failure("23502", 'null value in column "user_id" of relation "session" violates not-null constraint')

    def finding(self, column: Column, *, refused: bool) -> Finding:
        login = tried({"save": self.NULL}) if refused else tried()
        return judge("save-extra-column-required", facts(database(table=table(column), experiment=login)))

    def test_a_column_that_no_login_fills(self) -> None:
        finding = self.finding(self.USER_ID, refused=True)
        assert isinstance(finding, Confirmed)
        assert finding.title == '"public"."session" demands a value for user_id, which no login has'

    def test_a_column_that_a_trigger_fills(self) -> None:
        assert isinstance(self.finding(self.USER_ID, refused=False), RuledOut)

    @pytest.mark.parametrize(
        "column",
        [
            replace(USER_ID, not_null=False),
            replace(USER_ID, default="0", filled=True),
            replace(USER_ID, generated=True, filled=True),
        ],
    )
    def test_columns_that_may_be_left_out(self, column: Column) -> None:
        untried = database(table=table(column), experiment=Unknown("the experiment was not wanted"))
        assert isinstance(judge("save-extra-column-required", facts(untried)), RuledOut)

    @pytest.mark.parametrize(
        ("code", "text"),
        [
            ("23514", 'new row for relation "session" violates check constraint "short"'),
            ("23503", 'insert or update on table "session" violates foreign key constraint "session_user"'),
        ],
    )
    def test_a_constraint_that_the_experiment_meets(self, code: str, text: str) -> None:
        met = database(experiment=tried({"save": Failure(code, text)}))
        assert isinstance(judge("save-extra-column-required", facts(met)), Confirmed)

    def test_a_constraint_of_another_table_in_the_log(self) -> None:
        error = line(Kind.ERROR, "23503", 'insert or update on table "orders" violates foreign key constraint "orders_user"')
        assert isinstance(judge("save-extra-column-required", facts(None, log(BOOT, error))), RuledOut)


@pytest.mark.parametrize("cause", [*COLUMNS, "save-extra-column-required"])
def test_a_healthy_table_gives_none_of_them(cause: str) -> None:
    assert isinstance(judge(cause, facts(database(), HEALTHY_LOG)), RuledOut)
