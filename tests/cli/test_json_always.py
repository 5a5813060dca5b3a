"""Whoever asks for JSON gets one document on standard output, also where there is nothing to tell."""

import json

import pytest

from tests.cli.command import Command


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["doctor", "--json"], "nothing to look at"),
        (["doctor", "nosuch.log", "--json"], "nosuch.log is no file"),
        (["doctor", "--json", "empty.log"], "it is empty"),
        (["explain", "--json", "zzz"], "there is no cause zzz"),
        (["why", "--json", " "], "the cookie is empty"),
        (["doctor", "--json", "--nosuch"], "No such option: --nosuch"),
    ],
)
def test_wrong_usage_is_a_document_too(command: Command, words: list[str], says: str) -> None:
    if "empty.log" in words:
        (command.folder / "empty.log").touch()
    ended = command(*words)
    assert ended.status == 2
    said = json.loads(ended.out)
    assert says in said["error"]
    assert said["version"] == 1
    assert ended.err == f"sessile: {said['error']}\n"


def test_without_json_standard_output_stays_empty(command: Command) -> None:
    assert "nothing to look at" in command("doctor").complaint
