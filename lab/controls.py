"""Healthy services with oddities: none of them may be called sick."""

import psycopg

from lab.faults.fault import Fault, settings, sql, together
from lab.faults.table import table, three
from lab.scene import Scene
from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.readiness import make_ready
from sessile.stores.postgres.table import TableName


def _default_secret(scene: Scene) -> None:
    scene.env_files = [{"SESSION_SECRET": "keyboard cat"}]
    scene.environment["ALLOW_WEAK_SECRET"] = "1"


def _view(scene: Scene) -> None:
    scene.sql(
        f'CREATE SCHEMA store AUTHORIZATION "{scene.role}"',
        "CREATE TABLE store.kept (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)",
        'CREATE VIEW "session" AS SELECT sid, sess, expire FROM store.kept',
        f'ALTER TABLE store.kept OWNER TO "{scene.role}"',
        f'ALTER VIEW "session" OWNER TO "{scene.role}"',
    )


def _custom_name(scene: Scene) -> None:
    scene.environment["TABLE_NAME"] = "user_sessions"


def _custom_schema(scene: Scene) -> None:
    scene.sql(f'CREATE SCHEMA auth AUTHORIZATION "{scene.role}"')
    scene.environment["SCHEMA_NAME"] = "auth"


def _triggers(scene: Scene) -> None:
    with psycopg.connect(scene.url, autocommit=True) as connection:
        answered(make_ready(TableName(), create=True, time_zone=None, triggers=True, journal=True), connection)


OLD_ROWS = """INSERT INTO session SELECT 'old' || n,
'{"cookie":{"originalMaxAge":3600000,"expires":"2025-01-01T01:00:00.000Z"},"userId":1}', '2025-01-01 01:00:00'
FROM generate_series(1, 500) n"""
FLOOD = """INSERT INTO session SELECT 'bot' || n,
'{"cookie":{"originalMaxAge":3600000,"expires":"2030-01-01T01:00:00.000Z"}}', '2030-01-01 01:00:00'
FROM generate_series(1, 110000) n"""
NUL_ROW = """INSERT INTO session VALUES ('nul',
'{"cookie":{"originalMaxAge":3600000,"expires":"2030-01-01T01:00:00.000Z"},"a":"x\\u0000y"}', '2030-01-01 01:00:00')"""
EXTRA_COLUMNS = (
    ", created_at timestamptz NOT NULL DEFAULT now(), user_id text GENERATED ALWAYS AS (sess->>'userId') STORED, n bigserial"
)
NOT_ITS_OWNER = sql(
    table(three()), 'ALTER TABLE "session" OWNER TO postgres', 'GRANT SELECT, INSERT, UPDATE, DELETE ON "session" TO {role}'
)
POLICY = sql(
    'ALTER TABLE "session" ENABLE ROW LEVEL SECURITY',
    'CREATE POLICY service ON "session" FOR ALL TO {role} USING (true) WITH CHECK (true)',
)

CONTROLS = (
    Fault("plain", ""),
    Fault("jsonb", "", before=sql(table(three(sess="jsonb")))),
    Fault("timestamptz", "", before=sql(table(three(expire="timestamptz(6)")))),
    Fault("unique-index-no-primary-key", "", before=sql(table(three(key=""), 'CREATE UNIQUE INDEX ON "session" (sid)'))),
    Fault("text-columns", "", before=sql(table(three(sid="text", sess="text")))),
    Fault("extra-columns", "", before=sql(table(three() + EXTRA_COLUMNS))),
    Fault("nul-in-sess", "", during=sql(NUL_ROW)),
    Fault("old-expired-rows", "", during=sql(OLD_ROWS)),
    Fault("custom-name", "", before=_custom_name),
    Fault("custom-schema", "", before=_custom_schema),
    Fault("view", "", before=_view),
    Fault("default-secret", "", before=_default_secret, note="verify-secret-known-default"),
    Fault("no-expire-index", "", during=sql('DROP INDEX "IDX_session_expire"'), note="find-expire-index-missing"),
    Fault("flooded", "", during=sql(FLOOD), note="find-table-flooded"),
    Fault("ddl-run-again", "", before=settings(BOOT_DDL="if-not-exists-plus-alter"), restarts=2, works_on=("express",),
          note="boot-key-added-twice"),
    Fault("not-the-owner", "", before=together(NOT_ITS_OWNER, settings(CREATE_TABLE="0"))),
    Fault("policy-for-the-role", "", before=together(NOT_ITS_OWNER, POLICY, settings(CREATE_TABLE="0"))),
    Fault("kolkata-everywhere", "", before=sql("ALTER ROLE {role} SET timezone = 'Asia/Kolkata'"), works_on=("express",)),
    Fault("kolkata-adopted", "", before=settings(TIME_ZONE="Asia/Kolkata"), works_on=("sessile",)),
    Fault("triggers-and-journal", "", before=_triggers),
    Fault("json-logs", "", before=settings(LOG_FORMAT="json"), works_on=("express",)),
)  # fmt: skip
