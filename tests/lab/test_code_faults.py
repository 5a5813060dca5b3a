"""A sample of the faults in a service's own code, on a service that runs; the whole of it is `make lab`."""

import pytest

from lab.code.faults import CONTROLS, FAULTS, CodeFault
from lab.code.matrix import Result, run
from sessile.doctor.causes import catalogue

SAMPLE = ("session-after-routes", "passport-session-missing", "healthy")
EVERY = {fault.name: fault for fault in (*FAULTS, *CONTROLS)}


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    return {result.fault.name: result for result in run([EVERY[name] for name in SAMPLE], ("all",))}


@pytest.mark.parametrize("name", SAMPLE)
def test_it_is_named_first_with_code_log_and_database(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert result.right, f"{result.verdict}\n{result.sayings['all'].output[-3000:]}\n{result.log[-2000:]}"


@pytest.mark.parametrize("fault", EVERY.values(), ids=EVERY)
def test_every_fault_names_a_cause_that_exists_and_breaks_something(fault: CodeFault) -> None:
    known = {cause.id for cause in catalogue()}
    assert {fault.cause, fault.note, *fault.also} - {""} <= known
    assert fault.edits or fault.meet or not fault.cause
