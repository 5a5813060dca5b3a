"""Where sessions stop that no known cause stops: the station is told by what was seen, whoever is to blame."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sessile.doctor import journey
from sessile.doctor.causes import signs
from sessile.doctor.facts import Facts
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.facts.logs import Event, Kind, Log
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.observations import OBSERVATIONS
from sessile.doctor.placement import placed
from sessile.session.outcome import Station

OUT_OF_REACH: Final = re.compile(
    r"(?:08|25|28|3D|53|55|57)[0-9A-Z]{3}|E(?:CONN|HOST|NET|TIMED|NOTFOUND|AI_)[A-Z]*|POOL_\w+|CONNECTION_TERMINATED"
    r"|REDIS_(?:E[A-Z_]+|NOAUTH|WRONGPASS|DB|MAXCLIENTS|LOADING|MASTERDOWN|CLUSTERDOWN)"
)
"""SQLSTATE classes and errno names by which a store does not answer: connection, transaction, admission, resources, operator."""
LATER: Final = (Kind.SAVED, Kind.AUTHORIZED, Kind.SESSION_FOUND)
MEANT: Final[Mapping[Kind, Station]] = {
    Kind.SAVE_ERROR: Station.SAVE,
    Kind.TABLE_WARNING: Station.BOOT,
    Kind.EXIT: Station.BOOT,
}


def stops(facts: Facts, looks: Mapping[str, Seen | NotSeen | None]) -> tuple[tuple[Station, Evidence], ...]:
    """The stations where sessions may stop, with what shows it: one where it is certain which, else all that come into question.

    What the doctor met itself goes before what a recording shows, that before an error in a log, and this before a mere symptom.
    """
    sure = next((found for look in (_met, _recorded, _logged) for found in look(facts)), None)
    if sure:
        return (sure,)
    for name, look in looks.items():
        if isinstance(look, Seen) and OBSERVATIONS[name].stations:
            return tuple((station, look.evidence[0]) for station in OBSERVATIONS[name].stations)
    return ()


def _met(facts: Facts) -> Iterator[tuple[Station, Evidence]]:
    yield from ((station, Evidence(says, "postgres", "experiment")) for station, says in journey.failing(facts).items())


def _recorded(facts: Facts) -> Iterator[tuple[Station, Evidence]]:
    yield from ((one.station, one.evidence) for one in placed(facts) if one.station)


def _logged(facts: Facts) -> Iterator[tuple[Station, Evidence]]:
    """The last word of each log: an error after which no session has worked, or an outcome that sessile named."""
    for log in facts.logs:
        told = [(event.last.line, station, event) for event in log.events if (station := _station(log, event))]
        if told:
            _, station, event = max(told, key=lambda one: one[0])
            yield station, log.evidence(event)


def _station(log: Log, event: Event) -> Station | None:
    if event.last.boot < log.boots or any(later.last.line > event.last.line for kind in LATER for later in log.of(kind)):
        return None
    if event.kind is Kind.OUTCOME:
        station = event.code.partition(":")[0]
        return Station(station) if station in list(Station) else None
    if event.kind not in signs.CARRIERS:
        return None
    return Station.REACH if OUT_OF_REACH.fullmatch(event.code) else MEANT.get(event.kind)
