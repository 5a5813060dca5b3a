"""A job that deletes what has expired over a connection with a time zone of its own."""

from pathlib import Path

import pytest

from sessile.doctor.findings import Noted, RuledOut
from tests.doctor.causes.code.express import HEALTHY, facts
from tests.doctor.facts_builder import database, judge

CAUSE = "live-time-zone-mismatch"
PRUNE = "\nsetInterval(() => nightly.query('DELETE FROM session WHERE expire < now()'), 3600000)"
TOKYO = "\nconst nightly = new pg.Pool({ options: '-c TimeZone=Asia/Tokyo' })"


@pytest.mark.parametrize("zone", [TOKYO, "\nawait nightly.query(`SET TIME ZONE 'Asia/Tokyo'`)"], ids=["an option", "a statement"])
def test_it_is_a_remark_that_names_the_zone(tmp_path: Path, zone: str) -> None:
    found = judge(CAUSE, facts(tmp_path, HEALTHY + zone + PRUNE, database=database()))
    assert isinstance(found, Noted)
    assert "Asia/Tokyo" in found.evidence[0].says


@pytest.mark.parametrize(
    "code",
    [TOKYO, PRUNE, TOKYO.replace("Asia/Tokyo", "UTC") + PRUNE],
    ids=["nothing is deleted", "no zone is set", "in UTC"],
)
def test_what_shifts_nothing(tmp_path: Path, code: str) -> None:
    assert isinstance(judge(CAUSE, facts(tmp_path, HEALTHY + code, database=database())), RuledOut)
