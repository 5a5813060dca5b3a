"""Faults between the service and its server: the way there, its room, its mode, and what it remembers."""

import threading
import time

import psycopg

from lab.browser import Browser
from lab.faults.fault import Act, Fault, settings, sql, together
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


def _without_password(scene: Scene) -> None:
    scene.url = scene.url_with(password="")


def _quoted(scene: Scene) -> None:
    scene.url = f'"{scene.url}"'


def _unescaped(scene: Scene) -> None:
    scene.url = scene.url_with(password="pa/ss#word")


def _tls_wanted(scene: Scene) -> None:
    scene.url = scene.url_with(query="sslmode=require")


def _tls_demanded(scene: Scene) -> None:
    """pg_hba.conf lets in only who comes by TLS, and the service comes without."""
    rules = scene.postgres.data / "pg_hba.conf"
    rules.write_text("local all all trust\nhostssl all shop all scram-sha-256\nhost all postgres all scram-sha-256\n")
    scene.sql("SELECT pg_reload_conf()")


def _role_unknown(scene: Scene) -> None:
    """A server that asks for no password says whom it does not know; with SCRAM it would call the password wrong."""
    rules = scene.postgres.data / "pg_hba.conf"
    rules.write_text("local all all trust\nhost all all all trust\n")
    scene.sql("SELECT pg_reload_conf()")
    scene.url = scene.url.replace(scene.role, "shp", 1)


def _narrow(scene: Scene) -> None:
    scene.sql(
        f'DROP DATABASE "{scene.database}"',
        f"CREATE DATABASE \"{scene.database}\" OWNER \"{scene.role}\" TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
        url=scene.postgres.url(),
    )


def _from_lodz(scene: Scene) -> None:
    with Browser(scene.services[0].url, scene.people[0]) as browser:
        browser.onboarding("Zakład w Łodzi")


def _ruined(relation: str) -> Act:
    """The first page of a relation's file is overwritten while the server is down, as a failing disk does."""

    def act(scene: Scene) -> None:
        ((path,),) = scene.sql("CHECKPOINT", f"SELECT pg_relation_filepath('{relation}')")
        scene.postgres.stop()
        with (scene.postgres.data / str(path)).open("r+b") as file:
            file.write(b"\xaa" * 8192)
        scene.postgres.start()

    return act


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
    Fault("url-quoted", "reach-url-quoted", before=together(sql(table(three())), _quoted), works_on=("express",)),
    Fault("url-unescaped", "reach-url-unescaped", before=_unescaped, works_on=("express",)),
    Fault("refused", "reach-refused", before=_refused),
    Fault("missing-socket", "reach-socket-missing", before=_missing_socket),
    Fault("unknown-host", "reach-host-not-found", before=_unknown_host),
    Fault("unknown-database", "reach-database-missing", before=_unknown_database),
    Fault("password-missing", "reach-password-missing", before=_without_password),
    Fault("role-missing", "reach-role-missing", before=_role_unknown, own_server=True),
    Fault("tls-demanded", "reach-ssl-required", before=_tls_demanded, own_server=True),
    Fault("tls-not-offered", "reach-ssl-not-offered", before=_tls_wanted),
    Fault("encoding-latin1", "save-encoding-too-narrow", before=_narrow, during=_from_lodz, works_on=("express",)),
    Fault("index-ruined", "find-index-corrupt", during=_ruined("session_pkey"), own_server=True),
    Fault("table-ruined", "find-table-corrupt", during=_ruined("session"), own_server=True),
    Fault("trust-proxy-unreadable", "boot-trust-proxy-unreadable", also=("boot-table-missing",),
          before=settings(TRUST_PROXY="yes"), works_on=("express",)),
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
