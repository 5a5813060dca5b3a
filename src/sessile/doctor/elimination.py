"""Which stations a session can have stopped at: what was seen of the sessions that failed excludes the others."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sessile.doctor import deeds, layers, symptoms
from sessile.doctor.facts import Database, Facts, Unknown
from sessile.doctor.facts.database import Experiment, Rows
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.other_tables import OtherTable
from sessile.doctor.facts.source import Deed
from sessile.doctor.layers import Storage
from sessile.doctor.placement import placed
from sessile.doctor.visits import visits
from sessile.session.outcome import Station

ROUNDING: Final = timedelta(seconds=1)
"""The row of a login is saved at most so long before the log has its line, by one clock."""
RETURNING: Final = frozenset({Station.READ, Station.AGREE})
"""What is left where a session was loaded and saved again, and its user was turned away."""
ON_ITS_WAY: Final = frozenset(Station) - {Station.BOOT, Station.REACH, Station.SAVE, Station.FIND, Station.LIVE}
"""What is left where the row is there and lives."""


def left(stations: Sequence[Station], facts: Facts) -> tuple[Station, ...]:
    """Those of the stations that no look excludes; a look that would exclude all of them is about something else.

    What the code does decides among those that what was seen of the sessions has left.
    """
    remaining = tuple(stations)
    for leaves in _seen(facts):
        remaining = tuple(one for one in remaining if one in leaves) or remaining
    return deeds.narrowed(remaining, facts)


def _seen(facts: Facts) -> Iterator[frozenset[Station]]:
    yield kept(facts)
    if any(one.loaded for one in placed(facts)):
        yield RETURNING | _unsigned_once_more(facts)
        return
    known = [one.left | _read_by_another(facts) for one in placed(facts)[:1] if one.left]
    yield from known
    yield from (leaves for table in facts.other_tables if (leaves := _of_other(table, facts)))
    rows = facts.rows
    if rows is None or not rows.complete:
        return
    yield from (leaves for look, leaves in _LOOKS if look(rows, facts))
    if not known and _rows_used_again(rows):
        yield RETURNING


def _unsigned_once_more(facts: Facts) -> frozenset[Station]:
    """That its session was loaded says nothing of the signature where the code checks it by itself besides."""
    return frozenset(Station.VERIFY for source in facts.sources if source.did(Deed.UNSIGNS_UNDECODED))


def _read_by_another(facts: Facts) -> frozenset[Station]:
    """That a cookie is signed as it should be says nothing of the signature where the code has another reader of it."""
    return frozenset(station for station, _ in deeds.stops(facts) if station is Station.VERIFY)


def kept(facts: Facts) -> frozenset[Station]:
    """Signed cookies need no row to be found, and what is in a process's memory has no signature.

    What a refusal takes away, the service itself may have ended, wherever it is kept.
    """
    storages = {layer.storage for layer in layers.layers(facts)}
    signed = any(not isinstance(one.signature, Unknown) for one in facts.correlations.cookies)
    in_memory = storages == {Storage.MEMORY} or any(source.did(Deed.KEEPS_IN_MEMORY) for source in facts.sources)
    if in_memory and not signed:
        return frozenset(Station) - {Station.REACH, Station.VERIFY}
    if storages != {Storage.COOKIE}:
        return frozenset(Station)
    ended = any(visit.removes(one) for visit in visits(facts) for one in visit.turned_away)
    return frozenset(Station) - ({Station.REACH} if ended else {Station.REACH, Station.FIND, Station.READ})


def _of_other(table: OtherTable, facts: Facts) -> frozenset[Station] | None:
    """What the rows of a table leave that tells who signed them, where each login that the log shows has left one."""
    if not table.sampled or not table.tried or table.live < _logins(facts):
        return None
    if not table.signed:
        return frozenset({Station.VERIFY})
    return RETURNING if table.signed == table.sampled else None


def _none_left(rows: Rows, facts: Facts) -> bool:
    return rows.read == 0 < _logins(facts)


def _newest_missing(rows: Rows, facts: Facts) -> bool:
    """The last login that the log shows has left no row, though others have, and its user was turned away."""
    last = symptoms.last_login(facts)
    refused = any(log.login_then_401 for log in facts.logs)
    some = refused and 0 < rows.read < _logins(facts)
    return some and (_is_before(rows.newest, last) or _stopped_saving(rows, facts))


def _stopped_saving(rows: Rows, facts: Facts) -> bool:
    """Whether just those logins left a row whose users were let in, and all that were turned away came after them."""
    in_order = all(
        refused.first.line > let_in.last.line
        for log in facts.logs
        for refused in log.of(Kind.UNAUTHORIZED)
        for let_in in log.of(Kind.AUTHORIZED)
    )
    return in_order and rows.live == rows.read == sum(log.login_then_authorized for log in facts.logs)


def _oldest_missing(rows: Rows, facts: Facts) -> bool:
    """Of the first logins that the log shows no row is left, though others are."""
    first = _first_login(facts)
    oldest = min((one.first for one in rows.cookies), default=None)
    begun = datetime.fromtimestamp(oldest, UTC) if oldest else None
    return 1 < rows.read < _logins(facts) and not rows.expired and _is_before(first, begun)


def _is_before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one < other - ROUNDING


def _rows_there(rows: Rows, facts: Facts) -> bool:
    """Every login that the log shows has left a row, the last one too, and this role finds what it writes."""
    logins = _logins(facts)
    last = symptoms.last_login(facts)
    saved = rows.newest is not None and (last is None or rows.newest >= last - ROUNDING)
    return 0 < logins <= rows.live - rows.of_nobody and saved and _found(facts)


def _rows_used_again(rows: Rows) -> bool:
    """What most sessions are, which says nothing of one that was refused and is known by its own cookie."""
    return rows.returning > 2 * rows.never_returned


def _rows_plain(rows: Rows, _: Facts) -> bool:
    """Each row holds what Express reads, and names a user; nothing shows that it was read and found wanting."""
    return rows.read > 0 == rows.of_nobody + rows.without_cookie + rows.not_objects + rows.users_erased + rows.returning


def _rows_of_nobody(rows: Rows, _: Facts) -> bool:
    return rows.of_nobody * 2 > rows.read


def _rows_born_dead(rows: Rows, facts: Facts) -> bool:
    return rows.negative_lives * 2 > rows.read or symptoms.over_at_once(rows, facts)


_LOOKS: Final[tuple[tuple[Callable[[Rows, Facts], bool], frozenset[Station]], ...]] = (
    (_none_left, frozenset({Station.SAVE, Station.FIND})),
    (_newest_missing, frozenset({Station.SAVE})),
    (_oldest_missing, frozenset({Station.FIND})),
    (_rows_there, ON_ITS_WAY),
    (_rows_plain, frozenset(Station) - {Station.READ}),
    (_rows_of_nobody, frozenset({Station.SAVE, Station.READ})),
    (_rows_born_dead, frozenset({Station.LIVE})),
)


def _logins(facts: Facts) -> int:
    return sum(event.count for event in symptoms.logins(facts))


def _first_login(facts: Facts) -> datetime | None:
    return min((event.first.time for event in symptoms.logins(facts) if event.first.time), default=None)


def _found(facts: Facts) -> bool:
    experiment = facts.database.experiment if isinstance(facts.database, Database) else None
    return isinstance(experiment, Experiment) and experiment.passed
