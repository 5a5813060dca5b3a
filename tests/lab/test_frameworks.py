"""A sample of the lab's frameworks: the whole of it is `python -m lab.frameworks`."""

import pytest

from lab.frameworks.faults import CONTROLS, FAULTS
from lab.frameworks.matrix import FrameworkResult, play
from sessile.demo.postgres import EmbeddedPostgres

SAMPLE = ("flask-secret-missing", "starlette-middleware-missing", "django-table-missing")


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_is_named_by_what_can_tell_it_and_by_nothing_surely_another(postgres: EmbeddedPostgres, name: str) -> None:
    result = played(postgres, name)
    assert result.right, result.report


def played(postgres: EmbeddedPostgres, name: str) -> FrameworkResult:
    fault = next(fault for fault in (*FAULTS, *CONTROLS) if fault.name == name)
    return play(fault, postgres)
