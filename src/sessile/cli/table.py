"""`sessile table`: show, check or create the session table, or print its SQL."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import psycopg
import typer

from sessile.cli.given import Table, What, database_to_use, named
from sessile.cli.output import NoColor, Show, working
from sessile.doctor.evidence.sorting import Item, NotEvidence
from sessile.doctor.facts import Database, Unknown
from sessile.doctor.facts.database import Server
from sessile.doctor.masking import excerpt
from sessile.doctor.report import table as report
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
        sql: Annotated[bool, typer.Option("--sql", help="Print the SQL that creates the table.")] = False,
        check: Annotated[bool, typer.Option("--check", help="Only the defects; exit status 1 if there are any.")] = False,
        create: Annotated[bool, typer.Option("--create", help="Create the table; does nothing where it is.")] = False,
        table: Table = None,
        no_color: NoColor = False,
    ) -> int:
        """Show, check or create the session table.

        Each defect is named with the command that fixes it.
        """
        if sql + check + create > 1:
            raise NotEvidence("--sql, --check and --create exclude each other: give one of them")
        name = TableName.parse(table or "session")
        if sql:
            return _print_sql(what, name)
        database = database_to_use(what)
        if create:
            _create(database, name)
        with working("looking at the table"):
            seen = _look(database, table or (name.table if create else None))
        return _show(Show(no_color=no_color), seen, named(database, table), check=check or create)


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
