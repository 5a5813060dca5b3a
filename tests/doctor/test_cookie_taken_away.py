"""A refusal that takes the cookie away: what follows without it tells nothing of its way, for the session had stopped before."""

from sessile.doctor.diagnose import diagnose
from sessile.doctor.findings import NotSeen
from sessile.doctor.observations import OBSERVATIONS
from sessile.doctor.placement import placed
from sessile.session.outcome import Station
from tests.doctor.recorded_facts import proven, seen
from tests.doctor.recording import asked, login, recording

CLEARED = "connect.sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax"
REFUSED = asked(1, status=401, sets=CLEARED)
"""As Flask and Django answer whoever comes with a session that they end."""
WITHOUT = asked(2, status=401, sends=None, sets=CLEARED)


def test_it_is_not_that_another_answer_cleared_it() -> None:
    facts = seen(recording(login(), REFUSED, WITHOUT))
    assert "send-cleared-by-other-response" not in proven(facts)
    assert isinstance(OBSERVATIONS["cookie does not come back"].look(facts), NotSeen)


def test_what_follows_stops_where_the_refusal_did() -> None:
    one, other = placed(seen(recording(login(), REFUSED, WITHOUT)))
    assert one.station is other.station is None
    assert "took its cookie away" in other.because
    something_else = diagnose(seen(recording(login(), REFUSED, WITHOUT)), []).something_else
    assert something_else is not None
    assert Station.SEND not in something_else.stations


def test_an_answer_that_refused_nobody_did_clear_it() -> None:
    facts = seen(recording(login(), asked(1, "GET /cart", sets=CLEARED), WITHOUT))
    assert "send-cleared-by-other-response" in proven(facts)
    assert [one.station for one in placed(facts)] == [Station.SEND]
