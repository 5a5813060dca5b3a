"""What two observations show by the same words is said once."""

from sessile.doctor.diagnose import diagnose
from tests.doctor.evidence.test_log_guarded import START, asks, read
from tests.doctor.facts_builder import facts


def test_logins_that_do_not_last_are_said_once() -> None:
    lines = (asks("POST /login 200"), asks("GET /api/me 401")) * 2
    symptoms = [one.says for one in diagnose(facts(None, read(*START, *lines))).symptoms]
    assert len(symptoms) == len(set(symptoms))
    assert any("2 of 2 logins" in one for one in symptoms)
