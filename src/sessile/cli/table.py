"""`sessile table`: show, check or create the session table, or print its SQL; and what may stand beside it."""

import sys
from typing import Annotated

import typer

from sessile.cli.given import Table, What, kept_off_the_line
from sessile.cli.output import NoColor, Show
from sessile.doctor.evidence.opening import NotEvidence
from sessile.session.user import USUAL, UserKeys
from sessile.stores.postgres.table import TableName, table_sql

UserKey = Annotated[
    list[str] | None, typer.Option("--user-key", metavar="KEY", help=f"Where a session names its user. {', '.join(USUAL)}.")
]
Admin = Annotated[
    str | None,
    typer.Option("--as", metavar="URL", help="The table owner's URL, if the service's role may not; - or @FILE."),
]


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
        elif drop and not triggers and not journal:
            raise NotEvidence("--drop takes --triggers or --journal away, never the session table: name one of them")
        elif sql and not triggers and not journal:
            return _print_sql(what, TableName.parse(table or "session"))
        from sessile.cli import table_in_database

        there = table_in_database.Named(what, table, Show(no_color=no_color))
        if users or hardened:
            owner = kept_off_the_line(admin, "the owner's URL") if admin else None
            keys = UserKeys.parse(user_key or USUAL)
            return there.reshaped(keys, time_zone, owner, hardened=hardened, apply=apply, undo=undo)
        if triggers or journal:
            task = table_in_database.task(sql=sql, check=check, create=create, drop=drop)
            return there.with_additions(task, triggers=triggers, journal=journal, time_zone=time_zone)
        return there.shown(check=check, create=create)


def _print_sql(what: list[str] | None, name: TableName) -> int:
    if what:
        raise NotEvidence("--sql looks at no database: leave it out, and name the table with --table NAME")
    sys.stdout.write(table_sql(name))
    return 0
