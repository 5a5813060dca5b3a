"""Causes by which the store does not answer."""

from datetime import timedelta

import pytest

from sessile.doctor.facts import Failure
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.facts_builder import (
    AUTHORIZED,
    BOOT,
    EXPIRE_INDEX,
    HEALTHY_LOG,
    KEY,
    LOGIN,
    NOW,
    SAVED,
    STARTED,
    Line,
    database,
    environment,
    facts,
    holder,
    judge,
    line,
    log,
    server,
    table,
    tried,
    unreachable,
)

LOCALHOST = line(Kind.ERROR, "ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:5432", "127.0.0.1:5432")
READ_ONLY = line(Kind.SAVE_ERROR, "25006", "cannot execute INSERT in a read-only transaction")
RACE = line(
    Kind.ERROR, "23505", 'duplicate key value violates unique constraint "pg_type_typname_nsp_index"', "pg_type_typname_nsp_index"
)


class TestUrlMissing:
    def test_the_default_address_in_a_log(self) -> None:
        assert isinstance(judge("reach-url-missing", facts(None, log(BOOT, LOCALHOST))), Confirmed)

    def test_an_environment_without_the_variable_is_shown(self) -> None:
        without = environment("PORT", "SESSION_SECRET")
        finding = judge("reach-url-missing", facts(None, log(BOOT, LOCALHOST), environments=(without,)))
        assert isinstance(finding, Confirmed)
        assert finding.evidence[-1].says == "DATABASE_URL is not set"

    @pytest.mark.parametrize("address", ["10.0.0.5:5432", "127.0.0.1:5433", "db.example:5432"])
    def test_any_other_address_was_given_to_it(self, address: str) -> None:
        refused = line(Kind.ERROR, "ECONNREFUSED", f"connect ECONNREFUSED {address}")
        assert isinstance(judge("reach-url-missing", facts(None, log(BOOT, refused))), RuledOut)

    def test_a_url_that_names_this_very_address_is_not_missing(self) -> None:
        local = environment("DATABASE_URL", database_address="localhost:5432/shop")
        assert isinstance(judge("reach-url-missing", facts(None, log(BOOT, LOCALHOST), environments=(local,))), RuledOut)

    def test_sessions_that_work_again_contradict_it(self) -> None:
        assert isinstance(judge("reach-url-missing", facts(None, log(BOOT, LOCALHOST, BOOT, AUTHORIZED))), RuledOut)


class TestUrlQuoted:
    def test_the_host_called_base(self) -> None:
        base = log(BOOT, line(Kind.ERROR, "ENOTFOUND", "getaddrinfo ENOTFOUND base", "base"))
        assert isinstance(judge("reach-url-quoted", facts(None, base)), Confirmed)
        assert not isinstance(judge("reach-host-not-found", facts(None, base)), Confirmed)

    def test_quotes_that_are_part_of_the_value(self) -> None:
        quoted = environment("DATABASE_URL", database_address="db.example:5432/shop", database_quoted=True)
        assert isinstance(judge("reach-url-quoted", facts(environments=(quoted,))), Confirmed)
        assert isinstance(judge("reach-url-quoted", facts(database(quoted=True))), Confirmed)

    def test_a_plain_url_rules_it_out(self) -> None:
        plain = environment("DATABASE_URL", database_address="db.example:5432/shop")
        assert isinstance(judge("reach-url-quoted", facts(environments=(plain,))), RuledOut)


class TestHostNotFound:
    def test_an_unknown_host_in_a_log(self) -> None:
        unknown = log(BOOT, line(Kind.ERROR, "ENOTFOUND", "getaddrinfo ENOTFOUND db.exampel", "db.exampel"))
        assert isinstance(judge("reach-host-not-found", facts(None, unknown)), Confirmed)
        assert not isinstance(judge("reach-url-quoted", facts(None, unknown)), Confirmed)

    def test_an_internal_name_is_called_one(self) -> None:
        internal = log(BOOT, line(Kind.ERROR, "ENOTFOUND", "getaddrinfo ENOTFOUND dpg-d1example-a"))
        finding = judge("reach-host-not-found", facts(None, internal))
        assert isinstance(finding, Confirmed)
        assert finding.title.startswith("dpg-d1example-a is an internal name")

    def test_an_internal_name_proves_nothing_to_a_doctor_outside(self) -> None:
        outside = unreachable("ENOTFOUND", 'could not translate host name "dpg-d1example-a" to address')
        assert isinstance(judge("reach-host-not-found", facts(outside)), Unseen)

    def test_a_name_that_resolves_nowhere_proves_it_to_the_doctor(self) -> None:
        nowhere = unreachable("ENOTFOUND", 'could not translate host name "db.exampel" to address')
        assert isinstance(judge("reach-host-not-found", facts(nowhere)), Confirmed)

    def test_the_name_of_a_container_proves_nothing_to_a_doctor_outside(self) -> None:
        outside = unreachable("ENOTFOUND", "failed to resolve host 'db': [Errno -2] Name or service not known")
        assert isinstance(judge("reach-host-not-found", facts(outside)), Unseen)

    def test_a_machine_that_resolves_no_names_proves_nothing(self) -> None:
        offline = unreachable(
            "EAI_AGAIN", "failed to resolve host 'db.shop.test': [Errno -3] Temporary failure in name resolution"
        )
        assert isinstance(judge("reach-host-not-found", facts(offline)), Unseen)

    def test_a_connection_rules_it_out(self) -> None:
        assert isinstance(judge("reach-host-not-found", facts(database())), RuledOut)


class TestReadOnly:
    def test_a_standby_is_told_by_the_server(self) -> None:
        standby = facts(database(server=server(standby=True)), log(BOOT, READ_ONLY))
        assert isinstance(judge("reach-standby", standby), Confirmed)
        assert isinstance(judge("reach-default-read-only", standby), RuledOut)

    def test_a_default_is_told_with_its_origin(self) -> None:
        reading = facts(database(server=server(read_only=True, read_only_source="user")))
        finding = judge("reach-default-read-only", reading)
        assert isinstance(finding, Confirmed)
        assert "set by: user" in finding.evidence[0].says
        assert isinstance(judge("reach-standby", reading), RuledOut)

    def test_a_log_alone_does_not_tell_which_of_the_two(self) -> None:
        known = facts(None, log(BOOT, READ_ONLY))
        finding = judge("reach-default-read-only", known)
        assert isinstance(finding, Confirmed)
        assert "or because the server is a standby" in finding.title
        assert isinstance(judge("reach-standby", known), Unseen)

    def test_a_role_that_may_write_leaves_the_logs_word_undecided(self) -> None:
        assert isinstance(judge("reach-default-read-only", facts(database(), log(BOOT, READ_ONLY))), Undecided)
        assert isinstance(judge("reach-default-read-only", facts(database())), RuledOut)


class TestLockHeld:
    def test_somebody_waits(self) -> None:
        finding = judge("reach-lock-held", facts(database(holders=(holder(waiting=3),))))
        assert isinstance(finding, Confirmed)
        assert finding.title == "Process 71 holds a lock on the session table"
        assert "3 waiting for it" in finding.evidence[0].says

    def test_an_old_lock_proves_it_without_waiters(self) -> None:
        assert isinstance(judge("reach-lock-held", facts(database(holders=(holder(age=timedelta(minutes=2)),)))), Confirmed)

    def test_a_passing_lock_proves_nothing(self) -> None:
        assert isinstance(judge("reach-lock-held", facts(database(holders=(holder(),)))), Undecided)

    def test_the_time_limit_for_a_lock_in_the_log_and_in_the_experiment(self) -> None:
        timeout = "canceling statement due to lock timeout"
        assert isinstance(judge("reach-lock-held", facts(None, log(BOOT, line(Kind.ERROR, "55P03", timeout)))), Confirmed)
        met = database(experiment=tried({"save": Failure("55P03", timeout)}))
        assert isinstance(judge("reach-lock-held", facts(met)), Confirmed)

    def test_nobody_waits(self) -> None:
        assert isinstance(judge("reach-lock-held", facts(database())), RuledOut)


class TestConnections:
    ROLE = 'too many connections for role "app"'

    def test_the_doctor_is_refused(self) -> None:
        full = facts(unreachable("53300", "FATAL:  sorry, too many clients already"))
        assert isinstance(judge("reach-connections-exhausted", full), Confirmed)
        assert not isinstance(judge("reach-role-connection-limit", full), Confirmed)

    def test_the_doctor_is_refused_by_its_roles_limit(self) -> None:
        limited = facts(unreachable("53300", f"FATAL:  {self.ROLE}"))
        assert isinstance(judge("reach-role-connection-limit", limited), Confirmed)
        assert not isinstance(judge("reach-connections-exhausted", limited), Confirmed)

    @pytest.mark.parametrize("text", ["sorry, too many clients already", "remaining connection slots are reserved for roles"])
    def test_the_log_tells_it(self, text: str) -> None:
        crowded = facts(None, log(BOOT, line(Kind.ERROR, "53300", text)))
        assert isinstance(judge("reach-connections-exhausted", crowded), Confirmed)
        assert not isinstance(judge("reach-role-connection-limit", crowded), Confirmed)

    def test_figures_tell_it(self) -> None:
        full = database(server=server(superuser=True, connections=98))
        assert isinstance(judge("reach-connections-exhausted", facts(full)), Confirmed)

    def test_the_doctors_own_connection_does_not_count(self) -> None:
        finding = judge("reach-connections-exhausted", facts(database(server=server(connections=97))))
        assert isinstance(finding, Noted)
        limited = database(server=server(role_connection_limit=5, role_connections=5))
        assert isinstance(judge("reach-role-connection-limit", facts(limited)), RuledOut)

    def test_a_limit_that_is_reached_by_others(self) -> None:
        limited = database(server=server(role_connection_limit=5, role_connections=6))
        assert isinstance(judge("reach-role-connection-limit", facts(limited)), Confirmed)

    def test_no_limit_is_no_limit(self) -> None:
        assert isinstance(judge("reach-role-connection-limit", facts(database())), RuledOut)


class TestCreationFailureRemembered:
    @staticmethod
    def refused(address: str = "10.0.0.5:5433") -> Line:
        return line(Kind.ERROR, "ECONNREFUSED", f"connect ECONNREFUSED {address}", address)

    def test_a_lost_race_that_is_repeated_needs_no_database(self) -> None:
        assert isinstance(judge("reach-creation-failure-remembered", facts(None, log(BOOT, RACE, RACE, RACE))), Confirmed)

    def test_a_table_in_order_makes_it_surer(self) -> None:
        finding = judge("reach-creation-failure-remembered", facts(database(), log(BOOT, RACE, RACE)))
        assert isinstance(finding, Confirmed)
        assert finding.certainty == 0.97
        assert finding.evidence[-1].source == "postgres"

    def test_a_race_that_was_lost_once_is_over(self) -> None:
        assert isinstance(judge("reach-creation-failure-remembered", facts(None, log(BOOT, RACE, LOGIN, SAVED))), RuledOut)

    def test_a_restart_cures_it(self) -> None:
        known = facts(database(), log(BOOT, RACE, RACE, BOOT, SAVED))
        assert isinstance(judge("reach-creation-failure-remembered", known), RuledOut)

    def test_once_in_each_run_is_a_boot_script_and_no_memory(self) -> None:
        known = facts(database(), log(BOOT, RACE, BOOT, RACE))
        assert isinstance(judge("reach-creation-failure-remembered", known), RuledOut)

    def test_another_instance_in_the_same_log_may_be_well(self) -> None:
        known = facts(None, log(BOOT, RACE, SAVED, RACE, SAVED, RACE, SAVED))
        assert isinstance(judge("reach-creation-failure-remembered", known), Confirmed)

    def test_duplicate_rows_are_no_race(self) -> None:
        duplicate = line(Kind.ERROR, "23505", 'duplicate key value violates unique constraint "session_pkey"')
        known = facts(None, log(BOOT, duplicate, duplicate))
        assert isinstance(judge("reach-creation-failure-remembered", known), RuledOut)

    def test_a_refusal_that_goes_on_while_the_server_is_up(self) -> None:
        reached = database(address="postgresql://app@10.0.0.5:5433/shop")
        known = facts(reached, log(BOOT, self.refused(), self.refused()))
        assert isinstance(judge("reach-creation-failure-remembered", known), Confirmed)
        assert isinstance(judge("reach-refused", known), RuledOut)

    def test_a_refusal_before_the_server_was_started_is_no_memory(self) -> None:
        reached = database(address="postgresql://app@10.0.0.5:5433/shop", server=server(started=NOW))
        known = facts(reached, log(BOOT, self.refused(), self.refused()))
        assert isinstance(judge("reach-creation-failure-remembered", known), RuledOut)

    def test_a_refusal_at_another_address_is_a_wrong_address(self) -> None:
        known = facts(database(), log(BOOT, self.refused(), self.refused(), since=STARTED + timedelta(hours=1)))
        assert isinstance(judge("reach-creation-failure-remembered", known), RuledOut)
        assert isinstance(judge("reach-refused", known), Confirmed)

    def test_a_right_that_was_granted_since(self) -> None:
        denied = line(Kind.ERROR, "42501", "permission denied for schema public")
        known = facts(database(), log(BOOT, denied, denied))
        assert isinstance(judge("reach-creation-failure-remembered", known), Confirmed)
        assert isinstance(judge("boot-creation-denied", known), RuledOut)

    def test_a_table_without_its_key_is_not_in_order(self) -> None:
        denied = line(Kind.ERROR, "42501", "permission denied for schema public")
        keyless = database(table=table(indexes=(EXPIRE_INDEX,)))
        assert not isinstance(judge("reach-creation-failure-remembered", facts(keyless, log(BOOT, denied, denied))), Confirmed)


def test_a_missing_index_on_expire_is_a_note() -> None:
    assert isinstance(judge("find-expire-index-missing", facts(database(table=table(indexes=(KEY,))))), Noted)
    assert isinstance(judge("find-expire-index-missing", facts(database(), HEALTHY_LOG)), RuledOut)
