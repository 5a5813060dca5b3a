"""What the code does decides between stations that what was seen of the sessions has left, and only between those."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor import deeds, elimination
from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.facts.correlation import Login
from sessile.doctor.facts.logs import SESSION_STORE, Kind
from sessile.doctor.findings import RuledOut, Undecided
from sessile.session.outcome import Station
from tests.doctor.causes.code import express
from tests.doctor.causes.code.cases.guards import SOCKET
from tests.doctor.causes.code.express import HEALTHY, SESSION, WITH_PASSPORT, swap
from tests.doctor.evidence.source.reading import read
from tests.doctor.facts_builder import BOOT, line, log
from tests.doctor.recorded_facts import correlated, judge, known, seen
from tests.doctor.recording import COOKIE, SET, asked, login, recording

Of = Callable[..., Facts]
ALL = tuple(Station)
GUARD = "app.get('/me', (req, res) => "
LATE = express.login("res.json({ ok: true }); req.session.userId = user.id")
STATELESS = swap("authenticate('local')", "authenticate('local', { session: false })", WITH_PASSPORT)
REPLACES = express.login("req.session = { userId: user.id }; res.json({ ok: true })")
FOREIGN = swap(SESSION, "app.use(cookieSession({ keys: [process.env.SESSION_SECRET] }))", WITH_PASSPORT)
UNREAD = swap("app.use(passport.session())\n", "", WITH_PASSPORT)
BOUND = swap(GUARD, f"{GUARD}req.session.ip !== req.ip ? res.sendStatus(401) : ")
WITHOUT_HEADER = "app.use((req, res, next) => { delete req.headers.cookie; next() })\n"
TAKEN = swap("app.use(session(", f"{WITHOUT_HEADER}app.use(session(")
VERIFIED = swap(WITHOUT_HEADER, f"app.use(cookieParser('another secret'))\n{WITHOUT_HEADER}", TAKEN)
REPLACED = line(Kind.ERROR, "SESSION_REPLACED", "req.session.save is not a function")


@pytest.fixture
def of(tmp_path: Path) -> Of:
    """The facts with a service's code among them."""
    return lambda code, told=None: replace(told or seen(), sources=(read(tmp_path, app=code, package=express.PACKAGE),))


@pytest.mark.parametrize(
    ("code", "left"),
    [
        (HEALTHY, ALL),
        (WITH_PASSPORT, ALL),
        (LATE, (Station.SAVE,)),
        (REPLACES, (Station.SAVE,)),
        (STATELESS, (Station.READ,)),
        (UNREAD, (Station.READ,)),
        (FOREIGN, (Station.BOOT,)),
        (TAKEN, (Station.ARRIVE,)),
        (VERIFIED, (Station.VERIFY,)),
        (BOUND, (Station.AGREE,)),
        (HEALTHY + SOCKET, (Station.VERIFY,)),
    ],
    ids=["healthy", "passport", "late", "replaces", "stateless", "unread", "foreign", "taken", "verified", "bound", "undecoded"],
)
def test_the_deed_tells_the_station(of: Of, code: str, left: tuple[Station, ...]) -> None:
    assert deeds.narrowed(ALL, of(code)) == left


def test_a_loaded_session_can_fail_where_its_cookie_is_unsigned_once_more(of: Of) -> None:
    renewed = seen(recording(login(), asked(2, status=401, sets=SET)), found=correlated(known(COOKIE)))
    assert elimination.left(ALL, of(HEALTHY + SOCKET, renewed)) == (Station.VERIFY,)
    assert elimination.left(ALL, of(HEALTHY, renewed)) == (Station.READ, Station.AGREE)


def test_a_deed_of_another_station_decides_nothing(
    of: Of,
) -> None:
    assert deeds.narrowed((Station.SAVE, Station.FIND), of(BOUND)) == (Station.SAVE, Station.FIND)


def test_a_late_change_that_logs_nobody_in_stops_nobody(
    of: Of,
) -> None:
    assert deeds.stops(of(swap(GUARD, f"{GUARD}{{ res.json({{}}); req.session.seen = 1 }}); app.get('/x', (req, res) => "))) == ()


@pytest.mark.parametrize(("code", "station"), [(LATE, Station.SAVE), (STATELESS, Station.READ), (HEALTHY, Station.SET)])
def test_a_login_without_row_and_cookie_stops_where_its_code_says(of: Of, code: str, station: Station) -> None:
    entered, refused = login(sets=None), asked(1, status=401, sends=None)
    wire = recording(entered, refused)
    none = Login(source=wire.source, pointer=entered.pointer, unclaimed=0, chance=0, complete=True)
    told = of(code, seen(wire, found=correlated(logins=(none,))))
    said = diagnose(told, []).something_else
    assert said is not None
    assert said.stations == (station,)
    assert any("app.js" in one.pointer for one in said.evidence) is (code is not HEALTHY)


def test_why_a_session_is_empty_is_not_told_twice(
    of: Of,
) -> None:
    entered, refused = login(sets=None, what="POST http://shop.test/login"), asked(1, status=401, sends=None)
    wire = recording(entered, refused)
    none = Login(source=wire.source, pointer=entered.pointer, unclaimed=0, chance=0, complete=True)
    met = seen(wire, found=correlated(logins=(none,)))
    assert isinstance(judge("set-session-not-modified", of(STATELESS, met)), RuledOut)
    assert isinstance(judge("set-session-not-modified", of(HEALTHY, met)), Undecided)
    assert isinstance(judge("set-headers-already-sent", of(STATELESS, met)), RuledOut)
    assert isinstance(judge("set-headers-already-sent", of(LATE, met)), Undecided)


def test_secure_is_not_in_the_way_where_the_code_does_not_ask_for_it(
    of: Of,
) -> None:
    met = seen(recording(login(sets=None, what="POST http://shop.test/login"), asked(1, status=401, sends=None)))
    assert isinstance(judge("set-secure-on-plain-http", of(HEALTHY, met)), RuledOut)
    always = swap("secure: 'auto'", "secure: true")
    assert isinstance(judge("set-secure-on-plain-http", of(always, met)), Undecided)


@pytest.mark.parametrize(
    ("code", "stations"), [(REPLACES, (Station.SAVE,)), (FOREIGN, (Station.BOOT,)), (HEALTHY, (Station.BOOT, Station.SAVE))]
)
def test_which_session_object_lacks_its_methods_is_told_by_the_code(of: Of, code: str, stations: tuple[Station, ...]) -> None:
    told = of(code, seen(logs=(log(BOOT, REPLACED, REPLACED),)))
    said = diagnose(told, []).something_else
    assert said is not None
    assert set(said.stations) == set(stations)


def test_an_end_that_neither_cookie_nor_row_can_hold_is_the_cookie_s() -> None:
    row = line(Kind.ERROR, "22008", "timestamp cannot be NaN", SESSION_STORE)
    option = line(Kind.ERROR, "COOKIE_OPTION", "TypeError: option expires is invalid")
    for lines, station in (((row, option), Station.SET), ((row,), Station.SAVE)):
        said = diagnose(seen(logs=(log(BOOT, *lines, *lines),)), []).something_else
        assert said is not None
        assert said.stations == (station,)
