"""The connection budget: what all processes of a service may open, against what the server allows."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LIMITS = """
SELECT current_setting('max_connections')::int,
       current_setting('superuser_reserved_connections')::int
         + coalesce(current_setting('reserved_connections', true), '0')::int,
       (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend'),
       least(nullif((SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user), -1),
             nullif((SELECT datconnlimit FROM pg_database WHERE datname = current_database()), -1))
"""

WORKERS = "WEB_CONCURRENCY"
"""How many worker processes uvicorn and gunicorn start, where this is set."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Connections that the service may open (`workers` processes with `pool` each), that are open now, and that are allowed."""

    workers: int
    pool: int
    allowed: int
    in_use: int

    @classmethod
    def of(cls, row: Sequence[Any], *, pool: int, workers: int | None, environment: Mapping[str, str] = os.environ) -> "Budget":
        """Read the row of LIMITS; without `workers` the environment tells how many there are, else one."""
        most, reserved, in_use, limit = row
        if workers is None:
            stated = environment.get(WORKERS, "").strip()
            workers = int(stated) if stated.isdecimal() else 1
        return cls(max(workers, 1), pool, min(most - reserved, limit if limit is not None else most), in_use)

    @property
    def remark(self) -> tuple[int, str]:
        """A line for the log, and its level: a warning where the budget is more than the server allows."""
        wanted = self.workers * self.pool
        line = (
            f"database connections: up to {wanted} of this service ({self.workers} x pool of {self.pool}), "
            f"{self.allowed} allowed, {self.in_use} open now"
        )
        if wanted <= self.allowed:
            return logging.INFO, line
        fits = max(self.allowed // self.workers, 1)
        return logging.WARNING, f"{line}: under load the server will refuse some (53300); make it PostgresStore(pool_size={fits})"
