"""What the refused requests have in common is told by its share on both sides, and is not made up where there is nothing."""

from dataclasses import replace

import pytest

from sessile.doctor.cohorts import common
from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts, Log
from sessile.doctor.facts.logs import Kind, Mark, Run
from tests.doctor.facts_builder import AUTHORIZED, BOOT, UNAUTHORIZED, facts, line, log

KEY, OTHER = "0a1b2c3d", "ffee0011"


def instance(name: str, *runs: tuple[int, int], key: str = "") -> Log:
    """An instance of which each run let so many requests in and turned so many away, and names its key at each start."""
    named = (line(Kind.KEYS, "", "keys", key),) if key else ()
    lines = [(BOOT, *named, *([AUTHORIZED] * well), *([UNAUTHORIZED] * refused)) for well, refused in runs]
    counted = tuple(
        Run(boot=boot, first=Mark(1), last=Mark(9), authorized=well, unauthorized=refused)
        for boot, (well, refused) in enumerate(runs, 1)
    )
    return replace(log(*(one for run in lines for one in run), source=f"{name}.log", minutes=0.01), instance=name, runs=counted)


def said(*logs: Log) -> list[str]:
    return [one.says for one in common(facts(None, *logs))]


def test_one_instance_of_three_with_a_key_of_its_own() -> None:
    logs = (instance("web.1", (120, 1), key=KEY), instance("web.2", (3, 118), key=OTHER), instance("web.3", (120, 1), key=KEY))
    assert said(*logs) == [
        "401s come from instance web.2 nearly alone: 118 of 120, and 3 of the 243 requests that were let in;"
        f" it signs with key {OTHER}, the others with {KEY}"
    ]


def test_a_restart_after_which_one_instance_refuses() -> None:
    assert said(instance("web.1", (90, 0)), instance("web.2", (80, 0), (1, 40))) == [
        "401s come from start 2 of instance web.2 only: 40 of 40, and 1 of the 171 requests that were let in"
    ]


def test_two_instances_with_one_wrong_key() -> None:
    logs = (instance("a", (90, 0), key=KEY), instance("b", (2, 30), key=OTHER), instance("c", (2, 30), key=OTHER))
    assert said(*logs)[0].startswith(f"401s come from instances that sign with key {OTHER} only: 60 of 60")


def test_that_no_key_is_named_is_a_trait_too() -> None:
    logs = (instance("a", (90, 0), key=KEY), instance("b", (2, 30)), instance("c", (2, 30)))
    assert said(*logs)[0].startswith("401s come from instances that name no key only: 60 of 60")


@pytest.mark.parametrize(
    "logs",
    [
        (instance("a", (90, 20)), instance("b", (90, 20))),
        (instance("a", (90, 0)), instance("b", (10, 3))),
        (instance("a", (10, 1)), instance("b", (900, 40))),
        (instance("a", (0, 50)), instance("b", (0, 5))),
        (instance("a", (90, 20)),),
        (),
    ],
    ids=["everywhere alike", "too few", "the busier one", "nobody is let in", "only one", "no log"],
)
def test_nothing_in_common(logs: tuple[Log, ...]) -> None:
    assert said(*logs) == []


def test_the_report_shows_it_as_the_symptoms_proof() -> None:
    known: Facts = facts(None, instance("web.1", (120, 1)), instance("web.2", (3, 118)))
    assert any(one.says.startswith("401s come from instance web.2") for one in diagnose(known).symptoms)
