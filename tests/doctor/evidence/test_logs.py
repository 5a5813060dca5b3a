"""Logs that real services wrote tell what went wrong in them, and no more."""

import io
from pathlib import Path

import pytest

from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts.logs import Event, Kind, Log

FIXTURES = Path(__file__).parents[2] / "fixtures" / "logs"

EXPRESS = {
    "column-extra-not-null": "TABLE_OK BOOT SAVE_ERROR:23502 SERVER_ERROR:500 UNAUTHORIZED",
    "columns-foreign": "TABLE_OK BOOT SAVE_ERROR:42703 SERVER_ERROR:500 ERROR:42703",
    "connection-refused": "TABLE_WARNING:ECONNREFUSED BOOT SAVE_ERROR:ECONNREFUSED SERVER_ERROR:500 ERROR:ECONNREFUSED",
    "connections-terminated": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED ERROR:57P01",
    "create-denied": "BOOT SAVE_ERROR:42501 SERVER_ERROR:500 ERROR:42501",
    "create-race-web-1": "BOOT SAVE_ERROR:23505 SERVER_ERROR:500 ERROR:23505",
    "create-race-web-2": "BOOT SAVED LOGIN AUTHORIZED",
    "create-race-web-3": "BOOT SAVE_ERROR:23505 SERVER_ERROR:500 ERROR:23505",
    "create-race-web-4": "BOOT SAVE_ERROR:23505 SERVER_ERROR:500 ERROR:23505",
    "database-missing": "TABLE_WARNING:3D000 BOOT SAVE_ERROR:3D000 SERVER_ERROR:500 ERROR:3D000",
    "ddl-contradictory": "TABLE_WARNING:42P16 BOOT SAVE_ERROR:42P01 SERVER_ERROR:500 ERROR:42P01",
    "ddl-rerun-fatal": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED ERROR:42P16 EXIT:42P16",
    "ddl-rerun": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED TABLE_WARNING:42P16",
    "deferrable-key": "TABLE_OK BOOT SAVE_ERROR:55000 SERVER_ERROR:500 UNAUTHORIZED",
    "expire-bigint": "TABLE_OK BOOT SAVE_ERROR:42804 SERVER_ERROR:500 ERROR:42883",
    "expire-text": "TABLE_OK BOOT SAVED LOGIN ERROR:42883 SERVER_ERROR:500",
    "healthy-debug": "TABLE_OK BOOT NO_COOKIE SAVED LOGIN SESSION_FOUND AUTHORIZED",
    "healthy-json": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED",
    "healthy": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED",
    "host-unknown": "TABLE_WARNING:ENOTFOUND BOOT SAVE_ERROR:ENOTFOUND SERVER_ERROR:500 ERROR:ENOTFOUND",
    "lock-timeout": "TABLE_OK BOOT SAVE_ERROR:55P03 SERVER_ERROR:500 ERROR:55P03",
    "memory-store": "ERROR:MEMORY_STORE BOOT SAVED LOGIN AUTHORIZED",
    "no-insert-right": "TABLE_OK BOOT SAVE_ERROR:42501 SERVER_ERROR:500 UNAUTHORIZED",
    "no-key-explicit": "TABLE_OK BOOT SAVE_ERROR:42P10 SERVER_ERROR:500 UNAUTHORIZED",
    "no-key-implicit-json": "TABLE_OK BOOT LOGIN ERROR:42P10 UNAUTHORIZED",
    "no-key-implicit": "TABLE_OK BOOT LOGIN ERROR:42P10 UNAUTHORIZED",
    "no-key-json": "TABLE_OK BOOT SAVE_ERROR:42P10 SERVER_ERROR:500 UNAUTHORIZED",
    "no-key-message": "TABLE_OK BOOT SAVE_ERROR:42P10 SERVER_ERROR:500 UNAUTHORIZED",
    "no-select-right": "TABLE_OK BOOT SAVE_ERROR:42501 SERVER_ERROR:500 ERROR:42501",
    "no-update-right": "TABLE_OK BOOT SAVE_ERROR:42501 SERVER_ERROR:500 UNAUTHORIZED",
    "password-wrong": "TABLE_WARNING:28P01 BOOT SAVE_ERROR:28P01 SERVER_ERROR:500 ERROR:28P01",
    "pool-ended": "TABLE_OK BOOT SAVE_ERROR:POOL_ENDED SERVER_ERROR:500 ERROR:POOL_ENDED",
    "pool-starved": "TABLE_OK BOOT SAVE_ERROR:POOL_TIMEOUT SERVER_ERROR:500 ERROR:POOL_TIMEOUT SAVED LOGIN",
    "prune-failed": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED ERROR:42501",
    "read-only": "TABLE_OK BOOT SAVE_ERROR:25006 SERVER_ERROR:500 UNAUTHORIZED",
    "row-security": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED UNAUTHORIZED SAVE_ERROR:42501 SERVER_ERROR:500",
    "schema-missing": "BOOT SAVE_ERROR:3F000 SERVER_ERROR:500 ERROR:3F000",
    "secret-changed-debug": "TABLE_OK BOOT NO_COOKIE SAVED LOGIN SESSION_FOUND AUTHORIZED SIGNATURE_INVALID UNAUTHORIZED",
    "secret-missing": "TABLE_OK WARNING:SECRET_NOT_GIVEN BOOT ERROR:SECRET_MISSING SERVER_ERROR:500",
    "sess-jsonb-nul": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED ERROR:22P05",
    "sid-too-short": "TABLE_OK BOOT SAVE_ERROR:22001 SERVER_ERROR:500 UNAUTHORIZED",
    "socket-missing": "TABLE_WARNING:ENOENT BOOT SAVE_ERROR:ENOENT SERVER_ERROR:500 UNAUTHORIZED",
    "statement-timeout": "TABLE_OK BOOT SAVE_ERROR:57014 SERVER_ERROR:500 ERROR:57014",
    "table-dropped": "TABLE_OK BOOT SAVED LOGIN AUTHORIZED ERROR:42P01 SERVER_ERROR:500",
    "table-missing-explicit": "TABLE_WARNING BOOT SAVE_ERROR:42P01 SERVER_ERROR:500 ERROR:42P01",
    "table-missing-implicit": "TABLE_WARNING BOOT LOGIN ERROR:42P01 SERVER_ERROR:500",
    "too-many-clients-reserved": "TABLE_WARNING:53300 BOOT SAVE_ERROR:53300 SERVER_ERROR:500 ERROR:53300",
    "too-many-clients-role": "TABLE_WARNING:53300 BOOT SAVE_ERROR:53300 SERVER_ERROR:500 ERROR:53300",
    "too-many-clients": "TABLE_WARNING:53300 BOOT SAVE_ERROR:53300 SERVER_ERROR:500 ERROR:53300",
}


def read(text: str | bytes, name: str = "app.log") -> Log:
    """The only log in a text."""
    (log,) = collect(name, text=io.BytesIO(text.encode() if isinstance(text, str) else text))
    return log


def express(name: str) -> Log:
    (log,) = collect(FIXTURES / "express" / f"{name}.log")
    return log


def told(log: Log) -> list[str]:
    return [f"{event.kind.name}:{event.code}".rstrip(":") for event in log.events]


def only(log: Log, kind: Kind, code: str = "") -> Event:
    (event,) = log.of(kind, code)
    return event


def test_every_recording_has_an_expectation() -> None:
    assert {path.stem for path in (FIXTURES / "express").glob("*.log")} == set(EXPRESS)


@pytest.mark.parametrize("name", EXPRESS)
def test_a_recording_of_express_tells_its_fault_in_order(name: str) -> None:
    assert told(express(name)) == EXPRESS[name].split()


@pytest.mark.parametrize("name", EXPRESS)
def test_no_line_of_a_recording_is_lost(name: str) -> None:
    path = FIXTURES / "express" / f"{name}.log"
    log = express(name)
    assert (log.lines, log.cut_off) == (len(path.read_text().splitlines()), False)


@pytest.mark.parametrize("name", [name for name in EXPRESS if name.startswith(("healthy", "create-race-web-2"))])
def test_a_healthy_service_shows_no_error_and_no_lost_login(name: str) -> None:
    log = express(name)
    assert (log.errors, log.login_then_401, log.boots) == ((), 0, 1)
    assert log.login_then_authorized == log.count(Kind.LOGIN) > 0


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("create-race-web-1", ("pg_type_typname_nsp_index", "pg_type")),
        ("no-insert-right", ("session",)),
        ("create-denied", ("public",)),
        ("schema-missing", ("auth",)),
        ("password-wrong", ("app",)),
        ("too-many-clients-role", ("limited",)),
        ("connection-refused", ("127.0.0.1:1",)),
        ("host-unknown", ("dpg-example-a",)),
        ("socket-missing", ("/cloudsql/project:zone:name/.s.PGSQL.5432",)),
        ("column-extra-not-null", ("user_id", "session")),
    ],
)
def test_an_error_names_its_object(name: str, values: tuple[str, ...]) -> None:
    assert only(express(name), Kind.SAVE_ERROR).values == values


def test_the_code_is_found_below_the_message_it_belongs_to() -> None:
    log = express("deferrable-key")
    error = only(log, Kind.SAVE_ERROR)
    assert error.text.startswith("Session save error: error: ON CONFLICT does not support deferrable")
    assert (error.code, error.count, error.first.line) == ("55000", 1, 4)


def test_the_routine_tells_the_two_origins_of_a_second_primary_key_apart() -> None:
    assert only(express("ddl-rerun"), Kind.TABLE_WARNING).values == ("session", "index_check_primary_key")


def test_a_crash_at_the_second_start_is_an_exit_of_the_second_run() -> None:
    log = express("ddl-rerun-fatal")
    crash = only(log, Kind.EXIT)
    assert (crash.code, crash.boots, crash.text) == (
        "42P16",
        (2,),
        'error: multiple primary keys for table "session" are not allowed',
    )
    assert log.boots == 2
    assert only(log, Kind.BOOT).count == 1


def test_cookies_that_fail_after_a_restart_fail_in_the_second_run() -> None:
    log = express("secret-changed-debug")
    first, second = log.runs
    assert only(log, Kind.SIGNATURE_INVALID).boots == (2,)
    assert (first.boot, first.logins, first.authorized, first.signature_invalid) == (1, 1, 1, 0)
    assert (second.boot, second.logins, second.signature_invalid, second.unauthorized_before_login) == (2, 0, 1, 1)


def test_a_login_that_is_not_saved_is_followed_by_a_401() -> None:
    log = express("no-key-implicit")
    assert (log.login_then_401, log.login_then_authorized) == (1, 0)


def test_json_and_plain_text_of_one_fault_tell_the_same() -> None:
    plain, json = only(express("no-key-explicit"), Kind.SAVE_ERROR), only(express("no-key-json"), Kind.SAVE_ERROR)
    assert (plain.code, plain.count, plain.first.line, plain.values) == (json.code, json.count, json.first.line, json.values)
    assert plain.first.time is not None
    assert json.first.time is not None


def test_each_instance_has_its_name() -> None:
    assert [express(f"create-race-web-{number}").instance for number in range(1, 5)] == ["web-1", "web-2", "web-3", "web-4"]


def test_no_user_is_named() -> None:
    assert only(express("healthy"), Kind.SAVED).text == "✅ Session saved for user: ***"


def test_uvicorn_and_psycopg() -> None:
    (log,) = collect(FIXTURES / "python" / "uvicorn.log")
    assert told(log) == ["BOOT", "SERVER_ERROR:500", "ERROR:42P10", "UNAUTHORIZED", "ERROR:ECONNREFUSED", "ERROR:42P01"]
    assert log.boots == 1
    assert only(log, Kind.ERROR, "ECONNREFUSED").values == ("127.0.0.1:1",)
    assert only(log, Kind.ERROR, "42P01").count == 1, "a chain of exceptions is one error"
    assert only(log, Kind.SERVER_ERROR).values == ("/api/auth/login", "/refused", "/missing")


def test_a_start_that_fails_in_the_lifespan() -> None:
    (log,) = collect(FIXTURES / "python" / "lifespan-failed.log")
    assert told(log) == ["BOOT", "ERROR:ENOENT", "EXIT:ENOENT"]
    assert only(log, Kind.EXIT).values == ("/cloudsql/project:zone:name/.s.PGSQL.5432",)


def test_node_errors_with_a_cause_and_uncaught() -> None:
    (log,) = collect(FIXTURES / "node" / "uncaught-with-cause.log")
    assert told(log) == ["SAVE_ERROR:ECONNREFUSED", "ERROR:ECONNREFUSED", "BOOT", "EXIT:ECONNREFUSED"]
    assert only(log, Kind.ERROR).count == 2


def test_errors_carry_their_proof() -> None:
    error = next(error for error in express("no-key-explicit").errors if error.code == "42P10")
    assert error.evidence.source == "log"
    assert error.evidence.pointer.endswith("no-key-explicit.log:4")
    assert error.boots == (1,)
