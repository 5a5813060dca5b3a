"""Causes that an error tells by itself: met by the doctor, read in a log, or absent."""

from dataclasses import replace

import pytest

from sessile.doctor.causes import errors
from sessile.doctor.facts import Failure
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import Column, TableShape
from tests.doctor.facts_builder import (
    AUTHORIZED,
    BOOT,
    EXPIRE_INDEX,
    HEALTHY_LOG,
    KEY,
    LOGIN,
    SAVED,
    Line,
    database,
    facts,
    holder,
    judge,
    line,
    log,
    rows,
    server,
    table,
    tried,
    trigger,
    unreachable,
)

PUBLIC = "permission denied for schema public"
HBA = 'no pg_hba.conf entry for host "10.0.0.8", user "app", database "shop"'

IN_A_LOG = [
    ("boot-creation-denied", "42501", PUBLIC),
    ("boot-constraint-name-taken", "42P07", 'relation "session_pkey" already exists'),
    ("boot-schema-missing", "3F000", 'schema "auth" does not exist'),
    ("boot-table-sql-missing", "ENOENT", "ENOENT: no such file or directory, open '/srv/dist/table.sql'"),
    ("boot-trust-proxy-unreadable", "TRUST_PROXY", "TypeError: invalid IP address: true"),
    ("reach-refused", "ECONNREFUSED", "connect ECONNREFUSED 10.0.0.5:5432"),
    ("reach-unreachable", "ETIMEDOUT", "connect ETIMEDOUT 10.0.0.5:5432"),
    ("reach-socket-missing", "ENOENT", "connect ENOENT /cloudsql/p:r:i/.s.PGSQL.5432"),
    ("reach-wrong-password", "28P01", 'password authentication failed for user "app"'),
    ("reach-role-missing", "28000", 'role "shp" does not exist'),
    ("reach-database-missing", "3D000", 'database "shp" does not exist'),
    ("reach-password-missing", "SASL_NO_PASSWORD", "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"),
    ("reach-ssl-required", "28000", f"{HBA}, no encryption"),
    ("reach-ssl-required", "28000", f"{HBA}, SSL off"),
    ("reach-not-admitted", "28000", f"{HBA}, SSL encryption"),
    ("reach-certificate-rejected", "DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
    ("reach-ssl-not-offered", "SSL_NOT_SUPPORTED", "The server does not support SSL connections"),
    ("reach-pool-exhausted", "POOL_TIMEOUT", "timeout exceeded when trying to connect"),
    ("reach-pool-ended", "POOL_ENDED", "Cannot use a pool after calling end on the pool"),
    ("reach-connection-terminated", "57P01", "terminating connection due to administrator command"),
    ("reach-connection-terminated", "CONNECTION_TERMINATED", "Connection terminated unexpectedly"),
    ("reach-statement-timeout", "57014", "canceling statement due to statement timeout"),
    ("reach-disk-full", "53100", 'could not extend file "base/5/16400": No space left on device'),
    ("save-transaction-aborted", "25P02", "current transaction is aborted, commands ignored until end of transaction block"),
    ("save-text-rejected", "22P05", "unsupported Unicode escape sequence"),
    ("save-text-rejected", "22P02", "invalid input syntax for type json"),
    ("save-encoding-too-narrow", "22P05", 'character in encoding "UTF8" has no equivalent in encoding "LATIN1"'),
    ("find-index-corrupt", "XX002", 'invalid meta page found at block 3 in index "session_pkey"'),
    ("read-cookie-missing", "COOKIE_READ", "Cannot read properties of undefined (reading 'expires')"),
    ("read-max-age-text", "MAXAGE_TYPE", "maxAge must be a number or Date"),
    ("find-deleted-during-request", "SESSION_DELETED", "The request's session was deleted before the request completed."),
    ("save-parallel-first-saves", "23505", 'duplicate key value violates unique constraint "sessions_pkey"'),
    ("read-flask-expiry-null", "EXPIRY_NULL", "TypeError: can't compare datetime.datetime to NoneType"),
    ("read-user-key-of-another-type", "USER_KEY", "ValidationError: ['“1” is not a valid UUID.']"),
    ("read-deserialize-fails", "DESERIALIZE_FAILS", 'relation "clinics" does not exist'),
    ("read-serializer-changed", "SESSION_UNREADABLE", "_pickle.UnpicklingError: Failed to deserialize session data"),
]
AT_A_SAVE = [
    ("reach-url-unescaped", "ERR_INVALID_URL", "Invalid URL"),
    ("save-trigger-error", "P0001", "not while the shop is closed"),
    ("save-not-serializable", "UNSERIALIZABLE", "Do not know how to serialize a BigInt"),
]
OF_A_FILE = "find-table-corrupt"
"""Its errors are an index's as well: it needs the database."""
TABLED = {cause.id for cause in errors.CAUSES if "-redis-" not in cause.id}
"""Those of Redis have tests of their own (`test_redis.py`)."""


def confirmed_by_log(code: str, text: str, kind: Kind = Kind.ERROR) -> set[str]:
    known = facts(None, log(BOOT, line(kind, code, text), line(kind, code, text)))
    return {cause.id for cause in errors.CAUSES if isinstance(cause.judge(known), Confirmed)}


@pytest.mark.parametrize(("cause", "code", "text"), IN_A_LOG)
def test_one_line_of_a_log_names_its_cause_and_no_other(cause: str, code: str, text: str) -> None:
    assert confirmed_by_log(code, text) == {cause}


@pytest.mark.parametrize(("cause", "code", "text"), AT_A_SAVE)
def test_a_line_that_any_query_could_write_needs_to_speak_of_sessions(cause: str, code: str, text: str) -> None:
    assert confirmed_by_log(code, text, Kind.SAVE_ERROR) == {cause}
    assert confirmed_by_log(code, text, Kind.ERROR) == set()


def test_every_error_of_the_table_has_a_line_here() -> None:
    assert {cause for cause, _, _ in IN_A_LOG + AT_A_SAVE} | {OF_A_FILE} == TABLED


@pytest.mark.parametrize("cause", sorted(TABLED))
def test_a_log_without_the_error_rules_it_out(cause: str) -> None:
    assert judge(cause, facts(None, HEALTHY_LOG)) == RuledOut("no such error in 7 lines of log")


@pytest.mark.parametrize("cause", sorted(TABLED))
def test_without_evidence_it_is_unseen(cause: str) -> None:
    assert isinstance(judge(cause, facts()), Unseen)


@pytest.mark.parametrize(
    ("cause", "code", "message"),
    [
        ("reach-refused", "ECONNREFUSED", 'connection to server at "10.0.0.5", port 5432 failed: Connection refused'),
        ("reach-socket-missing", "ENOENT", 'connection to server on socket "/tmp/.s.PGSQL.5432" failed: No such file'),
        ("reach-wrong-password", "28P01", 'FATAL:  password authentication failed for user "app"'),
        ("reach-role-missing", "28000", 'FATAL:  role "shp" does not exist'),
        ("reach-database-missing", "3D000", 'FATAL:  database "shp" does not exist'),
        ("reach-ssl-required", "28000", f"FATAL:  {HBA}, no encryption"),
        ("reach-ssl-not-offered", "SSL_NOT_SUPPORTED", "server does not support SSL, but SSL was required"),
    ],
)
def test_what_the_doctor_meets_when_connecting_is_certain(cause: str, code: str, message: str) -> None:
    known = facts(unreachable(code, message))
    found = {each.id: finding for each in errors.CAUSES if isinstance(finding := each.judge(known), Confirmed)}
    assert set(found) == {cause}
    assert found[cause].certainty == 0.99


@pytest.mark.parametrize(
    ("cause", "code", "message"),
    [
        ("reach-disk-full", "53100", "could not extend file: No space left on device"),
        ("reach-statement-timeout", "57014", "canceling statement due to statement timeout"),
        ("find-index-corrupt", "XX002", 'index "session_pkey" contains unexpected zero page at block 0'),
    ],
)
def test_what_the_login_of_the_experiment_meets_is_certain(cause: str, code: str, message: str) -> None:
    finding = judge(cause, facts(database(experiment=tried({"save": Failure(code, message)}))))
    assert isinstance(finding, Confirmed)
    assert finding.certainty == 0.99
    assert finding.evidence[0].source == "experiment"


class TestADamagedFile:
    SHAPE = table(indexes=(replace(KEY, file="base/5/16402"), EXPIRE_INDEX))

    def judged(self, message: str, shape: TableShape = SHAPE) -> tuple[type, type]:
        """What is said of the index and of the table when the doctor meets the error as it reads."""
        known = facts(database(table=shape, damage=(Failure("XX001", message),)))
        return type(judge("find-index-corrupt", known)), type(judge("find-table-corrupt", known))

    @pytest.mark.parametrize("path", ["base/5/16402", '"base/5/16402"', "base/5/16402.1"])
    def test_of_an_index_is_not_the_tables(self, path: str) -> None:
        assert self.judged(f"invalid page in block 1 of relation {path}") == (Confirmed, RuledOut)

    @pytest.mark.parametrize("path", ["base/5/16400", '"base/5/16400"', "base/5/164020", "base/5/1640"])
    def test_of_no_index_is_the_tables(self, path: str) -> None:
        assert self.judged(f"invalid page in block 1 of relation {path}") == (RuledOut, Confirmed)

    def test_whose_owner_is_not_known_may_be_either(self) -> None:
        assert self.judged("invalid page in block 1 of relation base/5/16402", table()) == (Undecided, Undecided)
        line_of_a_log = facts(None, log(BOOT, line(Kind.SAVE_ERROR, "XX001", "invalid page in block 1 of relation base/5/16402")))
        assert isinstance(judge("find-table-corrupt", line_of_a_log), Undecided)

    def test_an_index_that_the_error_names_needs_no_file(self) -> None:
        message = 'index "session_pkey" contains unexpected zero page at block 0'
        known = facts(database(damage=(Failure("XX002", message),)))
        assert isinstance(judge("find-index-corrupt", known), Confirmed)


def test_a_trigger_that_raises_an_error_in_the_experiment_is_certain() -> None:
    shape = table(triggers=(trigger("CREATE TRIGGER guard BEFORE INSERT ON session EXECUTE FUNCTION closed()"),))
    known = database(table=shape, experiment=tried({"save": Failure("P0001", "not while the shop is closed")}))
    assert isinstance(judge("save-trigger-error", facts(known)), Confirmed)
    assert isinstance(judge("save-trigger-error", facts(database(experiment=known.experiment))), RuledOut)


class TestContradictions:
    @pytest.mark.parametrize("also", [(LOGIN, AUTHORIZED), (line(Kind.SERVER_ERROR, "500", "POST /login 500", "/login"),)])
    def test_users_who_are_let_in_or_cannot_even_log_in_have_no_failing_look_up(self, also: tuple[Line, ...]) -> None:
        failed = line(Kind.ERROR, "DESERIALIZE_FAILS", "TypeError: Cannot read properties of undefined")
        assert isinstance(judge("read-deserialize-fails", facts(None, log(BOOT, failed, *also))), RuledOut)

    def test_a_connection_rules_out_what_keeps_from_connecting(self) -> None:
        assert isinstance(judge("reach-wrong-password", facts(database())), RuledOut)

    def test_a_login_that_succeeds_rules_out_a_full_disk_the_log_tells_of(self) -> None:
        full = log(BOOT, line(Kind.SAVE_ERROR, "53100", "No space left on device"))
        assert isinstance(judge("reach-disk-full", facts(database(), full)), RuledOut)

    def test_an_address_that_the_doctor_reached_does_not_refuse(self) -> None:
        refused = log(BOOT, line(Kind.ERROR, "ECONNREFUSED", "connect ECONNREFUSED 10.0.0.5:5433"))
        reached = database(address="postgresql://app@10.0.0.5:5433/shop")
        assert isinstance(judge("reach-refused", facts(reached, refused)), RuledOut)
        assert isinstance(judge("reach-refused", facts(database(), refused)), Confirmed)

    def test_the_default_address_is_a_missing_url_and_no_refusing_server(self) -> None:
        refused = log(BOOT, line(Kind.ERROR, "ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:5432"))
        assert isinstance(judge("reach-refused", facts(None, refused)), RuledOut)

    def test_a_table_that_is_there_was_created_after_all(self) -> None:
        denied = log(BOOT, line(Kind.ERROR, "42501", PUBLIC))
        assert isinstance(judge("boot-creation-denied", facts(database(), denied)), RuledOut)

    def test_a_statement_that_waits_for_a_lock_is_not_slow_by_itself(self) -> None:
        slow = log(BOOT, line(Kind.SAVE_ERROR, "57014", "canceling statement due to statement timeout"))
        assert isinstance(judge("reach-statement-timeout", facts(database(holders=(holder(waiting=4),)), slow)), RuledOut)

    def test_json_takes_the_text_that_jsonb_refuses(self) -> None:
        nul = log(BOOT, line(Kind.SAVE_ERROR, "22P05", "unsupported Unicode escape sequence"), SAVED)
        assert isinstance(judge("save-text-rejected", facts(database(), nul)), RuledOut)
        jsonb = database(table=table(Column("sess", "jsonb", not_null=True)))
        assert isinstance(judge("save-text-rejected", facts(jsonb, nul)), Confirmed)

    def test_a_utf8_database_has_an_equivalent_of_everything(self) -> None:
        narrow = log(BOOT, line(Kind.SAVE_ERROR, "22P05", 'has no equivalent in encoding "LATIN1"'))
        assert isinstance(judge("save-encoding-too-narrow", facts(database(), narrow)), RuledOut)
        latin = database(server=server(encoding="LATIN1"))
        assert isinstance(judge("save-encoding-too-narrow", facts(latin, narrow)), Confirmed)

    def test_rows_that_all_hold_a_cookie_are_not_the_ones_that_broke(self) -> None:
        broke = log(BOOT, line(Kind.ERROR, "COOKIE_READ", "reading 'expires'"))
        assert isinstance(judge("read-cookie-missing", facts(database(), broke)), RuledOut)
        lacking = database(rows=rows(without_cookie=2))
        assert isinstance(judge("read-cookie-missing", facts(lacking, broke)), Confirmed)
        sample = database(rows=rows(complete=False))
        assert isinstance(judge("read-cookie-missing", facts(sample, broke)), Confirmed)

    def test_a_pool_that_starved_for_a_moment_is_undecided(self) -> None:
        starved = log(BOOT, line(Kind.ERROR, "POOL_TIMEOUT", "timeout exceeded when trying to connect"), LOGIN, AUTHORIZED)
        assert isinstance(judge("reach-pool-exhausted", facts(None, starved)), Undecided)
