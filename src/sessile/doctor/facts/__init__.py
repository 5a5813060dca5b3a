"""What is known about a service: frozen values with their provenance, or `Unknown` and why."""

from dataclasses import dataclass, field
from datetime import datetime

from sessile.doctor.facts.correlation import Correlations
from sessile.doctor.facts.database import Database, Failure, Rows
from sessile.doctor.facts.deployment import Deployment, Deployments
from sessile.doctor.facts.environment import Environment
from sessile.doctor.facts.evidence import Evidence, Unknown
from sessile.doctor.facts.logs import ErrorSeen, Log
from sessile.doctor.facts.other_tables import OtherTable
from sessile.doctor.facts.redis import Redis
from sessile.doctor.facts.site import Site
from sessile.doctor.facts.source import Source, Unread
from sessile.doctor.facts.wire import Wire

__all__ = [
    "Correlations",
    "Database",
    "Deployment",
    "Deployments",
    "Environment",
    "ErrorSeen",
    "Evidence",
    "Facts",
    "Failure",
    "Log",
    "OtherTable",
    "Redis",
    "Site",
    "Source",
    "Unknown",
    "Unread",
    "Wire",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the collectors brought, merged: the only thing a cause may look at.

    `now` is the collector's clock, timezone-aware, so that no cause needs a clock of its own.
    """

    now: datetime
    database: Database | Unknown = field(default_factory=lambda: Unknown("no database URL was given"))
    redis: Redis | Unknown = field(default_factory=lambda: Unknown("no Redis URL was given"))
    environments: tuple[Environment, ...] = ()
    logs: tuple[Log, ...] = ()
    wires: tuple[Wire, ...] = ()
    sites: tuple[Site, ...] = ()
    sources: tuple[Source, ...] = ()
    unread: tuple[Unread, ...] = ()
    other_tables: tuple[OtherTable, ...] = ()
    deployments: Deployments = field(default_factory=Deployments)
    correlations: Correlations = field(default_factory=Correlations)

    @property
    def errors(self) -> tuple[ErrorSeen, ...]:
        """Every error seen, those met by the doctor itself before those read in a log."""
        live = self.database.errors if isinstance(self.database, Database) else ()
        live += self.redis.errors if isinstance(self.redis, Redis) else ()
        return live + tuple(error for log in self.logs for error in log.errors)

    @property
    def rows(self) -> Rows | None:
        """The figures over the session table's rows, None where they were not seen."""
        rows = self.database.rows if isinstance(self.database, Database) else None
        return rows if isinstance(rows, Rows) else None
