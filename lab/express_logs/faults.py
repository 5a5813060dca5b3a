"""The faults whose logs are recorded."""

from lab.express_logs.acts import change_secret, crowded_by, four_at_once, locked, meanwhile, prune, restart, save_nul, starve
from lab.express_logs.stage import CONNECT_PG_SIMPLE, Fault

NOTHING = "GRANT CREATE ON SCHEMA public TO app"
NO_KEY = "ALTER TABLE session DROP CONSTRAINT session_pkey"


def table(columns: str) -> str:
    return f"CREATE TABLE session ({columns}); GRANT ALL ON session TO app"


FAULTS = {
    "healthy": Fault(),
    "healthy-json": Fault(environment={"LOG_FORMAT": "json"}),
    "healthy-debug": Fault(environment={"DEBUG": "express-session"}),
    "no-key-explicit": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", cause="save-no-primary-key"),
    "no-key-implicit": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"SAVE": "implicit"}, cause="save-no-primary-key"),
    "no-key-json": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"LOG_FORMAT": "json"}, cause="save-no-primary-key"),
    "no-key-implicit-json": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"LOG_FORMAT": "json", "SAVE": "implicit"}),
    "no-key-message": Fault(f"{CONNECT_PG_SIMPLE}; {NO_KEY}", {"LOG_ERRORS": "message"}, cause="save-no-primary-key"),
    "deferrable-key": Fault(
        f"{CONNECT_PG_SIMPLE}; {NO_KEY}; ALTER TABLE session ADD PRIMARY KEY (sid) DEFERRABLE", cause="save-key-deferrable"
    ),
    "table-missing-explicit": Fault(NOTHING, cause="boot-table-missing"),
    "table-missing-implicit": Fault(NOTHING, {"SAVE": "implicit"}, cause="boot-table-missing"),
    "table-dropped": Fault(act=meanwhile("DROP TABLE session"), cause="boot-table-missing"),
    "create-race": Fault(
        NOTHING,
        {"CREATE_TABLE": "1"},
        four_at_once,
        cause="reach-creation-failure-remembered",
        told_by=("web-1", "web-3", "web-4"),
    ),
    "create-denied": Fault("SELECT", {"CREATE_TABLE": "1"}, cause="boot-creation-denied"),
    "schema-missing": Fault(NOTHING, {"CREATE_TABLE": "1", "SCHEMA_NAME": "auth"}, cause="boot-schema-missing"),
    "ddl-rerun": Fault(NOTHING, {"BOOT_DDL": "if-not-exists-plus-alter"}, restart, cause="boot-key-added-twice"),
    "ddl-rerun-fatal": Fault(NOTHING, {"BOOT_DDL": "same-but-fatal"}, restart, cause="boot-ddl-aborts-start"),
    "ddl-contradictory": Fault(NOTHING, {"BOOT_DDL": "inline-plus-alter"}, cause="boot-table-half-created"),
    "no-insert-right": Fault(f"{CONNECT_PG_SIMPLE}; REVOKE INSERT ON session FROM app", cause="save-rights-missing"),
    "no-select-right": Fault(f"{CONNECT_PG_SIMPLE}; REVOKE SELECT ON session FROM app", cause="save-rights-missing"),
    "no-update-right": Fault(f"{CONNECT_PG_SIMPLE}; REVOKE UPDATE ON session FROM app", cause="save-rights-missing"),
    "row-security": Fault(act=meanwhile("ALTER TABLE session ENABLE ROW LEVEL SECURITY"), cause="find-row-security"),
    "read-only": Fault(options="-c default_transaction_read_only=on", cause="reach-default-read-only"),
    "too-many-clients": Fault(act=crowded_by("postgres"), cause="reach-connections-exhausted"),
    "too-many-clients-reserved": Fault(act=crowded_by("app", "app"), cause="reach-connections-exhausted"),
    "too-many-clients-role": Fault(act=crowded_by("limited", "app"), role="limited", cause="reach-role-connection-limit"),
    "password-wrong": Fault(password="wrong", cause="reach-wrong-password"),
    "database-missing": Fault(database="missing", cause="reach-database-missing"),
    "connection-refused": Fault(environment={"DATABASE_URL": "postgresql://app:app@127.0.0.1:1/app"}, cause="reach-refused"),
    "socket-missing": Fault(
        environment={"DATABASE_URL": "postgresql://app:app@/app?host=/cloudsql/project:zone:name"}, cause="reach-socket-missing"
    ),
    "host-unknown": Fault(environment={"DATABASE_URL": "postgresql://app:app@dpg-example-a/app"}, cause="reach-host-not-found"),
    "lock-timeout": Fault(options="-c lock_timeout=200", act=locked, cause="reach-lock-held"),
    "statement-timeout": Fault(options="-c statement_timeout=200", act=locked, cause="reach-statement-timeout"),
    "pool-starved": Fault(
        environment={"POOL_MAX": "1", "CONNECTION_TIMEOUT_MS": "300"}, act=starve, cause="reach-pool-exhausted"
    ),
    "pool-ended": Fault(environment={"BOOT_ENDS_POOL": "1"}, cause="reach-pool-ended"),
    "connections-terminated": Fault(
        act=meanwhile("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
    ),
    "prune-failed": Fault(
        f"{CONNECT_PG_SIMPLE}; REVOKE DELETE ON session FROM app", {"PRUNE_SECONDS": "1"}, prune, cause="save-rights-missing"
    ),
    "secret-missing": Fault(environment={"SESSION_SECRET": ""}),
    "secret-changed-debug": Fault(environment={"DEBUG": "express-session"}, act=change_secret),
    "memory-store": Fault(environment={"STORE": "memory", "NODE_ENV": "production"}, cause="boot-memory-store"),
    "sid-too-short": Fault(f"{CONNECT_PG_SIMPLE}; ALTER TABLE session ALTER sid TYPE varchar(20)", cause="save-sid-too-short"),
    "sess-jsonb-nul": Fault(
        f"{CONNECT_PG_SIMPLE}; ALTER TABLE session ALTER sess TYPE jsonb", act=save_nul, cause="save-text-rejected"
    ),
    "expire-bigint": Fault(
        table("sid varchar PRIMARY KEY, sess json NOT NULL, expire bigint NOT NULL"), cause="save-expire-wrong-type"
    ),
    "expire-text": Fault(
        table("sid varchar PRIMARY KEY, sess json NOT NULL, expire text NOT NULL"), cause="save-expire-wrong-type"
    ),
    "columns-foreign": Fault(
        table('id text PRIMARY KEY, token text NOT NULL, "expiresAt" timestamp NOT NULL'), cause="boot-foreign-table"
    ),
    "column-extra-not-null": Fault(
        f"{CONNECT_PG_SIMPLE}; ALTER TABLE session ADD user_id integer NOT NULL", cause="save-extra-column-required"
    ),
}
