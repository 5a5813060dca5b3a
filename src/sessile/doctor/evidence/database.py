"""The evidence of the database: the server, the session table, its rows, who locks it, and a login tried and rolled back."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import psycopg

from sessile.doctor.evidence.experiment import experiment as try_a_login
from sessile.doctor.evidence.inspection import Inspection, UnreachableError
from sessile.doctor.evidence.refusal import failure
from sessile.doctor.evidence.relations import relations
from sessile.doctor.evidence.rows import rows
from sessile.doctor.evidence.server import holders, running_clock, server
from sessile.doctor.facts.database import Database, Experiment, Failure, Holder, Server
from sessile.doctor.facts.evidence import Unknown
from sessile.stores.postgres.address import Address, AddressError
from sessile.stores.postgres.catalog import Candidate, shape, tables
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.table import TableName

T = TypeVar("T")

DAMAGE = ("53", "58", "XX")


def collect(
    url: str,
    *,
    table: str | None = None,
    full_scan: bool = False,
    experiment: bool | None = None,
    deadline: float = 20.0,
    now: datetime,
) -> Database:
    """Look at the database behind a URL, for `deadline` seconds at most; `now` is the doctor's clock, timezone-aware.

    Everything but the experiment is done in read-only transactions with time limits. `table` names the session table
    (`user_sessions`, `auth.session`) where the search should not. `full_scan` reads a large table whole. `experiment` False
    never tries a login, True tries it also where a rollback may not undo all that it sets off; None tries it where nothing
    can remain.

    Raises nothing for a database that is unreachable, refuses or is slow: what could not be learned is Unknown, and says why.
    """
    clock = running_clock(now)
    try:
        address = Address.parse(url)
    except AddressError as error:
        return _unreached("an unreadable URL", Failure("ERR_INVALID_URL", str(error)))
    try:
        with Inspection(address, deadline) as inspection:
            return _look(inspection, clock, table, full_scan=full_scan, forced=experiment)
    except UnreachableError as error:
        return _unreached(address.masked, error.failure, address)


def _unreached(masked: str, failure: Failure, address: Address | None = None) -> Database:
    unknown = Unknown("the database was not reached")
    return Database(
        address=masked,
        failure=failure,
        server=unknown,
        table=unknown,
        rows=unknown,
        experiment=unknown,
        quoted=address is not None and address.quoted,
        remarks=address.remarks if address else (),
    )


class _Parts:
    """Runs one part of the look after the other; one that fails is Unknown, and the others go on."""

    def __init__(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self.met: list[psycopg.Error] = []

    def run(self, part: Callable[[], T]) -> T | Unknown:
        if self.inspection.left <= 0:
            return Unknown(self.inspection.time_up)
        try:
            return part()
        except psycopg.Error as error:
            self.met.append(error)
            return Unknown(self.inspection.why(error))
        except UnicodeError:
            return Unknown("a name in the database is not valid in its encoding")

    @property
    def silence(self) -> Failure | None:
        """Why the server answers no more, if so."""
        if self.inspection.late:
            return Failure("ETIMEDOUT", f"connected, but statements were not answered within {self.inspection.seconds:g} s")
        return self.broken_off

    @property
    def broken_off(self) -> Failure | None:
        """How the connection ended, if it was the other side that ended it."""
        ended = self.inspection.connection.closed and not self.inspection.late
        return failure(self.met[-1]) if self.met and ended else None

    @property
    def damage(self) -> tuple[Failure, ...]:
        return tuple(failure(error) for error in self.met if (error.sqlstate or "").startswith(DAMAGE))


def _look(
    inspection: Inspection, clock: Callable[[], datetime], name: str | None, *, full_scan: bool, forced: bool | None
) -> Database:
    parts = _Parts(inspection)
    address = inspection.address
    about = parts.run(lambda: server(inspection, clock))
    if isinstance(about, Unknown) and parts.silence:
        return _unreached(address.masked, parts.silence, address)
    found = parts.run(lambda: relations(inspection, TableName.parse(name) if name else None))
    chosen = found if isinstance(found, Unknown) else found[1]
    table = parts.run(lambda: inspection.ask(shape(chosen.oid))) if isinstance(chosen, Candidate) else chosen
    held = parts.run(lambda: _holders(inspection, table))
    holding = held if isinstance(held, tuple) else ()
    counted = parts.run(lambda: inspection.ask(tables())) if table is None else 0
    return Database(
        address=address.masked,
        server=about,
        table=table,
        relations=() if isinstance(found, Unknown) else found[0],
        rows=_of(table, lambda table: parts.run(lambda: rows(inspection, table, full_scan=full_scan))),
        experiment=_of(table, lambda table: _experiment(parts, table, about, held=bool(holding), clock=clock, forced=forced)),
        holders=holding,
        quoted=address.quoted,
        remarks=address.remarks,
        damage=parts.damage,
        broken_off=parts.broken_off,
        tables=counted,
    )


def _of(table: TableShape | Unknown | None, look: Callable[[TableShape], T | Unknown]) -> T | Unknown:
    if isinstance(table, TableShape):
        return look(table)
    return table if isinstance(table, Unknown) else Unknown("there is no session table")


def _experiment(
    parts: _Parts, table: TableShape, about: Server | Unknown, *, held: bool, clock: Callable[[], datetime], forced: bool | None
) -> Experiment | Unknown:
    if isinstance(about, Unknown):
        return about
    return parts.run(lambda: try_a_login(parts.inspection, table, about, held=held, clock=clock, forced=forced))


def _holders(inspection: Inspection, table: TableShape | Unknown | None) -> tuple[Holder, ...]:
    oids = []
    while isinstance(table, TableShape):
        oids.append(table.oid)
        table = table.base
    return holders(inspection, oids) if oids else ()
