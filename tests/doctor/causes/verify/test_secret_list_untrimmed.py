"""verify-secret-list-untrimmed: a list of secrets with blanks that the code keeps, and the lists that are read rightly."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor import deeds
from sessile.doctor.evidence import environment
from sessile.doctor.facts import Facts
from sessile.doctor.facts.logs import Mark, Run
from sessile.doctor.findings import Confirmed, Noted, RuledOut, Unseen
from sessile.session.outcome import Station
from tests.doctor.causes.code.express import SECRET, facts, swap
from tests.doctor.facts_builder import AUTHORIZED, BOOT, LOGIN, judge, log

CAUSE = "verify-secret-list-untrimmed"
SPLIT = "process.env.SESSION_SECRETS.split(',')"
BLANKS = "9f1c7ab04e6d2f83c5b7e1aa20d94c66, 4be0a97d1e5c36f08d2b7c91aa64e35f"


def known(folder: Path, *, secrets: str, code: str = SPLIT) -> Facts:
    env = folder / "one.env"
    env.write_text(f"PORT=3000\nSESSION_SECRETS={secrets}\n")
    return facts(folder, swap(SECRET, code), environments=(environment.collect(env),))


def suffering(found: Facts) -> Facts:
    runs = (
        Run(boot=1, first=Mark(1), last=Mark(9), logins=3, authorized=9),
        Run(boot=2, first=Mark(10), last=Mark(20), unauthorized=4, unauthorized_before_login=4),
    )
    return replace(found, logs=(replace(log(BOOT, LOGIN, AUTHORIZED), runs=runs, boots=2),))


def test_blanks_that_the_code_keeps_are_a_remark_until_people_are_turned_away_after_a_restart(tmp_path: Path) -> None:
    found = known(tmp_path, secrets=BLANKS)
    assert isinstance(judge(CAUSE, found), Noted)
    assert isinstance(judge(CAUSE, suffering(found)), Confirmed)


@pytest.mark.parametrize(
    ("secrets", "code"),
    [
        (BLANKS.replace(" ", ""), SPLIT),
        (BLANKS, f"{SPLIT}.map((one) => one.trim())"),
        (BLANKS, f"({SPLIT} || []).filter(Boolean).map((one) => one.trim())"),
        (BLANKS, "process.env.SESSION_SECRETS.split(/\\s*,\\s*/)"),
    ],
    ids=["no blanks", "trimmed", "trimmed at the end of a chain", "divided with its blanks"],
)
def test_what_is_read_rightly(tmp_path: Path, secrets: str, code: str) -> None:
    assert isinstance(judge(CAUSE, suffering(known(tmp_path, secrets=secrets, code=code))), RuledOut)


def test_without_the_environment_nobody_knows(tmp_path: Path) -> None:
    assert isinstance(judge(CAUSE, facts(tmp_path, swap(SECRET, SPLIT))), Unseen)


@pytest.mark.parametrize(
    ("secrets", "stops"), [(BLANKS, [Station.VERIFY]), (BLANKS.replace(" ", ""), [])], ids=["blanks", "none"]
)
def test_the_deed_alone_tells_the_station_where_the_list_has_blanks(tmp_path: Path, secrets: str, stops: list[Station]) -> None:
    assert [station for station, _ in deeds.stops(known(tmp_path, secrets=secrets))] == stops
