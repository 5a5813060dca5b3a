"""`sessile explain`: the list, a cause, a line from a log."""

import json

import pytest

from sessile.doctor.causes import catalogue
from sessile.doctor.report.explain import NOTHING
from tests.cli.command import Command

BENIGN = 'error: multiple primary keys for table "session" are not allowed'
NO_KEY = "error: there is no unique or exclusion constraint matching the ON CONFLICT specification"


def test_the_list_has_every_cause(command: Command) -> None:
    ended = command("explain")
    assert ended.status == 0
    for cause in catalogue():
        assert f"  {cause.id}  " in ended.out
    listed = json.loads(command("explain", "--json").out)["causes"]
    assert [cause["id"] for cause in listed] == [cause.id for cause in catalogue()]


@pytest.mark.parametrize("name", ["save-no-primary-key", "no-unique-on-sid"])
def test_a_cause_is_told_by_its_id_and_by_its_catalogue_name(command: Command, name: str) -> None:
    ended = command("explain", name)
    assert (ended.status, ended.err) == (0, "")
    assert "save-no-primary-key, at station save" in ended.out
    assert "How it is told apart" in ended.out
    assert json.loads(command("explain", name, "--json").out)["id"] == "save-no-primary-key"


@pytest.mark.parametrize(
    "given", [NO_KEY, f"2026-11-23T12:00:00Z web[1]: Session save error: {NO_KEY}", "42P10", "SQLSTATE 42P10"]
)
def test_a_line_names_its_cause(command: Command, given: str) -> None:
    ended = command("explain", given)
    assert ended.status == 0
    assert "It points to\n  • save-no-primary-key: " in ended.out


def test_a_line_from_standard_input_and_from_a_file(command: Command) -> None:
    (command.folder / "line").write_text(f"{NO_KEY}\n")
    for ended in (command("explain", "-", stdin=NO_KEY), command("explain", "@line")):
        assert ended.status == 0
        assert "save-no-primary-key" in ended.out


def test_42p16_is_called_harmless(command: Command) -> None:
    ended = command("explain", BENIGN)
    assert ended.status == 0
    assert "It is harmless by itself\n  • boot-key-added-twice" in ended.out
    assert "It proves" not in ended.out
    assert json.loads(command("explain", BENIGN, "--json").out)["causes"][0]["weight"] == "harmless"


def test_a_line_that_says_nothing_is_status_3(command: Command) -> None:
    ended = command("explain", "the cat sat on the mat")
    assert (ended.status, ended.out) == (3, f"{NOTHING}\n")


@pytest.mark.parametrize(("code", "cause"), [("42P01", "boot-table-missing"), ("42501", "boot-creation-denied")])
def test_a_bare_code_points_to_the_causes_whose_message_it_lacks(command: Command, code: str, cause: str) -> None:
    ended = command("explain", code)
    assert ended.status == 0
    assert f"It points to\n  • {cause}: " in ended.out


@pytest.mark.parametrize(
    ("words", "cause"), [("table missing", "boot-table-missing"), ("verify", "verify-secret-differs-between-instances")]
)
def test_words_and_stations_name_the_causes_that_bear_them(command: Command, words: str, cause: str) -> None:
    assert cause in command("explain", words).out
    assert cause in [one["id"] for one in json.loads(command("explain", words, "--json").out)["causes"]]


def test_secrets_in_a_pasted_line_are_masked(command: Command) -> None:
    cookie = "Cookie: connect.sid=s%3AZb3xY0aB1cD2eF3gH4iJ5kL6.hunter2hunter2"
    line = f"{NO_KEY} {cookie} postgresql://app:hunter2@db/shop zoe@example.net"
    for words in (["explain", line], ["explain", line, "--json"]):
        ended = command(*words)
        for secret in ("hunter2", "Zb3xY0aB1cD2", "zoe@"):
            assert secret not in ended.out + ended.err
