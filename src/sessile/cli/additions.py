"""`sessile table --triggers` and `--journal`: what stands beside the session table, shown, checked, made or taken away."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import psycopg
from psycopg.rows import TupleRow

from sessile.cli.output import Show
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.masking import excerpt
from sessile.doctor.report import table as report
from sessile.errors import TableError
from sessile.stores.postgres.addition import Addition
from sessile.stores.postgres.address import Address
from sessile.stores.postgres.answering import answered
from sessile.stores.postgres.readiness import Ask, additions, make_ready, stands
from sessile.stores.postgres.statements import Row
from sessile.stores.postgres.table import TableName

T = TypeVar("T")
LACKING = 1


class Task(StrEnum):
    """What to do with what stands beside the table."""

    SHOW = "show"
    SQL = "--sql"
    CHECK = "--check"
    CREATE = "--create"
    DROP = "--drop"
    DROP_SQL = "--drop --sql"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them, beside which table, and in which time zone a zoneless `expire` is written (None: UTC)."""

    name: TableName
    triggers: bool
    journal: bool
    time_zone: str | None = None


def run(task: Task, wanted: Wanted, url: str, database: str, show: Show) -> int:
    """Do the task, and return the exit status; `database` is how commands to print name the database.

    Raises TableError, with what the owner should run, where this role may not do it.
    """
    with _connected(url) as connection:
        if task is Task.CREATE:
            answered(_making(wanted), connection)
        found = answered(_planned(wanted), connection)
        if task in (Task.SQL, Task.DROP_SQL):
            sys.stdout.write("\n".join(one.sql if task is Task.SQL else one.drop for one in found))
            return 0
        if task is Task.DROP:
            for addition in found:
                answered(_dropping(addition, wanted, database), connection)
            report.write_dropped(show.page, wanted.name, found)
            return 0
        standing = [(addition, answered(stands(addition), connection)) for addition in found]
    report.write_additions(show.page, wanted.name, standing, database)
    return LACKING if task is Task.CHECK and not all(there for _, there in standing) else 0


@contextmanager
def _connected(url: str) -> Generator[psycopg.Connection[TupleRow], None, None]:
    try:
        connection = psycopg.connect(Address.parse(url).conninfo, connect_timeout=10, autocommit=True)
    except psycopg.Error as error:
        raise NotEvidence(f"the database could not be looked at: {excerpt(str(error))}") from error
    with connection:
        yield connection


def _making(wanted: Wanted) -> Generator[Ask, Sequence[Row], object]:
    return make_ready(wanted.name, create=True, time_zone=wanted.time_zone, triggers=wanted.triggers, journal=wanted.journal)


def _planned(wanted: Wanted) -> Generator[Ask, Sequence[Row], tuple[Addition, ...]]:
    return additions(wanted.name, time_zone=wanted.time_zone, triggers=wanted.triggers, journal=wanted.journal)


def _dropping(addition: Addition, wanted: Wanted, database: str) -> Generator[Ask, Sequence[Row], None]:
    try:
        yield Ask(addition.drop)
    except TableError as error:
        hint = f'sessile table --{addition.option} --drop --sql {database} | psql "$OWNER_DATABASE_URL"'
        raise TableError(f"the {addition.says} of {wanted.name.qualified} stay: {error}; let the owner run: {hint}") from error
