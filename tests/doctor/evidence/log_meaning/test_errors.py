"""Every error text of the catalogue gets its code, whoever prints it."""

import pytest

from sessile.doctor.evidence.log_patterns import ERRORS, WARNINGS
from sessile.doctor.evidence.log_words import is_telling
from sessile.doctor.facts.logs import Kind
from tests.doctor.evidence.log_meaning.reading import read

POSTGRES = [
    ("42P16", 'multiple primary keys for table "session" are not allowed', ("session",)),
    ("42P07", 'relation "IDX_session_expire" already exists', ("IDX_session_expire",)),
    ("42710", 'type "session" already exists', ("session",)),
    ("23505", 'duplicate key value violates unique constraint "pg_type_typname_nsp_index"', ("pg_type_typname_nsp_index",)),
    ("23505", 'could not create unique index "session_pkey"', ("session_pkey",)),
    ("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification", ()),
    ("55000", "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters", ()),
    ("42P01", 'relation "session" does not exist', ("session",)),
    ("42P01", 'relation "public.session" does not exist', ("public.session",)),
    ("3F000", 'schema "auth" does not exist', ("auth",)),
    ("42703", 'column "sess" does not exist', ("sess",)),
    ("42703", 'column "sess" of relation "session" does not exist', ("sess", "session")),
    ("42804", 'column "expire" is of type bigint but expression is of type timestamp with time zone', ("expire",)),
    ("42883", "operator does not exist: text >= timestamp with time zone", ()),
    ("22001", "value too long for type character varying(32)", ()),
    ("22P02", 'invalid input syntax for type uuid: "Zy3kP0aB9xQ2Lm5"', ()),
    ("22P02", "Unicode low surrogate must follow a high surrogate.", ()),
    ("22P05", "unsupported Unicode escape sequence", ()),
    ("22P05", 'character with byte sequence 0xe0 0xa4 0xa8 in encoding "UTF8" has no equivalent in encoding "LATIN1"', ()),
    ("23502", 'null value in column "user_id" of relation "session" violates not-null constraint', ("user_id", "session")),
    ("23502", 'column "sid" of relation "session" contains null values', ("sid", "session")),
    ("23514", 'new row for relation "session" violates check constraint "small"', ("session", "small")),
    ("23503", 'insert or update on table "session" violates foreign key constraint "fk"', ("session", "fk")),
    ("42501", "permission denied for table session", ("session",)),
    ("42501", "permission denied for schema public", ("public",)),
    ("42501", 'new row violates row-level security policy for table "session"', ("session",)),
    ("42501", 'new row violates row-level security policy (USING expression) for table "session"', ("session",)),
    ("25006", "cannot execute INSERT in a read-only transaction", ()),
    ("25006", "cannot execute CREATE TABLE in a read-only transaction", ()),
    ("25P02", "current transaction is aborted, commands ignored until end of transaction block", ()),
    ("0A000", "unique constraint on partitioned table must include all partitioning columns", ()),
    ("0A000", 'cannot perform INSERT RETURNING on relation "session"', ("session",)),
    ("53300", "sorry, too many clients already", ()),
    ("53300", "remaining connection slots are reserved for non-replication superuser connections", ()),
    ("53300", 'too many connections for role "limited"', ("limited",)),
    ("53100", 'could not extend file "base/5/16384": No space left on device', ()),
    ("57014", "canceling statement due to statement timeout", ()),
    ("55P03", "canceling statement due to lock timeout", ()),
    ("57P01", "terminating connection due to administrator command", ()),
    ("28000", 'no pg_hba.conf entry for host "10.1.2.3", user "app", database "db", no encryption', ("app", "db")),
    ("28000", 'role "nobody" does not exist', ("nobody",)),
    ("28P01", 'password authentication failed for user "app"', ("app",)),
    ("3D000", 'database "missing" does not exist', ("missing",)),
    ("XX000", 'could not open file "base/5/16384.1" (target block 3): previous segment is only 2 blocks', ()),
    ("XX001", "invalid page in block 1 of relation base/5/16384", ()),
    ("XX002", 'item order invariant violated for index "session_pkey"', ("session_pkey",)),
    ("XX002", 'invalid meta page found at block 3 in index "session_pkey"', ("session_pkey",)),
    ("XX002", 'index "session_pkey" contains unexpected zero page at block 0', ("session_pkey",)),
]


CLIENTS = [
    ("ECONNREFUSED", "Error: connect ECONNREFUSED 127.0.0.1:5432", ("127.0.0.1:5432",)),
    ("ECONNREFUSED", "Error: connect ECONNREFUSED ::1:5432", ("::1:5432",)),
    (
        "ECONNREFUSED",
        'psycopg.OperationalError: connection failed: connection to server at "127.0.0.1", port 5432 failed: Connection refused',
        ("127.0.0.1:5432",),
    ),
    ("ECONNREFUSED", "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)", ("127.0.0.1:5432",)),
    ("ENOTFOUND", "Error: getaddrinfo ENOTFOUND base", ("base",)),
    ("ENOTFOUND", 'could not translate host name "dpg-abc-a" to address: Name or service not known', ("dpg-abc-a",)),
    ("ENOTFOUND", "failed to resolve host 'db': [Errno -2] Name or service not known", ("db",)),
    ("EAI_AGAIN", "Error: getaddrinfo EAI_AGAIN db", ("db",)),
    ("ETIMEDOUT", "Error: connect ETIMEDOUT 10.0.0.9:5432", ("10.0.0.9:5432",)),
    ("ETIMEDOUT", "psycopg.errors.ConnectionTimeout: connection timeout expired", ()),
    ("ECONNRESET", "Error: read ECONNRESET", ()),
    ("ENOENT", "Error: connect ENOENT /cloudsql/p:z:n/.s.PGSQL.5432", ("/cloudsql/p:z:n/.s.PGSQL.5432",)),
    ("ENOENT", "Error: ENOENT: no such file or directory, open '/app/dist/table.sql'", ("/app/dist/table.sql",)),
    ("ERR_INVALID_URL", "TypeError: Invalid URL", ()),
    ("DEPTH_ZERO_SELF_SIGNED_CERT", "Error: self-signed certificate", ()),
    ("SELF_SIGNED_CERT_IN_CHAIN", "Error: self-signed certificate in certificate chain", ()),
    ("SSL_NOT_SUPPORTED", "Error: The server does not support SSL connections", ()),
    ("SASL_NO_PASSWORD", "Error: SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string", ()),
    ("POOL_TIMEOUT", "Error: timeout exceeded when trying to connect", ()),
    ("POOL_TIMEOUT", "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec", ()),
    ("POOL_ENDED", "Error: Cannot use a pool after calling end on the pool", ()),
    ("POOL_ENDED", "Error: Client was closed and is not queryable", ()),
    ("POOL_ENDED", "psycopg_pool.PoolClosed: the pool 'pool-1' is already closed", ()),
    ("CONNECTION_TERMINATED", "Error: Connection terminated unexpectedly", ()),
    ("CONNECTION_TERMINATED", "consuming input failed: server closed the connection unexpectedly", ()),
    ("SECRET_MISSING", "Error: secret option required for sessions", ()),
    ("SECRET_MISSING", "RuntimeError: The session is unavailable because no secret key was set.", ()),
    ("MEMORY_STORE", "Warning: connect.session() MemoryStore is not", ()),
    ("TRUST_PROXY", "TypeError: invalid IP address: true", ()),
    ("COOKIE_READ", "TypeError: Cannot read properties of undefined (reading 'expires')", ()),
    ("MAXAGE_READ", "TypeError: Cannot read properties of undefined (reading 'originalMaxAge')", ()),
    ("MAXAGE_TYPE", "TypeError: maxAge must be a number or Date", ()),
    ("COOKIE_OPTION", "TypeError: option sameSite is invalid: Secure", ()),
    ("DESERIALIZE_USER", "Error: Failed to deserialize user out of session", ()),
    ("SERIALIZE_USER", "Error: Failed to serialize user into session", ()),
    ("SESSION_SUPPORT", "Error: Login sessions require session support. Did you forget to use express-session?", ()),
    ("SESSION_UNDEFINED", "TypeError: Cannot set properties of undefined (setting 'userId')", ()),
    ("SESSION_REPLACED", "TypeError: req.session.touch is not a function", ()),
    ("LOGOUT_CALLBACK", "Error: req#logout requires a callback function", ()),
    ("UNSERIALIZABLE", "TypeError: Do not know how to serialize a BigInt", ()),
    ("CHANGE_LOST", "session change lost: 'cart' changed after the response had started; call `await session.save()`", ()),
    ("SECRET_MISSING", "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.", ()),
    ("SESSION_MIDDLEWARE", "AssertionError: SessionMiddleware must be installed to access request.session", ()),
    ("EXPIRY_NULL", "TypeError: can't compare datetime.datetime to NoneType", ()),
    ("SESSION_UNREADABLE", "_pickle.UnpicklingError: Failed to deserialize session data", ()),
    ("OAUTH_STATE", "authlib.integrations.base_client.errors.MismatchingStateError: mismatching_state: CSRF Warning!", ()),
    ("NAIVE_DATETIME", "TypeError: can't compare offset-naive and offset-aware datetimes", ()),
]


@pytest.mark.parametrize("label", ["error: ", "ERROR:  ", "Unhandled error: error: ", "DB: ", ""])
@pytest.mark.parametrize(("code", "text", "names"), POSTGRES)
def test_a_message_of_postgresql(label: str, code: str, text: str, names: tuple[str, ...]) -> None:
    (event,) = read(f"{label}{text}").events
    assert (event.kind, event.code, event.values) == (Kind.ERROR, code, names)


@pytest.mark.parametrize(("code", "text", "names"), CLIENTS)
def test_a_message_of_a_client(code: str, text: str, names: tuple[str, ...]) -> None:
    (event,) = read(text).events
    assert (event.kind, event.code, event.values) == (Kind.ERROR, code, names)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("psycopg.errors.InvalidColumnReference", "42P10"),
        ("psycopg2.errors.UndefinedTable", "42P01"),
        ("asyncpg.exceptions.UndefinedTableError", "42P01"),
        ("asyncpg.exceptions.ReadOnlySQLTransactionError", "25006"),
        ("psycopg.errors.ReadOnlySqlTransaction", "25006"),
        ("psycopg.errors.InsufficientPrivilege", "42501"),
        ("psycopg.errors.InFailedSqlTransaction", "25P02"),
        ("psycopg.errors.QueryCanceled", "57014"),
        ("psycopg_pool.PoolTimeout", "POOL_TIMEOUT"),
    ],
)
def test_an_exception_tells_its_code_in_any_language_of_the_server(name: str, code: str) -> None:
    (event,) = read("Traceback (most recent call last):", '  File "a.py", line 1, in f', f"{name}: etwas stimmt nicht").events
    assert (event.kind, event.code) == (Kind.ERROR, code)


@pytest.mark.parametrize(
    "line",
    [
        "error: etwas (SQLSTATE 42P10)",
        "SQLSTATE[42P10]: Invalid column reference",
        "ERROR:  42P10: etwas stimmt nicht",
        "Session save error: etwas stimmt nicht (42P10)",
        "Error: { code: '42P10', severity: 'ERROR' }",
        'error {"length":98,"name":"error","code":"42P10"}',
    ],
)
def test_a_code_written_out(line: str) -> None:
    assert [event.code for event in read(line).events] == ["42P10"]


def test_an_aggregate_error_names_every_address() -> None:
    log = read(
        "Session save error: AggregateError [ECONNREFUSED]: ",
        "    at internalConnectMultiple (node:net:1134:18) {",
        "  code: 'ECONNREFUSED',",
        "  [errors]: [",
        "    Error: connect ECONNREFUSED ::1:5432",
        "        at createConnectionError (node:net:1701:14) {",
        "      code: 'ECONNREFUSED',",
        "    },",
        "    Error: connect ECONNREFUSED 127.0.0.1:5432",
        "        at createConnectionError (node:net:1701:14)",
        "  ]",
        "}",
    )
    (event,) = log.events
    assert (event.kind, event.code, event.count) == (Kind.SAVE_ERROR, "ECONNREFUSED", 1)
    assert event.values == ("::1:5432", "127.0.0.1:5432")


def test_errors_about_different_objects_are_different_events() -> None:
    log = read(*(f'error: relation "{name}" does not exist' for name in ("products", "session", "products")))
    assert [(event.code, event.values, event.count) for event in log.events] == [
        ("42P01", ("products",), 2),
        ("42P01", ("session",), 1),
    ]


@pytest.mark.parametrize("line", ["Session save error: the disk has gone", "Error saving session: the disk has gone"])
def test_a_save_that_failed_for_a_reason_nobody_knows(line: str) -> None:
    (event,) = read(line).events
    assert (event.kind, event.code) == (Kind.SAVE_ERROR, "")


def test_a_store_that_failed_for_a_reason_nobody_knows() -> None:
    (event,) = read("[app] Session store error: the disk has gone").events
    assert (event.kind, event.code, event.text) == (Kind.ERROR, "", "[app] Session store error: the disk has gone")


def test_every_text_of_the_tables_lies_in_a_line_that_is_looked_at() -> None:
    assert [text.needle for text in ERRORS + WARNINGS if not is_telling(f"({text.needle})")] == []
