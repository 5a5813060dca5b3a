"""Looking at everything that was given: side by side, within the time there is, so that one failure never loses the rest."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic
from types import TracebackType
from typing import Generic, TypeVar

from sessile.doctor.evidence import database, dotenv, environment, logs
from sessile.doctor.evidence.sorting import Item, Kind, NotEvidence
from sessile.doctor.facts import Database, Environment, Facts, Log, Unknown
from sessile.doctor.facts.environment import Dialect
from sessile.doctor.masking import excerpt

PATIENCE = 26.0
DATABASE_PATIENCE = 20.0

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to look at the database: the table's name if it is not to be found by its looks, and what is allowed."""

    table: str | None = None
    full_scan: bool = False
    experiment: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The facts, what they come from, what could not be looked at and why, and the database that was looked at."""

    facts: Facts
    looked_at: tuple[str, ...]
    failures: tuple[str, ...]
    database: Item | None


def gather(
    items: Sequence[Item], options: Options, *, environ: Mapping[str, str] | None = None, patience: float = PATIENCE
) -> Gathered:
    """Look at everything within `patience` seconds; `environ` is the service's own environment if it is to be looked at, too.

    Raises NotEvidence if nothing at all could be looked at.
    """
    now = datetime.now(UTC)
    deadline = monotonic() + patience
    chosen, remarks = _choose_database(items)
    reading = [
        *([_Look(chosen.written, partial(_database, chosen, options, now))] if chosen else []),
        *(_Look(item.written, partial(logs.collect, item.path, text=item.text)) for item in items if item.kind is Kind.LOG),
    ]
    files = [_Look(i.written, partial(environment.collect, i.path)) for i in items if i.kind is Kind.ENVIRONMENT and i.path]
    looks: list[_Look[Database] | _Look[tuple[Log, ...]] | _Look[Environment]] = [*reading, *files]
    for look in looks:
        look.start()
    for look in looks:
        look.join(max(0.0, deadline - monotonic()))
    return Gathered(facts=Facts(now=now), looked_at=(), failures=tuple(remarks), database=chosen)
