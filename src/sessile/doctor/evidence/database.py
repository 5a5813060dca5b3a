"""The evidence of the database itself: the server, the session table, its rows, who locks it, and a login tried and rolled back."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import psycopg

from sessile.doctor.evidence.experiment import experiment as try_a_login
from sessile.doctor.evidence.inspection import Inspection, UnreachableError
from sessile.doctor.evidence.refusal import failure, refusal
from sessile.doctor.evidence.relations import relations
from sessile.doctor.evidence.rows import rows
from sessile.doctor.evidence.server import holders, running_clock, server
from sessile.doctor.facts.database import Database, Experiment, Failure, Holder, Relation, Rows, Server
from sessile.doctor.facts.evidence import Unknown
from sessile.stores.postgres.address import Address, AddressError
from sessile.stores.postgres.catalog import Candidate, shape
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
    (`user_sessions`, `auth.session`) where the search should not. `full_scan` reads a large table whole. `experiment` False never tries
    a login, True tries it also where a rollback may not undo all that it sets off; None tries it where nothing can remain.

    Raises nothing for a database that is unreachable, refuses or is slow: what could not be learned is Unknown, and says why.
    """
    clock = running_clock(now)
    try:
        address = Address.parse(url)
    except AddressError as error:
        return _unreached("an unreadable URL", Failure("ERR_INVALID_URL", str(error)))
    try:
        with Inspection(address, deadline) as inspection:
            return _Look(inspection, clock).whole(table, full_scan, experiment)
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


class _Look:
    """One look at one database; a part that fails is Unknown, and the others go on."""

    def __init__(self, inspection: Inspection, clock: Callable[[], datetime]) -> None:
        self.inspection = inspection
        self.clock = clock
        self.damage: list[Failure] = []

    def whole(self, name: str | None, full_scan: bool, forced: bool | None) -> Database:
        address = self.inspection.address
        asked = self._part(self._server)
        found, chosen = self._part(lambda: self._relations(name)) or ((), None)
        return Database()

    def _part(self, look: Callable[[], T]) -> T | Unknown:
        if self.inspection.left <= 0:
            return Unknown(f"the time for the whole look, {self.inspection.seconds:g} s, was up")
        try:
            return look()
        except psycopg.Error as error:
            if (error.sqlstate or "").startswith(DAMAGE):
                self.damage.append(failure(error))
            return Unknown(self.inspection.why(error))
