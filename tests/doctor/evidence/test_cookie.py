"""One cookie, taken apart however it was pasted, tried on secrets, and looked up in a real table."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from sessile.doctor.case import Arrival, NoRow, Row
from sessile.doctor.evidence.cookie import NamedSecret, NotACookie, arrivals, examine, secrets_in_file, secrets_in_process, verify
from sessile.doctor.evidence.cookie_row import look_up
from sessile.doctor.facts.correlation import Signature, Unsigned
from sessile.doctor.facts.evidence import Unknown
from sessile.session.keyring import Keyring
from sessile.stores.postgres.table import TableName, table_sql

SECRET = "correct-horse-battery-staple-0123456789"
SID = "Zb3xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR"
COMMON = {"cookie": {"originalMaxAge": 3600000, "httpOnly": True, "path": "/"}}


def cookie(secret: str = SECRET, sid: str = SID) -> str:
    """The cookie's value as a browser shows it."""
    return quote(f"s:{Keyring([secret], allow_weak=True).sign(sid)}", safe="-_.!~*'()")


def only(text: str) -> Arrival:
    (arrival,) = arrivals(text)
    return arrival


def seen(value: str, *secrets: str) -> Signature | Unsigned | Unknown:
    return verify(only(value), [NamedSecret("SESSION_SECRET", secret) for secret in secrets])


@pytest.mark.parametrize(
    "pasted",
    [
        cookie(),
        f" {cookie()}\r\n",
        f'"{cookie()}"',
        f"connect.sid={cookie()}",
        f"connect.sid={cookie()}; Path=/; HttpOnly",
        f"Cookie: theme=dark; connect.sid={cookie()}; _ga=GA1.2.3",
        f"Set-Cookie: connect.sid={cookie()}; Path=/; Expires=Sun, 06 Dec 2026 20:30:20 GMT; HttpOnly",
        cookie().replace("%3A", ":").replace("%2F", "/").replace("%2B", "+"),
    ],
)
def test_a_whole_cookie_is_found_however_it_was_pasted(pasted: str) -> None:
    arrival = only(pasted)
    assert (arrival.session_id, arrival.damage, arrival.prefixed) == (SID, "", True)
    assert verify(arrival, [NamedSecret("SESSION_SECRET", SECRET)]) == Signature(
        "SESSION_SECRET", Keyring([SECRET]).keys[0].fingerprint
    )
    assert SID not in repr(arrival)


@pytest.mark.parametrize(
    ("pasted", "damage"),
    [
        (cookie().replace("%", "%25"), "it is percent-encoded twice"),
        (cookie().replace("%", "%2525"), "it is percent-encoded twice"),
    ],
)
def test_a_cookie_encoded_again_is_read_on_and_still_verifies(pasted: str, damage: str) -> None:
    arrival = only(pasted)
    assert arrival.damage.startswith(damage)
    assert isinstance(verify(arrival, [NamedSecret("SESSION_SECRET", SECRET)]), Signature)


def test_a_plus_that_became_a_space_is_put_back() -> None:
    secret = next(s for s in (f"{SECRET}{n}" for n in range(100)) if "+" in Keyring([s]).sign(SID))
    arrival = only(quote(f"s:{Keyring([secret]).sign(SID)}").replace("%2B", "%20"))
    assert arrival.damage.startswith("its + became spaces")
    assert isinstance(verify(arrival, [NamedSecret("SESSION_SECRET", secret)]), Signature)


@pytest.mark.parametrize(
    ("value", "damage"),
    [
        (cookie()[:-5], "characters of 43: it was cut"),
        (f"{cookie()}xx", "characters instead of 43: something was appended"),
        ("s%3AabcdefghijklmnopqrstuvwxyzABCDEF", "it has no dot"),
    ],
)
def test_a_cookie_that_is_not_whole_says_so(value: str, damage: str) -> None:
    assert damage in only(value).damage
    assert isinstance(seen(value, SECRET), Unsigned | Unknown)


def test_a_value_of_another_framework_is_unsigned_and_not_damaged() -> None:
    arrival = only("session=eyJ1c2VyIjoxfQ")
    assert (arrival.prefixed, arrival.damage) == (False, "")


def test_two_cookies_of_one_name_are_both_examined_and_the_good_one_is_numbered() -> None:
    header = f"connect.sid={cookie('another secret, as good as the first')}; connect.sid={cookie()}; connect.sid={cookie()}"
    case = examine(arrivals(header), [NamedSecret("SESSION_SECRET", SECRET)], None, None)
    assert case.arrival.number == 2
    assert case.first is not None
    assert case.first.number == 1
    assert isinstance(case.signature, Signature)


@pytest.mark.parametrize("text", ["", "  ", "Cookie:", "a=1; b=2; c=3"])
def test_what_holds_no_cookie_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(NotACookie) as refused:
        arrivals(text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("signing", "known", "variant"),
    [
        (SECRET, f" {SECRET} ", "without the white space around it"),
        (SECRET, f'"{SECRET}"', "without its quotes"),
        (f"{SECRET}\n", SECRET, "with a line break at its end"),
        (f'"{SECRET}"', SECRET, "in double quotes"),
        (SECRET, f"{SECRET}#tail", "cut at its #"),
        (SECRET, f"{SECRET} # of production", "cut at its #"),
        (SECRET, f"{SECRET}$HOME", "without what a shell expands in it"),
        (SECRET[:16], SECRET, f"cut after 16 of its {len(SECRET)} characters"),
    ],
)
def test_a_secret_that_signs_only_in_another_spelling_says_which(signing: str, known: str, variant: str) -> None:
    found = seen(cookie(signing), known)
    assert isinstance(found, Signature)
    assert found.variant == variant


def test_no_secret_signed_it() -> None:
    assert seen(cookie(), "one of twenty characters", "two of twenty characters") == Unsigned(("SESSION_SECRET",))


def test_without_a_secret_nobody_can_tell() -> None:
    assert isinstance(seen(cookie()), Unknown)


def test_a_default_that_everybody_knows_is_recognised_and_not_printed() -> None:
    found = seen(cookie("keyboard cat"), SECRET)
    assert isinstance(found, Signature)
    assert found.known_default
    assert "keyboard" not in repr(found)


def test_a_files_secrets_are_tried_as_each_reader_sees_them(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"PORT=1\nSESSION_SECRET={SECRET}#more\nSESSION_SECRET_PREVIOUS='older than the other one'\n")
    found = secrets_in_file(tmp_path / ".env")
    assert {secret.value for secret in found} >= {SECRET, f"{SECRET}#more", "older than the other one"}
    assert {secret.place for secret in found} == {
        f"SESSION_SECRET ({tmp_path}/.env:2)",
        f"SESSION_SECRET_PREVIOUS ({tmp_path}/.env:3)",
    }
    assert SECRET not in repr(found)


def test_lists_and_files_of_secrets_are_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    environ = {"SESSION_SECRETS": "first of the list, second of the list", "SESSION_SECRET_FILE": str(tmp_path / "secret")}
    values = {secret.value for secret in secrets_in_process(environ)}
    assert values == {"first of the list", "second of the list", f"{SECRET}\n", SECRET}


def put(url: str, sess: Mapping[str, Any] | str, expire: str, *, sid: str = SID, change: str = "") -> None:
    """Make the table, change it, and put one row in; `expire` is an SQL expression."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(table_sql(TableName()).encode())
        if change:
            connection.execute(change.encode())
        text = sess if isinstance(sess, str) else json.dumps(sess)
        connection.execute(f"INSERT INTO session (sid, sess, expire) VALUES (%s, %s, {expire})".encode(), (sid, text))


def row(url: str) -> Row | NoRow | Unknown:
    return look_up(only(cookie()), url, None)


def test_the_row_is_found_and_told_without_its_id_or_its_values(database: str) -> None:
    put(database, {**COMMON, "userId": 0, "cart": ["secret thing"]}, "now() + interval '2 hours'")
    found = row(database)
    assert isinstance(found, Row)
    assert found.left is not None
    assert timedelta(minutes=119) < found.left <= timedelta(hours=2)
    assert (found.identities, found.other_keys, found.has_cookie, found.masked_id) == (("userId",), 2, True, "Zb3x…")
    assert SID not in repr(found)
    assert "secret thing" not in repr(found)


def test_a_row_written_in_another_time_zone_has_expired_while_its_cookie_has_not(database: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=2)
    sess = {
        "cookie": {**COMMON["cookie"], "expires": until.isoformat(timespec="milliseconds").replace("+00:00", "Z")},
        "userId": 1,
    }
    put(database, sess, "now() AT TIME ZONE 'America/New_York' + interval '2 hours'")
    found = row(database)
    assert isinstance(found, Row)
    assert found.left is not None
    assert found.left < timedelta(0)
    assert found.cookie_left is not None
    assert found.cookie_left > timedelta(minutes=115)
    assert found.writer_zone in ("UTC-05:00", "UTC-04:00")


@pytest.mark.parametrize("expires", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x" * 9999, "2026-13-45", ""])
def test_a_hostile_expiry_in_a_row_is_no_obstacle(database: str, expires: str) -> None:
    put(database, {"cookie": {**COMMON["cookie"], "expires": expires}, "userId": 1}, "now() + interval '2 hours'")
    found = row(database)
    assert isinstance(found, Row)
    assert (found.cookie_left, found.writer_zone) == (None, "")


@pytest.mark.parametrize(
    ("sess", "readable", "has_cookie", "identities"),
    [
        ({"userId": 1}, True, False, ("userId",)),
        ({**COMMON, "passport": {}}, True, True, ()),
        ({**COMMON, "passport": {"user": 5}}, True, True, ("passport",)),
        ("[1, 2]", False, False, ()),
        ('{"cookie": "x", "name": "a\\u0000b"}', True, False, ()),
    ],
)
def test_what_the_payload_lacks_is_seen(
    database: str, sess: Mapping[str, Any] | str, readable: bool, has_cookie: bool, identities: tuple[str, ...]
) -> None:
    put(database, sess, "now() + interval '1 hour'")
    found = row(database)
    assert isinstance(found, Row)
    assert (found.readable, found.has_cookie, found.identities) == (readable, has_cookie, identities)


@pytest.mark.parametrize(
    ("change", "expire", "lives"),
    [
        ("", "'infinity'", True),
        ("", "'-infinity'", False),
        ("ALTER TABLE session ALTER expire TYPE bigint USING 0", "1763900000", None),
        ("ALTER TABLE session ALTER expire DROP NOT NULL", "NULL", None),
    ],
)
def test_odd_expiries_are_no_crash(database: str, change: str, expire: str, lives: bool | None) -> None:
    put(database, COMMON, expire, change=change)
    found = row(database)
    assert isinstance(found, Row)
    assert (found.left and found.left > timedelta(0)) is lives


def test_copies_of_a_session_are_counted(database: str) -> None:
    put(database, COMMON, "now()", change="ALTER TABLE session DROP CONSTRAINT session_pkey")
    put(database, COMMON, "now() + interval '1 hour'")
    found = row(database)
    assert isinstance(found, Row)
    assert found.rows == 2


def test_a_session_that_is_not_there(database: str) -> None:
    put(database, COMMON, "now()", sid="somebody else's")
    assert row(database) == NoRow('"public"."session"', "Zb3x…")


def test_without_a_table_or_a_server_nobody_can_tell(database: str) -> None:
    assert row(database) == Unknown("there is no session table")
    found = row("postgresql://app:hunter2@127.0.0.1:1/shop")
    assert isinstance(found, Unknown)
    assert "hunter2" not in found.why


def test_looking_leaves_the_row_as_it_was(database: str) -> None:
    put(database, COMMON, "now() - interval '1 hour'")
    with psycopg.connect(database) as connection:
        before = connection.execute("SELECT sid, sess::text, expire, xmin FROM session").fetchall()
        row(database)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT sid, sess::text, expire, xmin FROM session").fetchall() == before
