"""At which station an error of a log stops sessions: told by its code, whoever is to blame."""

import re
from collections.abc import Sequence
from typing import Final

from sessile.doctor.causes import signs
from sessile.doctor.facts import Database, Facts
from sessile.doctor.facts.logs import SESSION_STORE, Event, Kind, Log
from sessile.session.outcome import Station
from sessile.stores.postgres.shape import TableShape

OF_THE_STORE: Final[tuple[tuple[Station, re.Pattern[str]], ...]] = tuple(
    (station, re.compile(pattern))
    for station, pattern in (
        (
            Station.REACH,
            r"(?:08|28|3D|53|57)[0-9A-Z]{3}|25006|25P03|55P03|E(?:CONN|HOST|NET|TIMED|NOTFOUND|AI_)[A-Z]*|POOL_\w+"
            r"|CONNECTION_TERMINATED|SASL_\w+|SSL_\w+|\w*CERT\w*|UNABLE_TO_\w+|ERR_INVALID_URL"
            r"|REDIS_(?:E[A-Z_]+|NOAUTH|WRONGPASS|DB|MAXCLIENTS|LOADING|MASTERDOWN|CLUSTERDOWN)",
        ),
        (Station.FIND, r"XX00[12]|58[0-9A-Z]{3}|SESSION_DELETED"),
        (Station.BOOT, r"42P07|42P16|42710"),
        (Station.SAVE, r"(?:0A|21|22|23|25|40|42|44|54|P0)[0-9A-Z]{3}|55000|UNSERIALIZABLE"),
    )
)
"""What the database, or the way to it, answers: SQLSTATE classes and errno names.

Connection, admission, resources and operator keep a store out of reach; damaged pages hide rows; what is made at the start is
there already; the rest is about what a statement writes.
"""
DENIED: Final = "42501"
"""A right is missing, or row security lets a row neither be seen nor be written."""
MISTYPED: Final = ("42804", "42883")
"""A column has another type than its values: whoever looks for a row meets what was wrong when it was saved."""
LACKING: Final = ("42P01", "3F000", "42703")
"""The table, its schema or a column is not there: the start has not made it, unless it is elsewhere, or was changed since."""
CATALOGUE: Final = frozenset({"pg_type_typname_nsp_index", "pg_class_relname_nsp_index"})
"""What names are unique by within PostgreSQL: a duplicate there is two who made one table at once, and no session's row."""
OPTION_OF_COOKIE: Final = "COOKIE_OPTION"
"""An option of the cookie cannot be written; the row has its end from it."""
OF_A_VALUE: Final = re.compile(r"22[0-9A-Z]{3}")
OF_THE_FRAMEWORK: Final = {
    "MEMORY_STORE": (Station.BOOT,),
    "SECRET_MISSING": (Station.BOOT,),
    "SESSION_MIDDLEWARE": (Station.BOOT,),
    "SESSION_SUPPORT": (Station.BOOT,),
    "SESSION_UNDEFINED": (Station.BOOT,),
    "MAXAGE_TYPE": (Station.BOOT, Station.READ),
    "SESSION_REPLACED": (Station.BOOT, Station.SAVE),
    "CHANGE_LOST": (Station.SAVE,),
    OPTION_OF_COOKIE: (Station.SET,),
    "EXPIRY_NULL": (Station.LIVE,),
    "SERIALIZE_USER": (Station.READ,),
    "DESERIALIZE_USER": (Station.READ,),
    "DESERIALIZE_FAILS": (Station.READ,),
    "USER_KEY": (Station.READ,),
    "SESSION_TYPE": (Station.BOOT,),
    "SESSION_UNREADABLE": (Station.READ,),
    "COOKIE_READ": (Station.READ,),
}
"""What the code around the sessions says itself, by the names that the reader of logs gives it."""
SELECTIVE: Final = re.compile(
    r"(?:22|23|58)[0-9A-Z]{3}|XX00[12]|UNSERIALIZABLE|CHANGE_LOST|EXPIRY_NULL|(?:DE)?SERIALIZE_USER|COOKIE_READ|USER_KEY"
    r"|SESSION_(?:DELETED|UNREADABLE)|MEMORY_STORE|MAXAGE_TYPE"
)
"""What strikes some users or values only, so that the others' success says nothing against it."""
MEANT: Final = {Kind.SAVE_ERROR: Station.SAVE, Kind.TABLE_WARNING: Station.BOOT, Kind.EXIT: Station.BOOT}
LATER: Final = (Kind.SAVED, Kind.AUTHORIZED, Kind.SESSION_FOUND)
SUFFERED: Final = frozenset({Kind.SAVE_ERROR, Kind.EXIT})


def of_code(code: str, facts: Facts) -> Station | None:
    """Where the database's own answer stops a session's statement, None if the code says nothing of it."""
    table = facts.database.table if isinstance(facts.database, Database) else None
    known = table if isinstance(table, TableShape) else None
    if code in LACKING:
        return Station.FIND if known and known.holds_sessions else Station.BOOT
    if code == DENIED and known and known.row_security:
        return Station.FIND
    return next((station for station, pattern in OF_THE_STORE if pattern.fullmatch(code)), None)


def _of_creation(facts: Facts) -> Station:
    """Where two that make the table at once stop sessions: met again once it is there, the failure is remembered, and no request
    comes to the store any more.
    """
    table = facts.database.table if isinstance(facts.database, Database) else None
    return Station.REACH if isinstance(table, TableShape) and table.holds_sessions else Station.BOOT


def last_words(log: Log, facts: Facts) -> tuple[tuple[Station, Event], ...]:
    """The errors and outcomes that no later success contradicts, as far as they were still met when the last of them was.

    The last one stands first; those that stand beside it came in between. An outcome counts where no error tells more.
    """
    told = [(event, stations) for event in log.events if (stations := _stations(log, event, facts))]
    told.sort(key=lambda one: -one[0].last.line)
    beside = [one for one in told if one[0].last.line >= told[0][0].first.line]
    coded = [one for one in beside if one[0].kind is not Kind.OUTCOME and one[0].code]
    first = [one for one in coded or beside if not _follows(one[0], coded)]
    return tuple((station, event) for event, stations in first for station in stations)


def _follows(event: Event, beside: Sequence[tuple[Event, tuple[Station, ...]]]) -> bool:
    """Whether it is a value that the database refuses because a cookie with it cannot be written either: its end, most of all."""
    return bool(OF_A_VALUE.fullmatch(event.code)) and any(one.code == OPTION_OF_COOKIE for one, _ in beside)


def suffered(log: Log, facts: Facts) -> tuple[Event, ...]:
    """The errors of the last run that stop somebody's session for certain: of the session store, or told by its own words."""
    return tuple(event for event in log.events if _of_sessions(event, facts) and _stations(log, event, facts))


def _names_sessions(event: Event, facts: Facts) -> bool:
    """Whether the session store's own query failed, by the error's stack or by what it names."""
    return SESSION_STORE in event.values or signs.speaks_of_sessions(facts, " ".join((event.text, *event.values)))


def _of_sessions(event: Event, facts: Facts) -> bool:
    if event.kind is Kind.ERROR:
        return event.code != "MEMORY_STORE" and (event.code in OF_THE_FRAMEWORK or _names_sessions(event, facts))
    return event.kind in SUFFERED


def _stations(log: Log, event: Event, facts: Facts) -> tuple[Station, ...]:
    over = _is_over(log, event)
    if event.last.boot < log.boots or (over and not SELECTIVE.fullmatch(event.code)):
        return ()
    if event.kind is Kind.OUTCOME:
        station = event.code.partition(":")[0]
        return (Station(station),) if station in list(Station) else ()
    if event.kind not in signs.CARRIERS:
        return ()
    told = _of_creation(facts) if CATALOGUE & set(event.values) else of_code(event.code, facts)
    if told is Station.REACH or (told and (event.kind is Kind.SAVE_ERROR or _names_sessions(event, facts))):
        return (told,)
    meant = MEANT.get(event.kind)
    several = OF_THE_FRAMEWORK.get(event.code) or ((meant,) if meant else ())
    # What strikes some is not wrong since the start, and nothing was saved to be read where nobody ever got in.
    unlikely = Station.BOOT if over else Station.READ if not _worked_before(log, event) else None
    return tuple(one for one in several if one is not unlikely) or several


def _worked_before(log: Log, event: Event) -> bool:
    return any(other.first.line < event.first.line for kind in LATER for other in log.of(kind))


def _is_over(log: Log, event: Event) -> bool:
    """Whether sessions have worked since."""
    return any(later.last.line > event.last.line for kind in LATER for later in log.of(kind))
