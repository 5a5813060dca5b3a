"""A session that a replica gets late is told from one saved late, from differing instances, and a standby that is written to."""

import pytest

from sessile.doctor.facts import Wire
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.facts_builder import database, facts, server
from tests.doctor.recorded_facts import judge, proven, seen
from tests.doctor.recording import asked, login, recording

CAUSE = "find-replica-lag"
LATE = recording(login(), asked(0.3, status=401), asked(0.6, status=401), asked(2), asked(3))
STANDBY = database(server=server(standby=True))


def test_a_standby_that_gets_saved_sessions_late() -> None:
    finding = judge(CAUSE, seen(LATE, database=STANDBY))
    assert isinstance(finding, Confirmed)
    assert [one.says for one in finding.evidence] == [
        "GET /api/me 401 was turned away 0.3 s after the login, with its cookie",
        "GET /api/me 200 was let in 2.0 s after it, with the same cookie",
        "the service's server is a standby, and sessions are saved all the same",
    ]
    assert proven(seen(LATE, database=STANDBY)) == {CAUSE}


def test_where_the_server_is_a_primary_another_may_be_read_from() -> None:
    assert isinstance(judge(CAUSE, seen(LATE, database=database())), Undecided)


@pytest.mark.parametrize(
    "wire",
    [
        recording(login(), asked(0.03, status=401), asked(1), asked(2)),
        recording(login(), asked(0.3, status=401), asked(1), asked(2, status=401), asked(3)),
        recording(login(), asked(1), asked(2, status=401)),
        recording(login(), asked(0.3, status=401), asked(90, status=401), asked(95)),
        recording(login(), asked(0.3, status=401), login(1), asked(2)),
        recording(login(), asked(1), asked(2)),
    ],
    ids=["saved after the answer", "instances that differ", "lost", "minutes", "logged in again", "healthy"],
)
def test_near_misses(wire: Wire) -> None:
    assert isinstance(judge(CAUSE, seen(wire, database=STANDBY)), RuledOut)


def test_a_standby_that_is_written_to_is_another_cause() -> None:
    refused = recording(login(), asked(1, status=401), asked(9, status=401))
    assert isinstance(judge("reach-standby", seen(refused, database=STANDBY)), Confirmed)
    assert isinstance(judge("reach-standby", seen(LATE, database=STANDBY)), RuledOut)
    assert isinstance(judge(CAUSE, facts()), Unseen)
