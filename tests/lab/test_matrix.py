"""A sample of the lab: the whole of it is `make lab`."""

import pytest

from lab.controls import CONTROLS
from lab.faults import FAULTS, Fault
from lab.matrix import Result, run

SAMPLE = {
    "no-key",
    "duplicates",
    "row-security",
    "table-missing",
    "wrong-password",
    "creation-race",
    "ddl-aborts-start",
    "time-zone",
    "secret-differs",
    "secret-random-per-boot",
}
HEALTHY = {"plain", "jsonb", "view", "ddl-run-again"}


def chosen() -> list[Fault]:
    return [fault for fault in FAULTS if fault.name in SAMPLE] + [control for control in CONTROLS if control.name in HEALTHY]


@pytest.fixture(scope="module")
def results() -> dict[tuple[str, str], Result]:
    return {(result.fault.name, result.kind): result for result in run(chosen())}


@pytest.mark.parametrize("kind", ["express", "sessile"])
@pytest.mark.parametrize("name", sorted(SAMPLE | HEALTHY))
def test_each_fault_is_named_first_or_prevented_and_each_control_is_healthy(
    results: dict[tuple[str, str], Result], name: str, kind: str
) -> None:
    result = results.get((name, kind))
    if result is None:
        assert kind not in next(fault for fault in chosen() if fault.name == name).works_on
        return
    assert result.right, f"{result.verdict}\n{result.output[-3000:]}\n{result.log[-2000:]}"


def test_every_fault_names_a_cause_that_exists() -> None:
    from sessile.doctor.causes import catalogue

    known = {cause.id for cause in catalogue()}
    assert [fault.cause for fault in FAULTS if fault.cause not in known] == []
