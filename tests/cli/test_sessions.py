"""`sessile sessions` and `sessile prune`: whose sessions live, ended on request, and the expired ones deleted."""

import json

import psycopg
import pytest

from sessile.session.user import key_of
from tests.cli.command import Command
from tests.cli.conftest import PERSON, SESSIONS, sid
from tests.stores.writers import Express, execute, ready


@pytest.fixture
def living(database: str) -> str:
    """Three sessions of user 7, one of somebody with an e-mail address, one of nobody; and one that has expired."""
    ready(database, journal=True)
    with Express(database) as express:
        for number, days in enumerate((1, 2, 3)):
            express.save(sid(number), life=86_400 * days, userId=7, device="Firefox on Linux")
        express.save(sid(3), userId=PERSON)
        express.save(sid(4), count=1)
        express.save(sid(5), life=-3600, userId=7)
    return database


def test_a_user_s_sessions_are_listed_without_an_id_or_a_name(command: Command, living: str) -> None:
    ended = command("sessions", "list", "--user", "7", living)
    assert (ended.status, ended.err) == (0, "")
    assert "3 living sessions" in ended.out
    assert [key_of(sid(number)) in ended.out for number in range(6)] == [True, True, True, False, False, False]
    everyone = command("sessions", "list", living).out + command("sessions", "list", "--json", living).out
    assert "5 living sessions" in everyone
    assert PERSON not in everyone
    assert not any(sid(number)[:8] in everyone for number in range(6))


def test_as_json(command: Command, living: str) -> None:
    found = json.loads(command("sessions", "list", "--json", "--user", PERSON, living).out)
    assert found["total"] == 1
    [one] = found["sessions"]
    assert (one["key"], one["user"], one["device"]) == (key_of(sid(3)), "zo…", "")


def test_all_but_one_are_planned_and_then_ended(command: Command, living: str) -> None:
    words = ("sessions", "revoke", "--user", "7", "--but", key_of(sid(1)), living)
    planned = command(*words)
    assert planned.status == 0
    assert "2 sessions" in planned.out
    assert "Nothing was changed" in planned.out
    assert execute(living, "SELECT count(*) FROM session") == [(6,)]
    assert "2 sessions" in command(*words, "--apply").out
    assert {one for (one,) in execute(living, "SELECT sid FROM session")} == {sid(1), sid(3), sid(4), sid(5)}
    assert execute(living, "SELECT event, count(*) FROM session_journal GROUP BY 1") == [("revoked", 2)]
    assert command("sessions", "list", "--user", "7", living).out.startswith("1 living session ")


def test_one_is_ended_by_its_key(command: Command, living: str) -> None:
    assert command("sessions", "revoke", key_of(sid(4)), living, "--apply").status == 0
    assert command("sessions", "show", key_of(sid(4)), living).status == 1
    assert command("sessions", "show", key_of(sid(0)), living).status == 0


def test_those_not_used_for_long_are_counted_and_ended(command: Command, living: str) -> None:
    execute(living, f"UPDATE session SET expire = expire - interval '36 hours' WHERE sid = '{sid(2)}'")
    assert "1  last used within a week" in " ".join(command("sessions", "count", living).out.split(" "))
    assert "1 session " in command("sessions", "revoke", "--idle", "1", living, "--apply").out
    assert execute(living, f"SELECT count(*) FROM session WHERE sid = '{sid(2)}'") == [(0,)]


def test_users_are_counted_masked(command: Command, living: str) -> None:
    found = json.loads(command("sessions", "count", "--by", "user", "--json", living).out)
    assert (found["total"], found["groups"][0]) == (5, {"name": "7…", "sessions": 3})
    assert PERSON not in json.dumps(found)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["revoke"], "name what to end"),
        (["revoke", "--user", "7", "--everybody"], "name what to end"),
        (["show", "zoe"], "no key of a session"),
        (["count", "--by", "colour"], "--by takes user or age"),
        (["list", "--user-key", "a..b"], "names no key"),
    ],
)
def test_what_cannot_be_meant_is_one_line(command: Command, living: str, words: list[str], says: str) -> None:
    ended = command("sessions", *words, living)
    assert ended.status == 2
    assert says in ended.complaint


def test_nulls_in_json_do_not_break_the_listing(command: Command, sound: str) -> None:
    odd = '{"cookie":{"originalMaxAge":3600000},"note":"\\u0000","userId":7}'
    with psycopg.connect(sound, autocommit=True) as connection:
        connection.execute("INSERT INTO session VALUES ('odd', %s, now() + interval '1 hour')", (odd,))
    assert f"{SESSIONS + 1} living sessions" in command("sessions", "list", sound).out
    assert key_of("odd") in command("sessions", "list", "--user", "7", sound).out


class TestPrune:
    def test_what_would_go_is_counted_and_then_goes(self, command: Command, living: str) -> None:
        assert "would be deleted: 1." in command("prune", "--dry-run", living).out
        assert json.loads(command("prune", "--json", living).out)["deleted"] == 1
        assert execute(living, "SELECT count(*) FROM session") == [(5,)]
        assert execute(living, "SELECT event FROM session_journal") == [("pruned",)]

    def test_another_pruner_is_left_alone(self, command: Command, living: str) -> None:
        job = command("prune", "--sql", living).out
        number = job.partition("pg_try_advisory_xact_lock(")[2].partition(")")[0]
        with psycopg.connect(living) as other:
            other.execute(f"SELECT pg_advisory_xact_lock({number})".encode())
            ended = command("prune", living)
        assert ended.status == 1
        assert "Another pruner is at work" in ended.out

    def test_the_job_is_what_the_database_takes(self, command: Command, living: str) -> None:
        job = command("prune", "--sql", "--every", "5", living).out
        assert job.startswith("SELECT cron.schedule('sessile prune \"public\".\"session\"', '*/5 * * * *', $cron$")
        execute(living, job.partition("$cron$")[2].rpartition("$cron$")[0])
        assert execute(living, "SELECT count(*) FROM session") == [(5,)]

    def test_without_a_table_it_is_told(self, command: Command, database: str) -> None:
        assert "no session table" in command("prune", database).complaint
