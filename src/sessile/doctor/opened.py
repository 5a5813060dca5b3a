"""Where a session stops by what its cookie opens: a row that lacks something, or one that was loaded in vain."""

from datetime import datetime
from typing import Final

from sessile.doctor.facts.correlation import Stored
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.latest import Latest
from sessile.doctor.visits import Visit, turned_away
from sessile.session.outcome import Station

CLOCKS: Final = 2000.0
"""So many milliseconds a browser's clock and a database's may be apart before an expiry counts."""
SOON: Final = 120_000.0
"""No session is meant to be over so many milliseconds after its login."""
ROUNDED: Final = 1500.0
"""By so many milliseconds a row's end may be later than its cookie's after a mere save, as it is in whole seconds."""
QUARTER: Final = 900_000.0

Where = tuple[Station | None, str]


def wanting(row: Stored, visit: Visit, one: Exchange, now: datetime, names_users: str) -> Where | None:
    """Where a request stops because of what its row is, None if nothing is wrong with that.

    `names_users` is the key by which sessions of users who were let in name them, "" where none was seen.
    """
    match row:
        case Stored(rows=rows) if rows > 1:
            return Station.FIND, f"its session id has {rows} rows, and which of them is read is chance"
        case Stored(expires=None):
            return Station.LIVE, "its row's expire is no point in time"
        case Stored(expires=expires) if expires is not None and expires < one.sent - CLOCKS:
            return Station.LIVE, f"its row had expired {round((one.sent - expires) / 1000)} s before"
        case Stored(expires=expires) if expires is not None and _over_so_soon(expires, visit, now):
            return Station.LIVE, f"its row was over {max(0, round((expires - visit.login.started) / 1000))} s after the login"
        case Stored(readable=False) | Stored(has_cookie=False):
            return Station.READ, "its row's sess holds no session as Express writes it"
        case Stored(identities=(), other_keys=0):
            return Station.READ, "its row names nobody: it holds the cookie and nothing else"
        case Stored(identities=()) if names_users:
            return Station.READ, f"its row names nobody, and others do ({names_users})"
    return None


def _over_so_soon(expires: float, visit: Visit, now: datetime) -> bool:
    """Whether a row is over by now that was given less than anybody means, however far two clocks are apart."""
    return expires < now.timestamp() * 1000 and expires < visit.login.started + SOON


def touched(row: Stored, visit: Visit) -> bool:
    """Whether its end was moved on after the login, and only requests that were turned away can have done so.

    A save sets both times, a touch moves the column's alone; where that has no time zone, they differ by quarters of an hour.
    """
    last = _LAST_REFUSED(visit)
    if row.expires is None or row.cookie_expires is None or last is None:
        return False
    apart = row.expires - row.cookie_expires
    moved = apart - round(apart / QUARTER) * QUARTER
    began = visit.login.started
    return (visit.login.ended or began) - began + ROUNDED < moved <= last - began + ROUNDED


def _last_refused(visit: Visit) -> float | None:
    """When the last request with a session cookie was sent, where all were turned away; None elsewhere."""
    came = [one for one in visit.after if visit.sent(one) != ()]
    return came[-1].sent if came and all(turned_away(one) for one in came) else None


_LAST_REFUSED: Final = Latest(_last_refused)


def loaded(row: Stored, visit: Visit, one: Exchange) -> Where:
    """Where a request stops whose session was loaded for it."""
    earlier = (other for other in reversed(visit.let_in) if other.started < one.started and visit.came_back(other))
    before = next(earlier, None)
    if before and row.identities:
        return Station.AGREE, f"its session was loaded, names a user, and let {before} in before"
    return None, "its session was loaded, and its user was not let in"
