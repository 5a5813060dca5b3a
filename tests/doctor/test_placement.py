"""A refused request is put at its station also where another answer, a cache or the proxy comes between."""

from dataclasses import replace

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.site import Comparison, Site
from sessile.doctor.facts.wire import Seen as SeenBy
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.observations import OBSERVATIONS
from sessile.doctor.placement import placed
from sessile.session.outcome import Station
from tests.doctor.recorded_facts import seen
from tests.doctor.recording import SET, asked, cookie, login, recording

OTHER = cookie(secret="the secret of another app on that host", sid="Ot3rOt3rOt3rOt3rOt3rOt3rOt3rOt3r")
SETS_OTHER = f"connect.sid={OTHER}; Path=/; HttpOnly; Secure; SameSite=Lax"
SENDS_OTHER = f"connect.sid={OTHER}"
LAX_ACROSS = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Dest": "empty",
    "Origin": "https://page.example",
}


def stations(*exchanges: Exchange) -> list[Station | None]:
    return [one.station for one in placed(seen(recording(*exchanges)))]


def test_another_app_s_cookie_in_place_of_the_own_stops_at_send() -> None:
    beside = asked(2, "POST https://shop.test:8443/session", sets=SETS_OTHER, sends=None)
    assert stations(login(), asked(1), beside, asked(3, status=401, sends=SENDS_OTHER)) == [Station.SEND]


def test_a_cookie_out_of_a_cache_stops_at_arrive() -> None:
    cached = asked(2, "GET /count", sets=SETS_OTHER, got={"x-cache": "HIT"})
    assert stations(login(), asked(1), cached, asked(3, status=401, sends=SENDS_OTHER)) == [Station.ARRIVE]
    fresh = asked(2, "GET /count", sets=SETS_OTHER, got={"x-cache": "MISS"})
    assert stations(login(), asked(1), fresh, asked(3, status=401, sends=SENDS_OTHER)) == [None]


def test_the_same_question_let_in_under_another_address_stops_at_agree() -> None:
    refused = [asked(number, status=401) for number in (1, 2, 3)]
    assert stations(login(), *refused, asked(4, "GET /api/me?once=7"), asked(5, status=401)) == [Station.AGREE] * 4
    assert stations(login(), *refused[:2], asked(4, "GET /api/me?once=7")) == [None, None]
    by_turns = asked(5, "GET /api/me?once=8", status=401)
    assert stations(login(), *refused, asked(4, "GET /api/me?once=7"), by_turns) == [None] * 4


def test_an_answer_under_an_address_of_its_own_shows_no_other_instance() -> None:
    refused = [asked(number, status=401) for number in (1, 2)]
    look = OBSERVATIONS["intermittent 401"].look
    assert not isinstance(look(seen(recording(login(), *refused, asked(3, "GET /api/me?once=7"), asked(4, status=401)))), Seen)
    assert isinstance(look(seen(recording(login(), *refused, asked(3), asked(4, status=401)))), Seen)


def test_what_the_service_answers_past_the_proxy_stops_at_arrive() -> None:
    wire = recording(login(), asked(1, status=401), seen_by=SeenBy.SITE)
    pair = Comparison(asked(2, status=401), asked(3, "GET http://127.0.0.1:3000/api/me"))
    facts = replace(seen(wire), sites=(Site(source=wire.source, direct=(pair,)),))
    assert [one.station for one in placed(facts)] == [Station.ARRIVE]
    diagnosis = diagnose(facts, [])
    assert diagnosis.something_else is not None
    assert diagnosis.something_else.stations == (Station.ARRIVE,)
    both = replace(pair, direct=asked(3, "GET http://127.0.0.1:3000/api/me", status=401))
    facts = replace(facts, sites=(Site(source=wire.source, direct=(both,)),))
    assert [one.station for one in placed(facts)] == [None]


def test_a_cookie_that_only_same_site_keeps_out_would_not_be_sent_either() -> None:
    across = [login(sent=LAX_ACROSS), asked(1, status=401, sends=None, sent=LAX_ACROSS)]
    assert stations(*across) == [Station.SEND]
    insecure = login(sets=SET.replace("SameSite=Lax", "SameSite=None").replace("Secure; ", ""))
    assert stations(insecure, asked(1, status=401, sends=None)) == [Station.KEEP]


def test_a_question_let_in_and_then_called_bad_has_too_large_a_header() -> None:
    look = OBSERVATIONS["header fields refused as too large"].look
    assert isinstance(look(seen(recording(login(), asked(1), asked(2, status=400)))), Seen)
    assert isinstance(look(seen(recording(login(), asked(1, status=400)))), NotSeen)
