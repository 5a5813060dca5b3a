"""Why a cookie of Starlette, Flask or Django does not log its user in: one that holds its data, or names a row of Django's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sessile.doctor.diagnosis import State, Stop
from sessile.doctor.facts.correlation import Signature, Unsigned
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.signed_data import SignedData
from sessile.doctor.why import Answer, Status, spelled
from sessile.session.outcome import Station

DJANGO_TABLE = "django_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A cookie that holds its data itself. `lifetime` is how long its framework accepts it, and `lifetime_from` who says so."""

    name: str | None
    data: SignedData
    signature: Signature | Unsigned | Unknown
    lifetime: timedelta | None
    lifetime_from: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoRow:
    """A row of `django_session`. `left` is how long it still lives; `readable` tells that its data was decoded.

    `identity` tells that it names a user, `backend` by which authentication backend.
    """

    masked_key: str
    expires: datetime
    left: timedelta
    signature: Signature | Unsigned | Unknown
    readable: bool = True
    identity: bool = False
    backend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DjangoKey:
    """A cookie that is the key of a row; `row` is None where there is none."""

    name: str | None
    masked_key: str
    row: DjangoRow | Unknown | None


def answer(case: Held | DjangoKey) -> Answer:
    """Follow one cookie: pure, so that the same case always gets the same answer."""
    stops = tuple(_of_held(case) if isinstance(case, Held) else _of_key(case))
    broken = next((stop for stop in stops if stop.state is State.BROKEN), None)
    if broken:
        return Answer(Status.STOPS, f"{_what(case)}: it stops at {broken.station}: {broken.because}", stops)
    unseen = next((stop for stop in stops if stop.state is State.UNSEEN and stop.station is not Station.SEND), None)
    if unseen:
        says = f"{_what(case)}; nothing wrong was seen, but not all was seen; {unseen.station}: {unseen.because}"
        return Answer(Status.CANNOT_TELL, says, stops)
    return Answer(Status.LIVES, f"{_what(case)}, and it is good", stops)


def _what(case: Held | DjangoKey) -> str:
    if isinstance(case, DjangoKey):
        return f"this looks like a Django cookie: the key of a row in {DJANGO_TABLE}"
    return f"this is a {case.data.maker} cookie: signed data, no row"


def _of_held(case: Held) -> Iterator[Stop]:
    yield _send(case.name)
    keys = f"{case.data.keys} key{'s' if case.data.keys != 1 else ''}"
    size = f"{case.data.size} characters: data of {keys} (***), its time, a signature"
    yield Stop(Station.ARRIVE, State.OK, size)
    yield verdict(case.signature)
    yield Stop(Station.FIND, State.OK, f"{case.data.maker} keeps the data in the cookie itself: there is no row to find")
    yield _age(case)
    if case.data.identities:
        yield Stop(Station.READ, State.OK, f"its data names a user ({', '.join(case.data.identities)})")
    elif case.data.keys:
        yield Stop(Station.READ, State.UNSEEN, "none of its keys has a usual name for a user")
    else:
        yield Stop(Station.READ, State.BROKEN, "it holds no data: nobody is logged in by it")


def _of_key(case: DjangoKey) -> Iterator[Stop]:
    yield _send(case.name)
    yield Stop(Station.ARRIVE, State.OK, "32 small letters and digits, as Django's keys are")
    row = case.row
    if isinstance(row, Unknown):
        yield Stop(Station.FIND, State.UNSEEN, row.why)
        return
    if row is None:
        says = f"{DJANGO_TABLE} has no row with key {case.masked_key}: logged out, flushed, cleared, or never saved here"
        yield Stop(Station.FIND, State.BROKEN, says)
        return
    yield Stop(Station.FIND, State.OK, f"{DJANGO_TABLE} has the row with key {row.masked_key}")
    when = f"{row.expires.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    lives = row.left > timedelta(0)
    says = f"it lives {spelled(row.left)} more, until {when}" if lives else f"it expired {spelled(row.left)} ago, at {when}"
    yield Stop(Station.LIVE, State.OK if lives else State.BROKEN, says)
    yield _row_signature(row)
    if not row.readable:
        yield Stop(
            Station.READ, State.BROKEN, "its data is no signed JSON that can be read: another serializer or engine wrote it"
        )
    elif row.identity:
        by = f", by {row.backend}, which must stand in AUTHENTICATION_BACKENDS" if row.backend else ""
        yield Stop(Station.READ, State.OK, f"it names a user (_auth_user_id){by}")
    else:
        yield Stop(Station.READ, State.BROKEN, "it names no user (_auth_user_id): nobody is logged in by it")


def _send(name: str | None) -> Stop:
    if name is None:
        return Stop(Station.SEND, State.UNSEEN, "only the cookie's value was given")
    return Stop(Station.SEND, State.OK, f"the cookie is called {name}")


def verdict(signature: Signature | Unsigned | Unknown, what: str = "it") -> Stop:
    """What is known of who signed it, at the station where that is asked."""
    match signature:
        case Unknown(why=why):
            return Stop(Station.VERIFY, State.UNSEEN, why)
        case Unsigned(tried=tried):
            says = f"{tried[0]} did not sign {what}" if len(tried) == 1 else f"none of {', '.join(tried)} signed {what}"
            return Stop(Station.VERIFY, State.BROKEN, says)
        case Signature(known_default=True):
            return Stop(
                Station.VERIFY, State.BROKEN, "a default that everybody knows signed it, and not the secret that was given"
            )
        case Signature(variant=variant) if variant:
            return Stop(
                Station.VERIFY, State.BROKEN, f"{signature.where} signed it only {variant}: the two sides read it differently"
            )
    return Stop(Station.VERIFY, State.OK, f"{signature.where} signed {what} (key {signature.fingerprint})")


def _row_signature(row: DjangoRow) -> Stop:
    stop = verdict(row.signature, "the row's data")
    if stop.state is State.BROKEN:
        return Stop(
            stop.station, stop.state, f'{stop.because}: Django logs "Session data corrupted" and goes on without the session'
        )
    return stop


def _age(case: Held) -> Stop:
    age = case.now - case.data.signed
    when = f"{case.data.signed:%Y-%m-%d %H:%M:%S} UTC"
    if age < timedelta(minutes=-1):
        return Stop(
            Station.LIVE,
            State.UNSEEN,
            f"it was signed at {when}, {spelled(age)} from now by this clock: one of two clocks is wrong",
        )
    if case.lifetime is None:
        return Stop(
            Station.LIVE, State.OK, f"it was signed {spelled(age)} ago, at {when}, and never grows too old ({case.lifetime_from})"
        )
    left = case.lifetime - age
    limit = f"{spelled(case.lifetime)} ({case.lifetime_from})"
    if left > timedelta(0):
        return Stop(Station.LIVE, State.OK, f"it was signed {spelled(age)} ago, at {when}, and is accepted for {limit}")
    says = f"it was signed {spelled(age)} ago, at {when}, and is accepted for {limit}: too old by {spelled(left)}"
    return Stop(Station.LIVE, State.BROKEN, says)
