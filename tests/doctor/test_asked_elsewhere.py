"""A user who is asked for under another name of the service is not healthy: the cookie is not for that name."""

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.session.outcome import Station
from tests.doctor.recorded_facts import seen
from tests.doctor.recording import asked, login, recording


@pytest.mark.parametrize("host", ["https://www.shop.test", "https://shop-1a2b.onrender.com", "https://api.shop.test"])
def test_it_stops_at_send_whether_or_not_a_cause_is_known(host: str) -> None:
    away = asked(2, f"GET {host}/api/me", status=401, sends=None)
    found = diagnose(seen(recording(login(), asked(1), away)), [])
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.something_else is not None
    assert found.something_else.stations == (Station.SEND,)


def test_another_company_that_knows_nobody_says_nothing() -> None:
    away = asked(2, "GET https://api.weather.example/api/me", status=401, sends=None)
    assert diagnose(seen(recording(login(), asked(1), away)), []).verdict is Verdict.HEALTHY
