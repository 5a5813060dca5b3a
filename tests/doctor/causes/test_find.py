"""Causes by which a reader does not see the row."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sessile.doctor.facts import Failure, Unknown
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import Persistence, Policy
from tests.doctor.facts_builder import (
    AUTHORIZED,
    BOOT,
    HEALTHY_LOG,
    NO_SESSION,
    NOW,
    SAVED,
    SID,
    STARTED,
    database,
    facts,
    judge,
    line,
    log,
    relation,
    rows,
    server,
    setting,
    table,
    tried,
)

EVERYTHING = Policy("everything", "*", permissive=True, for_me=True, using="true", check="true")
REFUSED = Failure("42501", 'new row violates row-level security policy for table "session"')


class TestRowSecurity:
    ACTIVE = table(row_security=True, row_security_enabled=True)

    def test_no_policy_for_this_role(self) -> None:
        known = facts(database(table=self.ACTIVE, experiment=tried({"save": REFUSED}, find=0)))
        finding = judge("find-row-security", known)
        assert isinstance(finding, Confirmed)
        assert "no policy lets app SELECT, INSERT, UPDATE, DELETE" in finding.evidence[0].says
        assert isinstance(judge("save-rights-missing", known), RuledOut)

    def test_a_policy_for_insert_alone_is_not_enough(self) -> None:
        shape = replace(self.ACTIVE, policies=(replace(EVERYTHING, command="a"),))
        finding = judge("find-row-security", facts(database(table=shape, experiment=Unknown("not wanted"))))
        assert isinstance(finding, Confirmed)
        assert "no policy lets app SELECT, UPDATE, DELETE" in finding.evidence[0].says

    def test_a_policy_that_refuses_the_login(self) -> None:
        shape = replace(self.ACTIVE, policies=(replace(EVERYTHING, using="false", check="false"),))
        assert isinstance(
            judge("find-row-security", facts(database(table=shape, experiment=tried({"save": REFUSED})))), Confirmed
        )

    def test_policies_that_let_the_login_through(self) -> None:
        shape = replace(self.ACTIVE, policies=(EVERYTHING,))
        assert isinstance(judge("find-row-security", facts(database(table=shape))), RuledOut)
        untried = database(table=shape, experiment=Unknown("not wanted"))
        assert isinstance(judge("find-row-security", facts(untried)), Undecided)

    def test_a_policy_for_another_role_does_not_count(self) -> None:
        shape = replace(self.ACTIVE, policies=(replace(EVERYTHING, for_me=False),))
        assert isinstance(judge("find-row-security", facts(database(table=shape, experiment=tried(find=0)))), Confirmed)

    def test_for_the_owner_it_is_a_note_that_asks_for_the_services_role(self) -> None:
        finding = judge("find-row-security", facts(database(table=table(row_security_enabled=True))))
        assert isinstance(finding, Noted)
        assert "diagnose with that role's URL" in finding.why_not_a_cause

    def test_the_services_own_error_proves_it_to_the_owner(self) -> None:
        refused = log(BOOT, line(Kind.SAVE_ERROR, "42501", REFUSED.message, "session"))
        for given in (None, database(table=table(row_security_enabled=True))):
            assert isinstance(judge("find-row-security", facts(given, refused)), Confirmed)

    def test_it_is_not_enabled(self) -> None:
        assert isinstance(judge("find-row-security", facts(database(), HEALTHY_LOG)), RuledOut)


class TestTableInOtherSchema:
    MISSING = line(Kind.SAVE_ERROR, "42P01", 'relation "session" does not exist', "session")
    AWAY = database(table=table(schema="auth", in_search_path=False), relations=(relation("auth", rows=9),))

    def test_a_custom_schema_is_a_note_while_nothing_is_missed(self) -> None:
        finding = judge("find-table-in-other-schema", facts(self.AWAY))
        assert isinstance(finding, Noted)
        assert finding.title == 'The session table is in schema "auth"'

    def test_a_service_that_misses_it_looks_in_the_wrong_place(self) -> None:
        known = facts(self.AWAY, log(BOOT, self.MISSING))
        finding = judge("find-table-in-other-schema", known)
        assert isinstance(finding, Confirmed)
        assert finding.title == 'The sessions stand in schema "auth", where the service does not look'
        assert isinstance(judge("boot-table-missing", known), RuledOut)

    def test_a_service_that_names_the_schema_which_the_table_has_left(self) -> None:
        known = facts(self.AWAY, log(BOOT, line(Kind.SAVE_ERROR, "42P01", 'relation "public.session" does not exist')))
        assert isinstance(judge("find-table-in-other-schema", known), Confirmed)
        assert isinstance(judge("boot-table-missing", known), RuledOut)

    def test_the_table_need_not_have_been_chosen_for_that(self) -> None:
        known = facts(database(table=None, relations=(relation("auth", rows=9),)), log(BOOT, self.MISSING))
        assert isinstance(judge("find-table-in-other-schema", known), Confirmed)

    def test_a_second_table_elsewhere_proves_nothing(self) -> None:
        second = database(relations=(relation("public", in_search_path=True), relation("tenant", rows=50)))
        assert isinstance(judge("find-table-in-other-schema", facts(second)), Undecided)

    def test_another_roles_search_path_is_shown(self) -> None:
        second = database(
            relations=(relation("public", in_search_path=True), relation("tenant", rows=50)),
            server=server(
                settings=(setting("worker", "search_path", "tenant, public"), setting("other", "search_path", "public"))
            ),
        )
        finding = judge("find-table-in-other-schema", facts(second))
        assert isinstance(finding, Undecided)
        assert [evidence.says for evidence in finding.evidence][1:] == ["role worker looks in tenant, public"]

    def test_an_empty_table_that_hides_live_sessions(self) -> None:
        hidden = relation("public", in_search_path=True, rows=50, newest=NOW + timedelta(days=1))
        known = database(
            table=table(schema="app"),
            relations=(relation("app", in_search_path=True), hidden),
            server=server(search_path=("app", "public")),
            rows=rows(read=0, live=0, expired=0),
        )
        finding = judge("find-table-in-other-schema", facts(known))
        assert isinstance(finding, Confirmed)
        assert finding.title == 'Live sessions stand in "public"."session", which "app"."session" hides from app'
        left_behind = replace(
            known, relations=(relation("app", in_search_path=True), replace(hidden, newest=NOW - timedelta(days=9)))
        )
        assert isinstance(judge("find-table-in-other-schema", facts(left_behind)), Undecided)

    def test_one_table_in_the_search_path(self) -> None:
        assert isinstance(judge("find-table-in-other-schema", facts(database())), RuledOut)

    def test_no_table_at_all(self) -> None:
        assert isinstance(judge("find-table-in-other-schema", facts(database(table=None, relations=()))), RuledOut)


class TestTableUnlogged:
    UNLOGGED = table(persistence=Persistence.UNLOGGED)
    CRASHED = server(statistics_since=STARTED + timedelta(seconds=1))

    def test_without_a_crash_it_is_a_risk(self) -> None:
        assert isinstance(judge("find-table-unlogged", facts(database(table=self.UNLOGGED))), Noted)

    def test_a_crash_emptied_it(self) -> None:
        emptied = database(table=self.UNLOGGED, server=self.CRASHED, rows=rows(read=0, live=0, expired=0))
        finding = judge("find-table-unlogged", facts(emptied))
        assert isinstance(finding, Confirmed)
        assert finding.title == '"public"."session" is unlogged, and a crash emptied it'

    def test_rows_that_came_after_the_crash_leave_a_little_doubt(self) -> None:
        finding = judge("find-table-unlogged", facts(database(table=self.UNLOGGED, server=self.CRASHED)))
        assert isinstance(finding, Confirmed)
        assert finding.certainty == 0.9

    def test_a_crash_does_not_empty_a_logged_table(self) -> None:
        assert isinstance(judge("find-table-unlogged", facts(database(server=self.CRASHED))), RuledOut)

    def test_a_temporary_table_ends_with_its_connection(self) -> None:
        known = database(table=table(persistence=Persistence.TEMPORARY))
        assert isinstance(judge("find-table-unlogged", facts(known)), Confirmed)


class TestIndexDisagrees:
    CHANGED = server(collation_changed=True)

    def test_a_changed_collation_is_a_risk_until_look_ups_miss(self) -> None:
        known = database(server=self.CHANGED)
        assert isinstance(judge("find-index-disagrees", facts(known)), Noted)
        assert isinstance(judge("find-index-disagrees", facts(known, log(BOOT, SAVED, NO_SESSION))), Undecided)

    def test_an_index_in_byte_order_does_not_care(self) -> None:
        known = database(server=self.CHANGED, table=table(replace(SID, collation="C")))
        assert isinstance(judge("find-index-disagrees", facts(known)), RuledOut)

    def test_nothing_has_changed(self) -> None:
        assert isinstance(judge("find-index-disagrees", facts(database())), RuledOut)


class TestRowsRemoved:
    EMPTY = database(rows=rows(read=0, live=0, expired=0))
    DROPPED = line(Kind.WARNING, "TABLE_DROPPED", 'DROP TABLE "session" CASCADE;')

    def test_saved_sessions_and_cookies_without_a_row_leave_it_undecided(self) -> None:
        assert isinstance(judge("find-rows-removed", facts(self.EMPTY, log(BOOT, SAVED, NO_SESSION))), Undecided)

    @pytest.mark.parametrize("lines", [(BOOT, SAVED), (BOOT, NO_SESSION), (BOOT, SAVED, AUTHORIZED)])
    def test_an_empty_table_alone_is_no_sign(self, lines: tuple[tuple[Kind, str, str, tuple[str, ...]], ...]) -> None:
        assert isinstance(judge("find-rows-removed", facts(self.EMPTY, log(*lines))), RuledOut)

    def test_live_rows_rule_it_out(self) -> None:
        assert isinstance(judge("find-rows-removed", facts(database(), log(BOOT, SAVED, NO_SESSION))), RuledOut)

    def test_a_deploy_that_drops_the_table(self) -> None:
        assert isinstance(judge("find-rows-removed", facts(self.EMPTY, log(BOOT, SAVED, self.DROPPED, NO_SESSION))), Confirmed)
        assert isinstance(judge("find-rows-removed", facts(None, log(self.DROPPED, BOOT, SAVED, self.DROPPED, SAVED))), Confirmed)

    def test_once_and_long_ago_is_a_note(self) -> None:
        assert isinstance(judge("find-rows-removed", facts(database(), log(BOOT, self.DROPPED, SAVED))), Noted)

    def test_without_a_log_it_is_unseen(self) -> None:
        assert isinstance(judge("find-rows-removed", facts(self.EMPTY)), Unseen)
