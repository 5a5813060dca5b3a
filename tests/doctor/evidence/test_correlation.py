"""Cookies of a recording, verified with the environments' secrets and looked up in a real table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from sessile.doctor import placement
from sessile.doctor.evidence import environment
from sessile.doctor.evidence.correlation import correlate
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.sorting import Item, Kind
from sessile.doctor.facts import Facts, Unknown, Wire
from sessile.doctor.facts.correlation import Correlation, Missing, Signature, Stored, Unsigned
from sessile.doctor.facts.exchange import Role, Timings
from sessile.session.outcome import Station
from tests.doctor.evidence.session_table import TABLE, Express, as_role, execute, look
from tests.doctor.recording import SECRET, SID, asked, cookie, login, recording, sanitized

OTHER = "another secret, as long as the first one"
NOW = datetime.now(UTC) - timedelta(seconds=30)


def since_login() -> float:
    """Seconds since the login of the recordings here: the module may have been imported minutes ago."""
    return (datetime.now(UTC) - NOW).total_seconds()


def told(wire: Wire, folder: Path, url: str | None = None, secret: str = SECRET) -> Facts:
    """The facts of a recording, an environment and a database."""
    path = folder / ".env"
    path.write_text(f"PORT=3000\nSESSION_SECRET={secret}\n")
    known = Facts(now=datetime.now(UTC), environments=(environment.collect(path),), wires=(wire,))
    if url:
        known = Facts(now=known.now, environments=known.environments, wires=known.wires, database=look(url, experiment=False))
    found = correlate(known, [Item(Kind.ENVIRONMENT, ".env", path=path)], url, None)
    return Facts(now=known.now, database=known.database, environments=known.environments, wires=known.wires, correlations=found)


def visit(status: int = 401, sent: str = cookie(), **more: object) -> Wire:
    """A login half a minute ago, and a request with its cookie."""
    line = f"connect.sid={more.pop('set', cookie())}; Path=/; HttpOnly"
    return recording(login(since=NOW, sets=line), asked(5, status=status, sends=f"connect.sid={sent}", since=NOW))


def only(facts: Facts) -> Correlation:
    [one] = facts.correlations.cookies
    return one


def station(facts: Facts) -> tuple[Station | None, str]:
    [one] = placement.placed(facts)
    return one.station, one.because


@pytest.fixture
def table(database: str) -> str:
    execute(database, TABLE)
    return database


def test_a_cookie_is_verified_and_its_row_looked_up(table: str, tmp_path: Path) -> None:
    a_day = timedelta(days=1) - timedelta(seconds=30)
    with Express(table) as express:
        began = datetime.now(UTC)
        express.save(30, sid=SID, userId=7)
        ended = datetime.now(UTC)
    facts = told(visit(), tmp_path, table)
    found = only(facts)
    assert isinstance(found.signature, Signature)
    assert (found.signature.where, found.signature.variant) == (f"SESSION_SECRET ({tmp_path / '.env'}:2)", "")
    assert isinstance(found.row, Stored)
    assert (found.row.rows, found.row.identities, found.row.readable) == (1, ("userId",), True)
    assert found.row.expires is not None
    # PostgreSQL keeps whole seconds here: connect-pg-simple writes to_timestamp() of them (its index.js, _getExpireTime).
    assert -1000 < found.row.expires - (began + a_day).timestamp() * 1000 <= (ended - began).total_seconds() * 1000 + 1000
    assert facts.correlations.table == '"public"."session"'
    assert station(facts)[0] is None
    assert "the instance that answered has another secret or store" in station(facts)[1]


def test_nothing_of_it_shows_a_cookie_a_secret_or_an_id(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID, userId="ann@example.org")
    facts = told(visit(), tmp_path, table)
    shown = repr(facts.correlations) + repr(placement.placed(facts))
    assert not [secret for secret in (SECRET, SID, cookie(), "ann@example.org") if secret in shown]


def test_a_401_stops_at_verify_where_no_secret_signed_its_cookie(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID, userId=7)
    facts = told(visit(), tmp_path, table, OTHER)
    assert isinstance(only(facts).signature, Unsigned)
    assert station(facts) == (Station.VERIFY, f"none of SESSION_SECRET ({tmp_path / '.env'}:2) signed its cookie")


def test_a_401_stops_at_verify_where_two_sides_read_the_secret_differently(table: str, tmp_path: Path) -> None:
    quoted = cookie(f'"{SECRET}"')
    facts = told(visit(sent=quoted, set=quoted), tmp_path, table)
    assert station(facts)[0] is Station.VERIFY
    assert station(facts)[1].endswith("signed its cookie only in double quotes")


def test_a_401_stops_at_find_where_there_is_no_row(table: str, tmp_path: Path) -> None:
    facts = told(visit(), tmp_path, table)
    assert only(facts).row == Missing()
    assert station(facts) == (Station.FIND, '"public"."session" has no row for it')


def test_a_row_that_is_gone_after_a_logout_says_nothing_of_the_401(table: str, tmp_path: Path) -> None:
    wire = visit()
    out = asked(9, "POST /logout", since=NOW, role=Role.LOGOUT)
    facts = told(recording(*wire.exchanges, out), tmp_path, table)
    assert station(facts) == (None, "its row is gone, and may have ended since the recording")


def test_a_401_stops_at_live_where_its_row_had_expired_for_this_reader(table: str, tmp_path: Path) -> None:
    with Express(table, time_zone="America/New_York") as express:
        express.save(30, sid=SID, life=3600, userId=7)
    facts = told(visit(), tmp_path, table)
    found = only(facts).row
    assert isinstance(found, Stored)
    assert found.expires is not None
    assert found.cookie_expires is not None
    assert round((found.cookie_expires - found.expires) / 3_600_000) in (4, 5)
    assert station(facts)[0] is Station.LIVE


def test_a_401_stops_at_read_where_its_row_names_nobody(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID)
    assert station(told(visit(), tmp_path, table)) == (
        Station.READ,
        "its row names nobody: it holds the cookie and nothing else",
    )


def test_a_401_stops_at_arrive_where_the_cookie_was_cut(table: str, tmp_path: Path) -> None:
    facts = told(visit(sent=cookie()[:-9]), tmp_path, table)
    [place] = placement.placed(facts)
    assert place.station is Station.ARRIVE
    assert "it was cut" in place.because


def test_a_401_stops_at_send_where_the_first_of_two_cookies_is_an_old_one(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID, userId=7)
    old = cookie(sid="Qy7xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR")
    facts = told(visit(sent=f"{old}; connect.sid={cookie()}"), tmp_path, table)
    assert station(facts) == (Station.SEND, "several cookies are called connect.sid, and the first is not the good one")


def test_a_401_stops_at_save_where_it_overtook_the_saving(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID, userId=7)
    slow = login(since=NOW, sets=f"connect.sid={cookie()}; Path=/; HttpOnly")
    slow = replace(slow, timings=Timings(wait=20, receive=400), duration=420)
    facts = told(recording(slow, asked(0.2, status=401, since=NOW), asked(2, since=NOW)), tmp_path, table)
    assert station(facts)[0] is Station.SAVE
    never = told(recording(slow, asked(0.2, status=401, since=NOW), asked(2, status=401, since=NOW)), tmp_path, table)
    assert Station.SAVE not in [one.station for one in placement.placed(never)]


def test_the_row_of_a_login_whose_cookie_never_came_back_is_named(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID, userId=7)
    wire = recording(login(since=NOW), asked(5, status=401, sends=None, since=NOW))
    facts = told(wire, tmp_path, table)
    [orphan] = placement.orphans(facts)
    assert orphan.says == "the row of this login is there (sid Zb3x…), and its cookie never came back"
    assert placement.orphans(told(visit(200), tmp_path, table)) == ()


@pytest.mark.parametrize("clock_ahead", [None, 0, 600])
def test_a_login_without_a_cookie_whose_row_was_saved(table: str, tmp_path: Path, clock_ahead: int | None) -> None:
    """By the service's clock, also where the one of the recording is wrong and Date headers tell."""
    date = None if clock_ahead is None else int(NOW.timestamp() - clock_ahead) * 1000
    wire = recording(login(since=NOW, sets=None, date=date), asked(5, status=401, sends=None, since=NOW))
    with Express(table) as express:
        express.save(since_login() + (clock_ahead or 0), userId=7)
        for age in (1500, 2500, 4000):
            express.save(age, userId=8)
    facts = told(wire, tmp_path, table)
    [left] = facts.correlations.logins
    assert (left.unclaimed, left.orphaned, left.unsaved) == (1, True, False)
    assert [one.says for one in placement.orphans(facts)] == [
        '"public"."session" has a row that was saved during this login, and its response sets no cookie'
    ]
    assert station(facts) == (Station.SET, "the login's response sets no session cookie; its row was saved")


def test_a_login_that_saved_nothing(table: str, tmp_path: Path) -> None:
    wire = recording(login(since=NOW, sets=None), asked(5, status=401, sends=None, since=NOW))
    with Express(table) as express:
        express.save(900, userId=8)
    [left] = told(wire, tmp_path, table).correlations.logins
    assert (left.unclaimed, left.orphaned, left.unsaved) == (0, False, True)


def test_rows_of_many_others_at_that_time_prove_nothing(table: str, tmp_path: Path) -> None:
    wire = recording(login(since=NOW, sets=None), asked(5, status=401, sends=None, since=NOW))
    with Express(table) as express:
        for second in range(60):
            express.save(since_login() - 30 + second, userId=second)
    [left] = told(wire, tmp_path, table).correlations.logins
    assert left.unclaimed > 0
    assert not left.orphaned
    assert placement.orphans(told(wire, tmp_path, table)) == ()


def test_an_odd_payload_elsewhere_in_the_table_spoils_nothing(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID, userId=7)
        express.write("odd", '{"cookie":{"originalMaxAge":1,"expires":"2026-02-31T25:00:00Z"},"x":"\\u0000"}', datetime.now(UTC))
    facts = told(visit(), tmp_path, table)
    assert isinstance(only(facts).row, Stored)
    assert facts.correlations.logins == ()


def test_without_secret_or_database_nothing_is_claimed() -> None:
    bare = correlate(Facts(now=datetime.now(UTC), wires=(visit(),)), [], None, None)
    assert isinstance(bare.cookies[0].signature, Unknown)
    assert bare.cookies[0].row == Unknown("no database was given")
    facts = Facts(now=datetime.now(UTC), wires=(visit(),), correlations=bare)
    assert station(facts) == (None, "whether its cookie opens a row is unknown, because no database was given")


def test_a_recording_without_cookies_places_nothing(table: str, tmp_path: Path) -> None:
    facts = told(sanitized(visit()), tmp_path, table)
    assert facts.correlations.cookies == ()
    assert [one.station for one in placement.placed(facts)] == [None]


def test_a_role_that_may_not_read_the_table_is_told(table: str, role: str, tmp_path: Path) -> None:
    url = as_role(table, role)
    found = only(told(visit(), tmp_path, url)).row
    assert isinstance(found, Unknown)
    assert "permission denied" in found.why


def test_looking_changes_nothing(table: str, tmp_path: Path) -> None:
    with Express(table) as express:
        express.save(30, sid=SID, userId=7)
    query = "SELECT sid, sess::text, expire, xmin::text FROM session"
    with psycopg.connect(table) as connection:
        before = connection.execute(query).fetchall()
        told(visit(), tmp_path, table)
        assert connection.execute(query).fetchall() == before


def test_gathering_correlates_a_recording_with_the_environment_and_the_database(table: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"PORT=3000\nSESSION_SECRET={SECRET}\nDATABASE_URL={table}\n")
    recorded = Path(__file__).parents[2] / "fixtures" / "har" / "chrome-http1-full.har"
    items = [Item(Kind.ENVIRONMENT, ".env", path=tmp_path / ".env"), Item(Kind.HAR, "x.har", path=recorded)]
    cookies = gather(items, Options(experiment=False)).facts.correlations.cookies
    assert cookies
    assert all(isinstance(one.row, Missing) and isinstance(one.signature, Unsigned) for one in cookies)
