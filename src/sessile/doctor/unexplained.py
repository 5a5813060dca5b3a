"""Where sessions stop that no known cause stops: the station is told by what was seen, whoever is to blame."""

from collections.abc import Iterator, Mapping
from typing import Final

from sessile.doctor import deeds, elimination, journey, stopping
from sessile.doctor.causes import columns, sight
from sessile.doctor.facts import Facts
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.observations import OBSERVATIONS
from sessile.doctor.placement import Placed, placed
from sessile.session.outcome import Station
from sessile.stores.postgres.shape import TableShape

FEW: Final = 3
"""More stations than that are no answer to the question where."""

Stop = tuple[Station, Evidence]


def stops(facts: Facts, looks: Mapping[str, Seen | NotSeen | None]) -> tuple[Stop, ...]:
    """The stations where sessions may stop, with what shows it: one where it is certain which, else all that come into question.

    What the doctor met itself goes before what a recording shows, that before an error in a log, and this before a mere symptom.
    What the code does at that very station is shown with it.
    """
    seen = (found for look in (_met, _recorded, _mistyped, _logged) if (found := tuple(look(facts))))
    found = next(seen, ()) or min(_symptoms(facts, looks), key=len, default=())
    where = {station for station, _ in found}
    return (*found, *(stop for stop in deeds.stops(facts) if {stop[0]} == where))


def _met(facts: Facts) -> Iterator[Stop]:
    """The first statement that failed: the login's own goes before the next request's."""
    failing = list(journey.failing(facts).items())[:1]
    yield from ((station, Evidence(says, "postgres", "experiment")) for station, says in failing)


def _recorded(facts: Facts) -> Iterator[Stop]:
    found = next((one for one in placed(facts) if one.station), None)
    if found and found.station:
        yield from ((station, found.evidence) for station in _stations(found, facts))


def _stations(found: Placed, facts: Facts) -> tuple[Station, ...]:
    """Where it stops. A login that sets no cookie and leaves no row has not put anything into the session that was to be sent."""
    login = facts.correlations.login(found.visit.wire, found.visit.login)
    unsaved = login.unsaved if login else bool(deeds.unnoticed(facts))
    if found.station is Station.SET and unsaved and found.visit.cookies == ():
        return tuple(dict.fromkeys(station for station, _ in deeds.puts_nothing(facts))) or (Station.SET,)
    return (found.station,) if found.station else ()


def _mistyped(facts: Facts) -> Iterator[Stop]:
    """Whatever the reader then says of it, a session is lost where it is written into a column that holds none."""
    table = sight.table(facts)
    column = table.column("sess") if isinstance(table, TableShape) else None
    if column and columns.base(column) in columns.NO_JSON:
        yield Station.SAVE, Evidence(f"sess is {column.type}", "postgres", "pg_attribute sess")


def _logged(facts: Facts) -> Iterator[Stop]:
    """The last words of the first log that has any."""
    for log in facts.logs:
        if words := stopping.last_words(log, facts):
            told = {station: (station, log.evidence(event)) for station, event in reversed(words)}
            yield from (told[station] for station in deeds.narrowed(tuple(told), facts))
            return


def _symptoms(facts: Facts, looks: Mapping[str, Seen | NotSeen | None]) -> Iterator[tuple[Stop, ...]]:
    """What each symptom leaves of the stations it speaks of, where those are few."""
    for name, look in looks.items():
        if isinstance(look, Seen):
            stations = elimination.left(_before_save(OBSERVATIONS[name].stations, facts), facts)
            if 0 < len(stations) <= FEW:
                yield tuple((station, look.evidence[0]) for station in stations)


def _before_save(stations: tuple[Station, ...], facts: Facts) -> tuple[Station, ...]:
    """Of what may fail before a login is answered, what is shown to hold does not come into question."""
    if Station.BOOT not in stations:
        return stations
    started = any(log.count(Kind.BOOT) and not log.count(Kind.EXIT) for log in facts.logs)
    holding = {one for one in (Station.BOOT, Station.REACH) if journey.passed(one, facts)}
    return tuple(one for one in stations if one not in holding and not (one is Station.BOOT and started))
