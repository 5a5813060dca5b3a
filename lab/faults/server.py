"""Faults between the service and its server: the way there, its room, its mode, and what it remembers."""

import threading
import time

import psycopg

from lab.faults.fault import Fault, settings, sql, together
from lab.faults.table import table, three
from lab.scene import PASSWORD, Scene


def _wrong_password(scene: Scene) -> None:
    scene.url = scene.url_with(password="another-password")


def _refused(scene: Scene) -> None:
    scene.url = scene.url_with(port="1")


def _missing_socket(scene: Scene) -> None:
    missing = scene.directory / "no-such-socket"
    scene.url = f"postgresql://{scene.role}:{PASSWORD}@/{scene.database}?host={missing}"


def _unknown_host(scene: Scene) -> None:
    scene.url = scene.url_with(host="dpg-d5example-a.invalid")


def _unknown_database(scene: Scene) -> None:
    scene.url = scene.url_with(database="no_such_database")


def _crowd(scene: Scene) -> None:
    scene.sql(f'ALTER ROLE "{scene.role}" CONNECTION LIMIT 3')
    scene.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{scene.role}'")
    for _ in range(3):
        scene.keep(scene.hold(scene.url, "SELECT 1"))


def _fill(scene: Scene) -> None:
    scene.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{scene.role}'")
    (limit,) = scene.sql(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    )[0]
    for _ in range(int(str(limit))):
        scene.keep(scene.hold(scene.url, "SELECT 1"))


def _lock(scene: Scene) -> None:
    scene.keep(scene.hold(scene.admin, 'LOCK TABLE "session" IN ACCESS EXCLUSIVE MODE'))


def _standby(scene: Scene) -> None:
    standby = scene.postgres.basebackup()
    scene.keep(standby)
    scene.url = scene.url_with(port=str(standby.port))


def _statement_timeout(scene: Scene) -> None:
    scene.sql(f"ALTER ROLE \"{scene.role}\" SET statement_timeout = '400ms'")
    scene.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NEW; END'",
        'CREATE TRIGGER audit BEFORE INSERT OR UPDATE ON "session" FOR EACH ROW EXECUTE FUNCTION slow()',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{scene.role}'",
    )


def _unlogged_crash(scene: Scene) -> None:
    scene.sql('ALTER TABLE "session" SET UNLOGGED')
    time.sleep(2.5)
    scene.postgres.stop("immediate")
    scene.postgres.start()


def _creation_race(scene: Scene) -> None:
    """A migration creates the table at the same time: whoever is second collides, and the table is there, and right."""
    statement = table(three()).replace("{role}", f'"{scene.role}"')

    def migrate() -> None:
        with psycopg.connect(scene.admin) as connection:
            connection.execute(statement.encode())
            time.sleep(4)

    threading.Thread(target=migrate, daemon=True).start()
    time.sleep(0.5)


FAULTS = (
    Fault("wrong-password", "reach-wrong-password", before=_wrong_password),
    Fault("refused", "reach-refused", before=_refused),
    Fault("missing-socket", "reach-socket-missing", before=_missing_socket),
    Fault("unknown-host", "reach-host-not-found", before=_unknown_host),
    Fault("unknown-database", "reach-database-missing", before=_unknown_database),
    Fault("role-limit", "reach-role-connection-limit", during=_crowd),
    Fault("too-many-clients", "reach-connections-exhausted", during=_fill, own_server=True, settings={"max_connections": "12"}),
    Fault("read-only", "reach-default-read-only", during=sql(
        "ALTER ROLE {role} SET default_transaction_read_only = on",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = trim('{role}', '\"')")),
    Fault("standby", "reach-standby", before=together(sql(table(three())), _standby), own_server=True),
    Fault("locked", "reach-lock-held", before=sql("ALTER ROLE {role} SET lock_timeout = '700ms'"), during=_lock),
    Fault("statement-timeout", "reach-statement-timeout", during=_statement_timeout),
    Fault("unlogged-emptied", "find-table-unlogged", during=_unlogged_crash, own_server=True),
    Fault("creation-race", "reach-creation-failure-remembered", before=_creation_race),
    Fault("ddl-aborts-start", "boot-ddl-aborts-start", before=settings(BOOT_DDL="same-but-fatal"), restarts=1,
          works_on=("express",)),
    Fault("ddl-contradicts-itself", "boot-table-half-created", also=("boot-table-missing",),
          before=settings(BOOT_DDL="inline-plus-alter", CREATE_TABLE="0"), works_on=("express",)),
)  # fmt: skip
