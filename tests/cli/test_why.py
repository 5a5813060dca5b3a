"""`sessile why`: one cookie against a real table."""

import json
import re

import psycopg
import pytest

from sessile.stores.postgres.journal import Event, Journal
from sessile.stores.postgres.table import TableName
from tests.cli.command import Command
from tests.cli.conftest import PERSON, SECRET, cookie, sid


@pytest.fixture
def why(command: Command) -> Command:
    """The command, in a folder whose .env file holds the secret."""
    (command.folder / ".env").write_text(f"SESSION_SECRET={SECRET}\n")
    return command


def test_a_living_session_is_status_0(why: Command, sound: str) -> None:
    ended = why("why", cookie(), sound, ".env")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("✓ LIVES: its session has 13 d ")
    assert sid(0) not in ended.out
    assert PERSON not in ended.out


@pytest.mark.parametrize(
    "form",
    [
        "connect.sid={}",
        "Cookie: a=1; connect.sid={}; b=2",
        '"{}"',
        "{}\n",
        "connect.sid\t{}\tshop.test\t/\tSession",
        'connect.sid:"{}"',
        "curl https://shop.test/ -H 'Cookie: a=1; connect.sid={}'",
    ],
)
def test_however_it_was_pasted(why: Command, sound: str, form: str) -> None:
    assert why("why", form.format(cookie()), sound, ".env").status == 0
    assert why("why", "-", sound, ".env", stdin=form.format(cookie())).status == 0


def test_a_cookie_in_a_file_and_a_secret_on_standard_input(command: Command, sound: str) -> None:
    (command.folder / "cookie").write_text(f"{cookie()}\n")
    assert command("why", "@cookie", sound, "--secret", "-", stdin=SECRET).status == 0


def test_the_environment_is_enough(command: Command, sound: str) -> None:
    assert command("why", cookie(), DATABASE_URL=sound, SESSION_SECRET=SECRET).status == 0


@pytest.mark.parametrize(
    ("number", "change", "says"),
    [
        (99, "SELECT 1", "at find: "),
        (1, "UPDATE session SET expire = now() - interval '5 hours'", "at live: it expired 5 h"),
        (1, "UPDATE session SET sess = '{}'", "at read: sess has no cookie object"),
        (1, "ALTER TABLE session DROP CONSTRAINT session_pkey; INSERT INTO session SELECT * FROM session", "at find: "),
    ],
)
def test_it_stops_at_the_station_that_is_wrong(why: Command, sound: str, number: int, change: str, says: str) -> None:
    with psycopg.connect(sound, autocommit=True) as connection:
        connection.execute(change.encode())
    ended = why("why", cookie(number), sound, ".env")
    assert ended.status == 1
    assert " ".join(ended.out.split()).startswith(f"✗ STOPS {says}")


def test_another_secret_stops_at_verify(why: Command, sound: str) -> None:
    ended = why("why", cookie(secret="quite another secret of decent length"), sound, ".env")
    assert ended.status == 1
    assert ended.out.startswith("✗ STOPS at verify: SESSION_SECRET (.env:1) did not sign it\n")


def test_a_cookie_encoded_twice_is_named(why: Command, sound: str) -> None:
    ended = why("why", cookie().replace("%", "%25"), sound, ".env")
    assert ended.status == 1
    assert ended.out.startswith("✗ STOPS at arrive: it is percent-encoded twice")


@pytest.mark.parametrize("words", [[".env"], []])
def test_without_a_database_nobody_can_tell(why: Command, words: list[str]) -> None:
    ended = why("why", cookie(), *words)
    assert ended.status == 3
    assert "find: no database was given" in " ".join(ended.out.split())


def test_json_says_the_same(why: Command, sound: str) -> None:
    ended = why("why", cookie(99), sound, ".env", "--json")
    answer = json.loads(ended.out)
    assert (answer["version"], answer["verdict"], answer["station"]) == (1, "stops", "find")
    assert [stop["station"] for stop in answer["journey"]] == ["send", "arrive", "verify", "find", "live", "read"]
    assert sid(99) not in ended.out


def test_its_journey_is_drawn(why: Command, sound: str) -> None:
    assert (
        "  ·╌╌╌╌╌✓───────✓───────✓─────✓─────✓\n  send  arrive  verify  find  live  read\n"
        in why("why", cookie(), sound, ".env").out
    )


def test_how_a_session_ended_is_told(why: Command, sound: str) -> None:
    assert why("table", "--triggers", "--journal", "--create", sound).status == 0
    with psycopg.connect(sound, autocommit=True) as connection:
        noted = Journal(TableName("session_journal", "public")).note(Event.LOGGED_OUT, "gone")
        connection.execute(f"WITH gone AS (DELETE FROM session WHERE sid = '{sid(1)}' RETURNING sid) {noted}".encode())
        connection.execute("DELETE FROM session WHERE sid = %s", (sid(2),))
    ended = why("why", cookie(1), sound, ".env")
    assert ended.status == 1
    assert "this session was logged out at 20" in " ".join(ended.out.split())
    answer = json.loads(why("why", cookie(2), sound, ".env", "--json").out)
    assert answer["ended"]["event"] == "deleted"
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["ended"]["at"])
    assert "its row was deleted at 20" in answer["says"]
    assert json.loads(why("why", cookie(), sound, ".env", "--json").out)["ended"] is None
