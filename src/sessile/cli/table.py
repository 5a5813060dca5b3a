"""`sessile table`: show, check or create the session table, or print its SQL; and what may stand beside it."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import psycopg
import typer

from sessile.cli import additions
from sessile.cli.additions import Task, Wanted
from sessile.cli.given import Table, What, database_to_use, kept_off_the_line, named
from sessile.cli.output import NoColor, Show, working
from sessile.cli.reshaping import Admin, Reshaping, UserKey
from sessile.doctor.evidence.sorting import Item, NotEvidence
from sessile.doctor.facts import Database, Unknown
from sessile.doctor.facts.database import Server
from sessile.doctor.fixes.hardened import HARDENED, USERS
from sessile.doctor.masking import excerpt
from sessile.doctor.report import table as report
from sessile.session.user import USUAL, UserKeys
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.table import TableName, defects, table_sql

DEFECTS = 1


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def table(
        what: What = None,
        *,
        sql: Annotated[bool, typer.Option("--sql", help="Print the SQL that creates it, or with --drop takes it away.")] = False,
        check: Annotated[bool, typer.Option("--check", help="Only what is wrong; exit status 1 if anything is.")] = False,
        create: Annotated[bool, typer.Option("--create", help="Create it; does nothing where it is.")] = False,
        triggers: Annotated[
            bool, typer.Option("--triggers", help="Not the table: the triggers that keep deleted sessions from coming back.")
        ] = False,
        journal: Annotated[
            bool, typer.Option("--journal", help="Not the table: the journal of how sessions ended, which sessile why reads.")
        ] = False,
        drop: Annotated[bool, typer.Option("--drop", help="Take --triggers or --journal away again.")] = False,
        users: Annotated[bool, typer.Option("--users", help="Plan an index of sessions by user; --apply builds it.")] = False,
        hardened: Annotated[
            bool, typer.Option("--hardened", help="Plan time zone, user, beginning and last use as columns; --apply does it.")
        ] = False,
        user_key: UserKey = None,
        apply: Annotated[bool, typer.Option("--apply", help="Do what --users or --hardened plans.")] = False,
        undo: Annotated[bool, typer.Option("--undo", help="Take what --users or --hardened did back.")] = False,
        admin: Admin = None,
        time_zone: Annotated[
            str | None,
            typer.Option("--time-zone", metavar="ZONE", help="Its writer's, where expire has none. UTC by default."),
        ] = None,
        table: Table = None,
        no_color: NoColor = False,
    ) -> int:
        """Show, check or create the session table, what may stand beside it, and what it may have beyond what Express needs.

        Each defect is named with the command that fixes it.
        """
        if (sql or drop) + check + create > 1:
            raise NotEvidence("--sql, --check and --create exclude each other, and --drop goes with --sql only: give one of them")
        if users or hardened or apply or undo:
            if not users ^ hardened or sql or check or create or drop or triggers or journal:
                raise NotEvidence("--users and --hardened stand alone, each with --apply or --undo: give one of them")
            owner = kept_off_the_line(admin, "the owner's URL") if admin else None
            reshaping = Reshaping(HARDENED if hardened else USERS, UserKeys.parse(user_key or USUAL), time_zone, owner)
            return reshaping.run(_look, database_to_use(what), table, Show(no_color=no_color), apply=apply, undo=undo)
        if drop and not triggers and not journal:
            raise NotEvidence("--drop takes --triggers or --journal away, never the session table: name one of them")
        show = Show(no_color=no_color)
        if triggers or journal:
            task = _task(sql=sql, check=check, create=create, drop=drop)
            return _beside(task, what, table, Wanted(TableName(), triggers, journal, time_zone), show)
        name = TableName.parse(table or "session")
        if sql:
            return _print_sql(what, name)
        database = database_to_use(what)
        if create:
            _create(database, name)
        with working("looking at the table"):
            seen = _look(database, table or (name.table if create else None))
        return _show(show, seen, named(database, table), check=check or create)


def _task(*, sql: bool, check: bool, create: bool, drop: bool) -> Task:
    if drop:
        return Task.DROP_SQL if sql else Task.DROP
    return Task.SQL if sql else Task.CHECK if check else Task.CREATE if create else Task.SHOW


def _beside(task: Task, what: list[str] | None, table: str | None, wanted: Wanted, show: Show) -> int:
    database = database_to_use(what)
    with working("looking at the table"):
        seen = _look(database, table)
    if isinstance(seen.table, TableShape):
        name = TableName(seen.table.name, seen.table.schema)
    elif task is Task.CREATE:
        name = TableName.parse(table or "session")
    elif task in (Task.SHOW, Task.CHECK):
        return _show(show, seen, named(database, table), check=True)
    else:
        raise NotEvidence("there is no session table: create it first, sessile table --create")
    return additions.run(task, replace(wanted, name=name), database.url or "", named(database, table), show)


def _print_sql(what: list[str] | None, name: TableName) -> int:
    if what:
        raise NotEvidence("--sql looks at no database: leave it out, and name the table with --table NAME")
    sys.stdout.write(table_sql(name))
    return 0


def _create(database: Item, name: TableName) -> None:
    try:
        with psycopg.connect(Address.parse(database.url or "").conninfo, connect_timeout=10, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '5s'")
            connection.execute(table_sql(name).encode())
    except psycopg.Error as error:
        hint = f"let the owner run: sessile table --sql --table {name.table} | psql"
        raise NotEvidence(f"{name.qualified} was not created: {excerpt(str(error))}; {hint}") from error


def _look(database: Item, table: str | None) -> Database:
    from sessile.doctor.evidence import database as collector

    now = datetime.now(UTC)
    seen = collector.collect(database.url or "", table=table, full_scan=False, experiment=False, deadline=15.0, now=now)
    if seen.failure:
        raise NotEvidence(f"{seen.address} could not be looked at: {excerpt(seen.failure.message)}")
    if isinstance(seen.table, Unknown):
        raise NotEvidence(f"the table could not be looked at: {seen.table.why}")
    return seen


def _show(show: Show, seen: Database, database: str, *, check: bool) -> int:
    table = seen.table
    if not isinstance(table, TableShape):
        show.page.paragraph("There is no session table. This creates it:", indent=0)
        show.page.command(f"sessile table --create {database}", indent=2)
        return DEFECTS
    found = tuple(defects(table))
    if check:
        report.write_defects(show.page, table, found, database)
        return DEFECTS if found else 0
    user = seen.server.user if isinstance(seen.server, Server) else "?"
    report.write(show.page, table, user, found, database)
    return 0
