"""A driver too old for Node.js is told by the versions that package.json wants, and by the pool that the store gets."""

from dataclasses import replace
from pathlib import Path

import pytest

from sessile.doctor.findings import Confirmed, Noted, RuledOut, Undecided, Unseen
from tests.doctor.causes.code.express import HEALTHY, facts, swap
from tests.doctor.facts_builder import AUTHORIZED, BOOT, LOGIN, UNAUTHORIZED, facts as without_code, judge, log

CAUSE = "reach-driver-hangs"
OWN_DRIVER = swap("{ pool })", "{ conString: process.env.DATABASE_URL })")


def package(pg: str, node: str = "") -> str:
    engines = f', "engines": {{"node": "{node}"}}' if node else ""
    return f'{{"dependencies": {{"express": "^4.18.0", "pg": "{pg}"}}{engines}}}'


@pytest.mark.parametrize("pg", ["^7.18.2", "~7.4.0", "7.x", "6", "8.0.2"])
def test_an_old_driver_on_a_new_runtime(tmp_path: Path, pg: str) -> None:
    finding = judge(CAUSE, facts(tmp_path, HEALTHY, package=package(pg, ">=18")))
    assert isinstance(finding, Confirmed)
    assert f"package.json wants pg {pg}" in finding.evidence[0].says


@pytest.mark.parametrize(
    ("code", "pg", "node", "kind"),
    [
        (HEALTHY, "^8.0.0", ">=18", RuledOut),
        (HEALTHY, "8.0.3", ">=18", RuledOut),
        (HEALTHY, ">=7", ">=18", RuledOut),
        (OWN_DRIVER, "^7.18.2", ">=18", RuledOut),
        (HEALTHY, "^7.18.2", ">=12", Noted),
        (HEALTHY, "^7.18.2", "12.x || 14.x", Noted),
        (HEALTHY, "^7.18.2", "", Noted),
    ],
    ids=["a range", "mended", "no upper end", "the store's own driver", "an old runtime", "one of two", "no runtime named"],
)
def test_near_misses(tmp_path: Path, code: str, pg: str, node: str, kind: type) -> None:
    assert isinstance(judge(CAUSE, facts(tmp_path, code, package=package(pg, node))), kind)


def test_what_works_contradicts_it_and_what_does_not_makes_it_a_suspect(tmp_path: Path) -> None:
    works = replace(log(BOOT, LOGIN, AUTHORIZED), runs=(replace(log(BOOT).runs[0], login_then_authorized=3),))
    assert isinstance(judge(CAUSE, facts(tmp_path, HEALTHY, works, package=package("^7.18.2", ">=18"))), RuledOut)
    suffering = log(BOOT, LOGIN, UNAUTHORIZED, login_then_401=6)
    assert isinstance(judge(CAUSE, facts(tmp_path, HEALTHY, suffering, package=package("^7.18.2"))), Undecided)
    assert isinstance(judge(CAUSE, without_code()), Unseen)
