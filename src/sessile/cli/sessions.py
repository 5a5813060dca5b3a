"""`sessile sessions`: whose sessions live, and how to end them; ids and users are masked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

import psycopg
import typer

from sessile.cli.given import Table, What, database_to_use, named
from sessile.cli.output import Json, NoColor, Show, working
from sessile.cli.table_at_hand import TableAtHand, TimeZone, at_hand
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.masking import excerpt
from sessile.doctor.report import sessions as report
from sessile.session.store import Delete
from sessile.session.user import USUAL, UserKeys, is_key
from sessile.stores.postgres.journal import Event
from sessile.stores.postgres.statements import Statements
from sessile.stores.postgres.user_index import index_for
from sessile.stores.postgres.users import MOST, Choice, Held, by_age, by_user, chosen, counted

NOTHING = 1
LARGE_ROWS = 100_000
READ_WITHIN = "60s"
TOP = 20

Key = Annotated[str, typer.Argument(metavar="KEY", help="The session's key, as list shows it: 16 hex digits.")]
User = Annotated[
    str | None, typer.Option("--user", metavar="USER", help="Whose: the value that the session holds, such as its userId.")
]
UserKey = Annotated[
    list[str] | None, typer.Option("--user-key", metavar="KEY", help=f"Where a session names its user. {', '.join(USUAL)}.")
]
Idle = Annotated[float | None, typer.Option("--idle", metavar="DAYS", min=0, help="Those not used for so many days.")]
But = Annotated[str | None, typer.Option("--but", metavar="KEY", help="All but this one.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    sessions = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    app.add_typer(sessions, name="sessions")
    sessions.callback()(start)
    sessions.command(name="list", short_help="Show living sessions.")(list_)
    sessions.command(short_help="Show one.")(show)
    sessions.command(short_help="End some; a plan unless --apply.")(revoke)
    sessions.command(short_help="Count them, by user or by age.")(count)


def start(context: typer.Context) -> None:
    """Whose sessions live, and how to end them; ids and users are masked."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def list_(
    what: What = None,
    *,
    user: User = None,
    idle: Idle = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=MOST, help="So many at most.")] = 50,
    user_key: UserKey = None,
    time_zone: TimeZone = None,
    table: Table = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """Show living sessions, those that live longest first."""
    with _opened(what, table, time_zone, user_key) as looked:
        looked.warn_of_a_scan(user)
        choice = _choice(user=user, idle=idle)
        found = looked.find(choice)[:limit]
        total = looked.count(choice)
    Show(json, no_color)(
        report.document(looked.table, found, total), partial(report.write, table=looked.table, found=found, total=total)
    )
    return 0


def show(
    key: Key,
    what: What = None,
    *,
    user_key: UserKey = None,
    time_zone: TimeZone = None,
    table: Table = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """Show one session. Exit status: 0 it lives, 1 no living session has that key."""
    with _opened(what, table, time_zone, user_key) as looked:
        found = looked.find(_choice(key=key))
    Show(json, no_color)(
        report.document(looked.table, found, len(found)),
        partial(report.write, table=looked.table, found=found, total=len(found)),
    )
    return 0 if found else NOTHING


def revoke(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="KEY WHAT", help="Keys of sessions, and the database; or choose with options.")
    ] = None,
    *,
    user: User = None,
    idle: Idle = None,
    but: But = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Every session of every user.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Do it.")] = False,
    user_key: UserKey = None,
    time_zone: TimeZone = None,
    table: Table = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """End sessions: those of the keys, of a user, not used for so long, or of everybody. A plan unless --apply.

    Whoever holds one is logged out at the next request. Where there is a journal, it tells so.

    Exit status: 0 planned or done, 1 no living session is meant, 2 wrong usage.
    """
    keys = [word for word in words or () if is_key(word)]
    what = [word for word in words or () if not is_key(word)] or None
    if bool(keys) + (user is not None or idle is not None) + everybody != 1:
        raise NotEvidence("name what to end: keys of sessions, --user and --idle, or --everybody")
    choices = [_choice(key=key) for key in keys] or [_choice(user=user, idle=idle, but=but)]
    with _opened(what, table, time_zone, user_key) as looked:
        looked.warn_of_a_scan(user)
        meant = sum(looked.count(choice) for choice in choices)
        done = sum(looked.revoke(choice) for choice in choices) if apply else None
    Show(json, no_color)(
        report.revocation(looked.table, meant, done),
        partial(report.write_revocation, table=looked.table, meant=meant, done=done),
    )
    return 0 if meant else NOTHING


def count(
    what: What = None,
    *,
    by: Annotated[
        str, typer.Option("--by", metavar="user|age", help="The users with the most, or the age of the last use.")
    ] = "age",
    user: User = None,
    user_key: UserKey = None,
    time_zone: TimeZone = None,
    table: Table = None,
    json: Json = False,
    no_color: NoColor = False,
) -> int:
    """Count living sessions. It reads the whole table."""
    if by not in ("user", "age"):
        raise NotEvidence(f"--by takes user or age, not {by}")
    with _opened(what, table, time_zone, user_key) as looked:
        total = looked.count(Choice(user=user))
        groups: tuple[tuple[str, int], ...] = ()
        if user is None and by == "user":
            most = looked.at.answer(by_user(looked.at.layout, looked.keys, TOP))
            groups = report.users(most)
        elif user is None:
            used = looked.at.answer(by_age(looked.at.layout, report.LIMITS))
            groups = report.ages(used)
    Show(json, no_color)(
        report.count(looked.table, total, by, groups), partial(report.write_count, table=looked.table, total=total, groups=groups)
    )
    return 0


@dataclass(frozen=True, slots=True)
class _Looked:
    """The table, where its sessions name their users, and how commands name the database."""

    at: TableAtHand
    keys: UserKeys
    database: str

    @property
    def table(self) -> str:
        return self.at.layout.table

    def count(self, choice: Choice) -> int:
        return self.at.answer(counted(self.at.layout, self.keys, choice))

    def find(self, choice: Choice) -> tuple[Held, ...]:
        return self.at.answer(chosen(self.at.layout, self.keys, choice))

    def revoke(self, choice: Choice) -> int:
        """End the sessions that are meant, and return how many; the journal tells why."""
        statements, ended = Statements.of(self.at.layout), 0
        while found := self.find(choice):
            query = statements.query([Delete(one.id, why=Event.REVOKED) for one in sorted(found, key=lambda one: one.id)])
            cursor = psycopg.RawCursor(self.at.connection)
            gone = sum(answer is True for answer in query.read(cursor.execute(query.sql, query.values).fetchall()))
            ended += gone
            if len(found) < MOST or not gone:
                break
        return ended

    def warn_of_a_scan(self, user: str | None) -> None:
        """Say on standard error that finding a user reads a large table whole, and what makes it quick."""
        layout = self.at.layout
        if user is None or layout.shape.rows < LARGE_ROWS or self.at.answer(index_for(layout.shape, self.keys).stands):
            return
        hint = f"sessile table --users {self.database}"
        print(
            f"sessile: {self.table} has no index of sessions by user, so all of it is read; it gets one by: {hint}",
            file=sys.stderr,
        )


@contextmanager
def _opened(what: list[str] | None, table: str | None, time_zone: str | None, user_key: list[str] | None) -> Iterator[_Looked]:
    database = database_to_use(what)
    with at_hand(database, table, time_zone) as at, working("looking at the sessions"):
        at.connection.execute(f"SET statement_timeout = '{READ_WITHIN}'".encode())
        yield _Looked(at, UserKeys.parse(user_key or USUAL), named(database, table))


def _choice(*, user: str | None = None, idle: float | None = None, key: str | None = None, but: str | None = None) -> Choice:
    for given in (key, but):
        if given is not None and not is_key(given):
            raise NotEvidence(
                f"{excerpt(given, 40)} is no key of a session: sessile sessions list shows them, 16 hex digits each"
            )
    return Choice(user, None if idle is None else timedelta(days=idle), key, but)
