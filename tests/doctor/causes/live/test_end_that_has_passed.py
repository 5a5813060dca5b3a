"""Rows that were saved with an end in the past: who sets it is told only by the code."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed
from tests.doctor.causes.code.express import COOKIE, HEALTHY, facts, swap
from tests.doctor.facts_builder import database, judge, rows

CAUSE = "live-expires-fixed-at-boot"
OF_THE_START = "cookie: { expires: new Date(Date.now() + 3600000) }"
OF_THE_LOGIN = swap(
    "    req.session.userId = user.id", "    req.session.userId = user.id\n    req.session.cookie.expires = noon()"
)


def known(folder: Path, code: str) -> Facts:
    return facts(folder, code, database=database(rows=replace(rows(), negative_lives=3)))


@pytest.mark.parametrize("code", [HEALTHY, OF_THE_LOGIN], ids=["nothing in the code", "set by the login"])
def test_the_start_is_not_blamed_for_what_it_does_not_do(tmp_path: Path, code: str) -> None:
    found = judge(CAUSE, known(tmp_path, code))
    assert isinstance(found, Confirmed)
    assert "passed already" in found.title
    assert [one.says for one in found.evidence if one.source == "source"] == (
        ["the end is set here: req.session.cookie.expires = noon()"] if "noon" in code else []
    )


def test_the_start_is_blamed_where_its_code_sets_the_end(tmp_path: Path) -> None:
    found = judge(CAUSE, known(tmp_path, swap(COOKIE, OF_THE_START)))
    assert isinstance(found, Confirmed)
    assert not found.title
