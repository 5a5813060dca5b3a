"""401s in a log: what a restart has to do with them, and that a healthy verdict says how many there were."""

import io

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Verdict
from sessile.doctor.evidence.logs import collect
from sessile.doctor.facts import Facts
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.observations import OBSERVATIONS
from tests.doctor.facts_builder import NOW

START = "CRM listening on 3000 (production)"
LOGIN = '::1 - - [21/Nov/2026:12:00:{:02}] "POST /api/auth/login HTTP/1.1" 200 23'
ME = '::1 - - [21/Nov/2026:12:00:{:02}] "GET /api/auth/me HTTP/1.1" {} 23'
LET_IN, REFUSED = 200, 401


def read(*lines: str) -> Facts:
    return Facts(now=NOW, logs=tuple(collect("app.log", text=io.BytesIO("\n".join(lines).encode()))))


def asked(*statuses: int, since: int) -> list[str]:
    return [ME.format(since + 15 * number, status) for number, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ((LET_IN, LET_IN), (REFUSED,), Seen),
        ((LET_IN, REFUSED, LET_IN), (REFUSED,), Seen),
        ((LET_IN, REFUSED, REFUSED), (REFUSED,), type(None)),
        ((LET_IN, LET_IN), (LET_IN,), NotSeen),
    ],
)
def test_401s_speak_of_the_restart_unless_they_came_before_it(
    before: tuple[int, ...], after: tuple[int, ...], seen: type
) -> None:
    facts = read(START, LOGIN.format(0), *asked(*before, since=1), START, *asked(*after, since=46))
    assert isinstance(OBSERVATIONS["401 after a restart"].look(facts), seen)


def test_401s_since_a_restart_make_no_secret_likely_that_nothing_else_speaks_of() -> None:
    diagnosis = diagnose(read(START, LOGIN.format(0), *asked(LET_IN, LET_IN, since=1), START, *asked(REFUSED, since=46)))
    assert diagnosis.verdict is Verdict.CANNOT_TELL
    assert "verify-secret-random-per-boot" in [suspect.cause.id for suspect in diagnosis.causes]
    assert {suspect.confidence for suspect in diagnosis.causes} == {Confidence.POSSIBLE}
    commands = " ".join(one.command for one in diagnosis.next)
    assert ".env" in commands
    assert '"$DATABASE_URL"' in commands


def test_a_healthy_verdict_says_how_many_were_turned_away() -> None:
    diagnosis = diagnose(read(START, LOGIN.format(0), *asked(LET_IN, REFUSED, REFUSED, REFUSED, since=1)))
    assert diagnosis.verdict is Verdict.HEALTHY
    assert diagnosis.reservation.startswith("But 3 of 4 answers were 401:")


@pytest.mark.parametrize(
    "lines",
    [
        [LOGIN.format(0), *asked(LET_IN, REFUSED, REFUSED, since=1)],
        [*asked(REFUSED, REFUSED, REFUSED, since=0), LOGIN.format(46), *asked(LET_IN, since=47)],
        [LOGIN.format(0), *asked(LET_IN, since=1) * 20, *asked(REFUSED, REFUSED, REFUSED, since=1)],
    ],
    ids=["few", "guests before anybody logs in", "a small part"],
)
def test_a_few_are_not_worth_a_word(lines: list[str]) -> None:
    assert diagnose(read(START, *lines)).reservation == ""


def test_logins_that_all_fail_are_a_symptom() -> None:
    failed = LOGIN.format(0).replace(" 200 ", " 500 ")
    assert isinstance(OBSERVATIONS["server errors with a cookie"].look(read(START, failed, failed)), Seen)
    assert isinstance(OBSERVATIONS["server errors with a cookie"].look(read(START, LOGIN.format(0), failed, failed)), NotSeen)
