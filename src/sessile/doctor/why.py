"""Why one cookie does not log its user in: its journey from the browser to the row, over what was seen of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import IntEnum

from sessile.doctor.case import Arrival, Case, Ending, NoRow, Row
from sessile.doctor.diagnosis import State, Stop
from sessile.doctor.facts.correlation import Signature, Unsigned
from sessile.doctor.facts.evidence import Unknown
from sessile.session.outcome import Station
from sessile.stores.postgres.journal import DAYS, Event, Word

HALF_HOUR = timedelta(minutes=30)
FOR_EVER = timedelta.max / 2


class Status(IntEnum):
    """The exit status: the session lives, it stops somewhere, or nobody can tell."""

    LIVES = 0
    STOPS = 1
    CANNOT_TELL = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """The stations that one cookie can tell about, and one line that says where it stops and why.

    `ended` is how the session ended, where its row is gone and that is known.
    """

    status: Status
    says: str
    stops: tuple[Stop, ...]
    ended: Word | None = None

    @property
    def station(self) -> Station | None:
        """The station at which it stops, None if it does not or nobody can tell."""
        return next((stop.station for stop in self.stops if stop.state is State.BROKEN), None)


def answer(case: Case) -> Answer:
    """Follow one cookie: pure, so that the same case always gets the same answer."""
    stops = tuple(_journey(case))
    broken = next((stop for stop in stops if stop.state is State.BROKEN), None)
    if broken:
        ended = case.row.ending.last if isinstance(case.row, NoRow) else None
        return Answer(Status.STOPS, f"at {broken.station}: {broken.because}", stops, ended)
    unseen = [stop for stop in stops if stop.state is State.UNSEEN and stop.station is not Station.SEND]
    if unseen:
        return Answer(
            Status.CANNOT_TELL, f"nothing wrong was seen, but not all was seen; {unseen[0].station}: {unseen[0].because}", stops
        )
    return Answer(Status.LIVES, _lives(case), stops)


def spelled(span: timedelta) -> str:
    """A span of time in its two largest units, without a sign: `13 d 4 h`, `5 min 2 s`."""
    rest = int(abs(span.total_seconds()))
    parts = []
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "less than a second"


def _journey(case: Case) -> Iterator[Stop]:
    yield _send(case)
    yield _arrive(case.arrival)
    yield _verify(case)
    yield _find(case)
    yield _live(case)
    yield _read(case)


def _send(case: Case) -> Stop:
    if case.first is not None:
        return Stop(
            Station.SEND,
            State.BROKEN,
            f"several cookies are called {case.arrival.name}: Express takes the first, but number {case.arrival.number} is good",
        )
    if case.arrival.name is None:
        return Stop(Station.SEND, State.UNSEEN, "only the cookie's value was given")
    return Stop(Station.SEND, State.OK, f"the cookie is called {case.arrival.name}")


def _arrive(arrival: Arrival) -> Stop:
    if arrival.damage:
        return Stop(Station.ARRIVE, State.BROKEN, arrival.damage)
    if not arrival.prefixed:
        return Stop(Station.ARRIVE, State.OK, "it came, though not in the form s:id.signature")
    return Stop(Station.ARRIVE, State.OK, arrival.remark or "it has the form s:id.signature")


def _verify(case: Case) -> Stop:
    if not case.arrival.prefixed and not case.arrival.damage:
        return Stop(Station.VERIFY, State.BROKEN, "it does not begin with s:, so Express takes it for unsigned")
    match case.signature:
        case Unsigned() if case.arrival.damage:
            return Stop(Station.VERIFY, State.UNSEEN, "as it came, nothing can verify it")
        case Unknown(why=why):
            return Stop(Station.VERIFY, State.UNSEEN, why)
        case Unsigned(tried=tried):
            says = f"{tried[0]} did not sign it" if len(tried) == 1 else f"none of {', '.join(tried)} signed it"
            return Stop(Station.VERIFY, State.BROKEN, says)
        case Signature(known_default=True):
            says = "it is signed with a default that everybody knows, and not with the secret that was given"
            return Stop(Station.VERIFY, State.BROKEN, says)
        case Signature(variant=variant) if variant:
            return Stop(
                Station.VERIFY,
                State.BROKEN,
                f"{case.signature.where} signed it only {variant}: the two sides read it differently",
            )
        case Signature(where=where, fingerprint=fingerprint):
            return Stop(Station.VERIFY, State.OK, f"{where} signed it (key {fingerprint})")


def _find(case: Case) -> Stop:
    match case.row:
        case Unknown(why=why):
            return Stop(Station.FIND, State.UNSEEN, why)
        case NoRow(elsewhere=elsewhere) if elsewhere:
            return Stop(
                Station.FIND, State.BROKEN, f"{case.row.says}, and {elsewhere} has it: writer and reader look in two places"
            )
        case NoRow(because=because, ending=ending):
            return Stop(Station.FIND, State.BROKEN, f"{case.row.says}: {_gone(ending, because)}")
        case Row(table=table, rows=1):
            return Stop(Station.FIND, State.OK, f"{table} has the {case.row.what}")
        case Row(table=table, masked_id=masked_id, rows=rows):
            says = f"{table} has {rows} rows with sid {masked_id}, and which of them is read is chance"
            return Stop(Station.FIND, State.BROKEN, says)


ENDED = {
    Event.LOGGED_OUT: "this session was logged out at {when}",
    Event.REGENERATED: "it got another id at a login (regenerated) at {when}, and the browser still sends the old one",
    Event.ROTATED: "its id was rotated at {when}, and the browser still sends the old one",
    Event.REVOKED: "this session was revoked at {when}",
    Event.PRUNED: "this session had expired, and was pruned at {when}",
}


def _gone(ending: Ending, because: str) -> str:
    return "; ".join((_how_it_ended(ending) or because or _unknown_end(ending), *ending.unread))


def _how_it_ended(ending: Ending) -> str:
    last = ending.last
    if last is None:
        return ""
    if last.event in ENDED:
        successor = f"; the session that took its place was {last.successor} since" if last.successor else ""
        return ENDED[Event(last.event)].format(when=_when(last)) + successor
    somebody = " by somebody who keeps no journal: Express, or SQL by hand" if ending.kept else ""
    return f"its row was deleted at {_when(last)}{somebody}"


def _unknown_end(ending: Ending) -> str:
    if ending.words:
        return f"it was created at {_when(ending.words[0])}, and who removed its row keeps no journal: Express, or SQL by hand"
    if ending.kept:
        return f"the journal has nothing of it: it was never saved by sessile, or ended more than {DAYS} days ago"
    return "it was logged out, pruned or never saved"


def _when(word: Word) -> str:
    return f"{word.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {spelled(word.ago)} ago"


def _live(case: Case) -> Stop:
    if not isinstance(case.row, Row):
        return Stop(Station.LIVE, State.UNSEEN, "no row was seen")
    row = case.row
    if row.left is None:
        return Stop(Station.LIVE, State.BROKEN, f"expire is {row.expire}, which is no point in time")
    reader = f"for this reader, whose TimeZone is {row.time_zone}" if row.time_zone else "for any reader"
    if row.left >= FOR_EVER:
        return Stop(Station.LIVE, State.OK, f"it never ends {reader}")
    if row.left >= timedelta(0):
        return Stop(Station.LIVE, State.OK, f"it lives {spelled(row.left)} more {reader}, until {row.expire}")
    says = f"it expired {spelled(row.left)} ago ({abs(row.left.total_seconds()):,.0f} s) {reader}: expire is {row.expire}"
    if row.writer_zone:
        says += f"; the writer's was {row.writer_zone}"
    if row.cookie_left is not None and row.cookie_left > HALF_HOUR:
        says += f"; its own cookie says {spelled(row.cookie_left)} more, so writer and reader differ in time zone"
    return Stop(Station.LIVE, State.BROKEN, says)


def _read(case: Case) -> Stop:
    if not isinstance(case.row, Row):
        return Stop(Station.READ, State.UNSEEN, "no row was seen")
    if not case.row.readable:
        return Stop(Station.READ, State.BROKEN, f"{case.row.payload} is no JSON object")
    if not case.row.has_cookie:
        return Stop(Station.READ, State.BROKEN, f"{case.row.payload} has no cookie object, so Express answers 500")
    if not case.row.identities and case.row.other_keys:
        said, keys = case.row.payload, case.row.other_keys
        says = f"whether {said} names a user cannot be told: none of its keys ({keys}) has a usual name for one"
        return Stop(Station.READ, State.UNSEEN, says)
    if not case.row.identities:
        return Stop(
            Station.READ, State.BROKEN, f"{case.row.payload} holds its cookie and nothing else: nobody is logged in by it"
        )
    return Stop(Station.READ, State.OK, f"{case.row.payload} names a user ({', '.join(case.row.identities)})")


def _lives(case: Case) -> str:
    left = case.row.left if isinstance(case.row, Row) else None
    if left is not None and left >= FOR_EVER:
        return "its session is alive, and never ends"
    return f"its session has {spelled(left)} left" if left is not None else "its session is alive"
