"""Causes that stop a session before the first request."""

from sessile.doctor.facts import Unknown
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from sessile.stores.postgres.shape import Column
from tests.doctor.facts_builder import (
    BOOT,
    EXIT,
    LOGIN,
    SAVED,
    SESS,
    SID,
    database,
    facts,
    judge,
    line,
    log,
    made_of,
    relation,
    server,
    table,
    without,
)

EMPTY = database(table=None, relations=(), rows=Unknown("no table"), experiment=Unknown("no table"))
MISSING = line(Kind.ERROR, "42P01", 'error: relation "session" does not exist', "session")
TWICE_TEXT = 'multiple primary keys for table "session" are not allowed'
TWICE = line(Kind.TABLE_WARNING, "42P16", f"Session table creation warning: {TWICE_TEXT}")
KNEX = (SID, SESS, Column("expired", "timestamp with time zone", not_null=True))
KIT = (Column("id", "text", True), Column("expiresAt", "timestamp(3) without time zone", True), Column("token", "text", True))


class TestTableMissing:
    def test_an_empty_database_has_no_session_table_and_the_title_says_where_was_looked(self) -> None:
        finding = judge("boot-table-missing", facts(EMPTY))
        assert isinstance(finding, Confirmed)
        assert finding.title == "There is no session table in public of database shop"

    def test_an_empty_search_path_is_named(self) -> None:
        lost = database(table=None, relations=(), server=server(search_path=()))
        finding = judge("boot-table-missing", facts(lost))
        assert isinstance(finding, Confirmed)
        assert "an empty search path" in finding.title

    def test_a_log_alone_tells_it(self) -> None:
        assert isinstance(judge("boot-table-missing", facts(None, log(BOOT, MISSING))), Confirmed)

    def test_a_services_own_words_without_a_code_tell_it(self) -> None:
        words = line(Kind.TABLE_WARNING, "", 'Session table creation warning: table "session" does not exist')
        assert isinstance(judge("boot-table-missing", facts(None, log(BOOT, words))), Confirmed)

    def test_another_missing_table_is_not_ours(self) -> None:
        other = line(Kind.ERROR, "42P01", 'relation "invoices" does not exist', "invoices")
        assert isinstance(judge("boot-table-missing", facts(None, log(BOOT, other))), RuledOut)

    def test_a_table_that_is_there_contradicts_the_log(self) -> None:
        assert isinstance(judge("boot-table-missing", facts(database(), log(BOOT, MISSING))), RuledOut)

    def test_a_name_with_a_dot_in_its_quotes_is_another_name(self) -> None:
        dotted = line(Kind.ERROR, "42P01", 'relation "public.session" does not exist', "public.session")
        finding = judge("boot-table-missing", facts(database(), log(BOOT, dotted)))
        assert isinstance(finding, Confirmed)
        assert finding.title == 'The service asks for a table "public.session", which does not exist'

    def test_a_reason_why_it_could_not_be_created_is_named_before_it(self) -> None:
        denied = log(BOOT, line(Kind.ERROR, "42501", "permission denied for schema public"))
        missing, reason = judge("boot-table-missing", facts(EMPTY, denied)), judge("boot-creation-denied", facts(EMPTY, denied))
        assert isinstance(missing, Confirmed)
        assert isinstance(reason, Confirmed)
        assert missing.certainty < reason.certainty

    def test_a_table_in_another_schema_is_not_missing(self) -> None:
        elsewhere = database(table=None, relations=(relation("auth"),))
        assert isinstance(judge("boot-table-missing", facts(elsewhere)), RuledOut)

    def test_where_a_table_of_the_services_own_may_hold_them_only_the_code_or_a_log_tells(self) -> None:
        own = relation("public", "user_sessions", columns=("token", "user_id", "expires_at"), in_search_path=True)
        empty = database(table=None, relations=(own,), rows=Unknown("no table"), experiment=Unknown("no table"))
        assert isinstance(judge("boot-table-missing", facts(empty)), Unseen)
        assert isinstance(judge("boot-table-missing", facts(empty, log(BOOT, MISSING))), Confirmed)


class TestTableHalfCreated:
    def test_a_table_with_a_column_left_out(self) -> None:
        finding = judge("boot-table-half-created", facts(database(table=without("expire"))))
        assert isinstance(finding, Confirmed)
        assert finding.title == '"public"."session" lacks expire'

    def test_a_table_that_the_collector_did_not_take_for_one(self) -> None:
        part = relation("public", columns=("sid", "sess"), in_search_path=True)
        half = database(table=None, relations=(part,))
        assert isinstance(judge("boot-table-half-created", facts(half)), Confirmed)
        assert isinstance(judge("boot-table-missing", facts(half)), RuledOut)

    def test_a_script_with_two_keys_and_no_table(self) -> None:
        finding = judge("boot-table-half-created", facts(EMPTY, log(BOOT, TWICE)))
        missing = judge("boot-table-missing", facts(EMPTY, log(BOOT, TWICE)))
        assert isinstance(finding, Confirmed)
        assert isinstance(missing, Confirmed)
        assert finding.certainty > missing.certainty

    def test_the_log_alone_tells_it_by_both_errors(self) -> None:
        assert isinstance(judge("boot-table-half-created", facts(None, log(BOOT, TWICE, MISSING))), Confirmed)
        assert not isinstance(judge("boot-table-half-created", facts(None, log(BOOT, TWICE))), Confirmed)

    def test_a_table_whose_expiry_has_another_name_is_another_librarys(self) -> None:
        knex = facts(database(table=made_of(*KNEX)))
        assert isinstance(judge("boot-table-half-created", knex), RuledOut)
        assert isinstance(judge("boot-foreign-table", knex), Confirmed)


class TestForeignTable:
    def test_a_table_of_an_authentication_kit(self) -> None:
        known = facts(database(table=made_of(*KIT)))
        assert isinstance(judge("boot-foreign-table", known), Confirmed)
        assert isinstance(judge("boot-table-half-created", known), RuledOut)
        assert isinstance(judge("boot-table-missing", known), RuledOut)
        assert isinstance(judge("save-no-primary-key", known), RuledOut)

    def test_the_log_alone_tells_it(self) -> None:
        error = line(Kind.SAVE_ERROR, "42703", 'column "sess" of relation "session" does not exist')
        assert isinstance(judge("boot-foreign-table", facts(None, log(BOOT, error))), Confirmed)

    def test_a_missing_column_of_another_name_is_not_ours(self) -> None:
        error = line(Kind.ERROR, "42703", 'column "email" does not exist')
        assert isinstance(judge("boot-foreign-table", facts(None, log(BOOT, error))), RuledOut)

    def test_a_table_of_another_name_does_not_stand_in_the_way(self) -> None:
        django = relation("public", "django_session", columns=("session_key", "session_data", "expire_date"), in_search_path=True)
        known = facts(database(table=None, relations=(django,)))
        assert isinstance(judge("boot-foreign-table", known), RuledOut)
        assert isinstance(judge("boot-table-missing", known), Confirmed)


class TestKeyAddedTwice:
    def test_on_a_healthy_table_it_is_a_note_that_says_why(self) -> None:
        finding = judge("boot-key-added-twice", facts(database(), log(BOOT, SAVED, BOOT, TWICE, SAVED)))
        assert isinstance(finding, Noted)
        assert "only DDL raises 42P16" in finding.why_not_a_cause

    def test_without_the_database_it_is_a_note_as_well(self) -> None:
        assert isinstance(judge("boot-key-added-twice", facts(None, log(BOOT, TWICE, SAVED))), Noted)

    def test_it_is_not_harmless_where_the_table_lacks_its_key_or_is_missing(self) -> None:
        keyless = database(table=table(indexes=()))
        assert isinstance(judge("boot-key-added-twice", facts(keyless, log(BOOT, TWICE))), RuledOut)
        assert isinstance(judge("boot-key-added-twice", facts(EMPTY, log(BOOT, TWICE))), RuledOut)
        assert isinstance(judge("boot-key-added-twice", facts(None, log(BOOT, TWICE, MISSING))), RuledOut)

    def test_another_tables_key_is_not_ours(self) -> None:
        other = line(Kind.ERROR, "42P16", 'multiple primary keys for table "invoices" are not allowed')
        assert isinstance(judge("boot-key-added-twice", facts(database(), log(BOOT, other))), RuledOut)

    def test_without_a_log_it_is_unseen(self) -> None:
        assert isinstance(judge("boot-key-added-twice", facts(database())), Unseen)


class TestDdlAbortsStart:
    FATAL = line(Kind.ERROR, "42P16", f"error: {TWICE_TEXT}")
    END = line(Kind.EXIT, "42P16", f"error: {TWICE_TEXT}")

    def test_the_process_ends_with_it(self) -> None:
        known = facts(database(), log(BOOT, SAVED, LOGIN, BOOT, self.FATAL, self.END))
        assert isinstance(judge("boot-ddl-aborts-start", known), Confirmed)
        assert isinstance(judge("boot-key-added-twice", known), RuledOut)

    def test_a_constraint_s_name_that_is_taken_is_no_second_creation(self) -> None:
        taken = line(Kind.EXIT, "42P07", 'relation "session_pkey" already exists')
        known = facts(None, log(BOOT, taken))
        assert isinstance(judge("boot-ddl-aborts-start", known), RuledOut)
        assert isinstance(judge("boot-constraint-name-taken", known), Confirmed)

    def test_a_process_that_goes_on_is_not_ended_by_it(self) -> None:
        known = facts(None, log(BOOT, TWICE, LOGIN))
        assert isinstance(judge("boot-ddl-aborts-start", known), RuledOut)

    def test_an_end_for_another_reason_in_a_later_run_is_not_its_work(self) -> None:
        known = facts(None, log(BOOT, TWICE, LOGIN, BOOT, EXIT))
        assert isinstance(judge("boot-ddl-aborts-start", known), RuledOut)
        assert isinstance(judge("boot-key-added-twice", known), Noted)

    def test_a_later_start_that_serves_shows_that_it_is_over(self) -> None:
        known = facts(None, log(BOOT, self.FATAL, self.END, BOOT, LOGIN, SAVED))
        assert isinstance(judge("boot-ddl-aborts-start", known), RuledOut)
