"""Pages that are refused to everybody, users or not: they say nothing of a login that lasted."""

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Verdict
from sessile.doctor.evidence.log_requests import answered
from sessile.doctor.facts.logs import Kind
from tests.doctor.evidence.test_log_guarded import GUEST, START, USER, asks, read
from tests.doctor.facts_builder import facts

LOGIN = asks("POST /login 200")
PAGE, REFUSED = asks("GET /orders 200"), asks("GET /orders 401")
FEED = asks("GET /feed 401")


def test_a_page_that_nobody_is_shown_does_not_speak_against_a_login_that_lasts() -> None:
    log = read(*START, asks("GET /orders 401", GUEST), *(LOGIN, PAGE, FEED, PAGE) * 2)
    assert (log.login_then_authorized, log.login_then_401) == (2, 0)
    assert log.count(Kind.CLOSED) == 2
    diagnosis = diagnose(facts(None, log))
    assert diagnosis.verdict is Verdict.HEALTHY
    assert "/feed is answered 401 to everybody" in diagnosis.reservation


def test_where_no_page_is_shown_to_users_each_refusal_counts() -> None:
    log = read(*START, *(LOGIN, FEED) * 2)
    assert log.login_then_401 == 2
    assert diagnose(facts(None, log)).verdict is Verdict.CANNOT_TELL


def test_a_page_that_is_sometimes_refused_after_the_login_counts() -> None:
    log = read(*START, *(LOGIN, PAGE, LOGIN, REFUSED, LOGIN, REFUSED))
    assert (log.login_then_authorized, log.login_then_401) == (1, 2)


def test_what_is_posted_and_refused_counts_though_pages_are_shown() -> None:
    log = read(*START, asks("GET /orders 401", GUEST), asks("GET /orders 200", GUEST), *(LOGIN, asks("POST /cart 401")) * 2)
    assert log.login_then_401 == 2


def test_who_logs_out_is_turned_away_with_good_reason() -> None:
    log = read(*START, LOGIN, PAGE, *(LOGIN, asks("POST /logout 204"), REFUSED) * 2)
    assert log.login_then_401 == 0


def test_a_page_that_sends_to_the_login_without_naming_the_way_back() -> None:
    turned_away = [asks("GET /home 302"), asks("GET /login 200")]
    log = read(*START, *(asks("POST /login 302"), *turned_away) * 2)
    assert log.login_then_401 == 2


def test_guests_of_other_addresses_are_not_taken_for_who_was_sent_on() -> None:
    log = read(*START, asks("POST /login 302"), asks("GET /home 302"), asks("GET /login 200", GUEST))
    assert log.count(Kind.UNAUTHORIZED) == 0


def test_a_logout_or_a_confirmed_address_that_leads_to_the_login_turns_nobody_away() -> None:
    lines = [asks("GET /logout 302"), asks("GET /login 200"), asks("GET /oauth/callback 302"), asks("GET /login 200")]
    assert read(*START, *lines).count(Kind.UNAUTHORIZED) == 0


def test_hypercorn_writes_the_version_without_its_name() -> None:
    request = answered('[2026-12-01 13:18:34 +0000] [7] [INFO] 10.0.0.1:3 - - [01/Dec/2026:13:18:34 +0000] "GET /a 1.1" 302 9')
    assert request is not None
    assert (request.status, request.client) == (302, USER)
    plain = answered("GET /a 200 350 ms")
    assert plain is not None
    assert plain.status == 200
