"""The session is fine and the page does not believe it: timers, interceptors, caches, workers, other tabs."""

from typing import Any

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.recording import (
    API,
    NOBODY,
    OTHER_SID,
    PAGE,
    SID,
    SOMEBODY,
    Call,
    allowing,
    confirmed,
    first,
    judged,
    let_in,
    login,
    me,
    recorded,
)

MINUTE = 60_000.0
DISK = {"_fromCache": "disk"}


def logout(at: float, **more: Any) -> Call:
    return Call(at=at, what=f"POST {API}/logout", **{"cookie": SID, "got": allowing(), **more})


def forbidden(at: float, url: str = f"{API}/api/reports", **more: Any) -> Call:
    return Call(at=at, what=f"GET {url}", **{"status": 401, "cookie": SID, "got": allowing(), **more})


def login_page(at: float, **more: Any) -> Call:
    return Call(at=at, what=f"GET {PAGE}/login", kind="document", media="text/html", **more)


SITUATIONS = {
    "agree-logout-on-any-401": recorded(login(), let_in(), forbidden(2000), logout(2100), me(2300)),
    "agree-logged-out-in-other-tab": recorded(login(), let_in(), logout(3000, tab="page_2"), me(4000, tab="page_1")),
    "agree-idle-timer": recorded(
        login(), let_in(), logout(15 * MINUTE), login(20 * MINUTE), let_in(20 * MINUTE + 1000), logout(35 * MINUTE + 100)
    ),
    "agree-client-believes-logged-out": recorded(login(), let_in(), login_page(1100)),
    "agree-browser-cache": recorded(
        me(-9000, status=200, answer='{"user":null}'), login(), me(status=200, answer='{"user":null}', more=DISK)
    ),
    "agree-service-worker": recorded(login(), me(by_worker=True)),
}
HEALTHY = recorded(login(), let_in(), let_in(2000), logout(30_000), login_page(30_100))


@pytest.mark.parametrize("cause", SITUATIONS)
def test_each_stands_first_in_its_own_situation(cause: str) -> None:
    assert first(SITUATIONS[cause]) == f"{cause} confirmed"


@pytest.mark.parametrize("cause", SITUATIONS)
@pytest.mark.parametrize("situation", [*SITUATIONS])
def test_none_is_proven_in_the_situation_of_another(cause: str, situation: str) -> None:
    if cause != situation:
        assert not isinstance(judged(cause, SITUATIONS[situation]), Confirmed)


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_proven_where_a_user_logs_out_himself(cause: str) -> None:
    assert isinstance(judged(cause, HEALTHY), RuledOut)
    assert isinstance(judged(cause, Facts(now=HEALTHY.now)), Unseen)


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_sure_where_cookies_were_left_out_of_a_recording_of_a_lost_session(cause: str) -> None:
    lost = recorded(login(), me(), me(2000), login_page(2100), sanitized=True)
    assert cause not in confirmed(diagnose(lost))


class TestLogoutOnAny401:
    def test_of_another_service(self) -> None:
        facts = recorded(login(), let_in(), forbidden(2000, "https://maps.other.example/tile", cookie=""), logout(2100))
        assert first(facts) == "agree-logout-on-any-401 confirmed"
        assert "another service" in diagnose(facts).causes[0].evidence[1].says

    def test_where_the_session_was_turned_away_first_the_logout_only_follows(self) -> None:
        facts = recorded(login(), me(cookie=SID), logout(1100))
        assert isinstance(judged("agree-logout-on-any-401", facts), RuledOut)

    def test_a_call_without_the_cookie_says_nothing_of_the_session(self) -> None:
        facts = recorded(login(), let_in(), forbidden(2000, cookie=""), logout(2100))
        assert not isinstance(judged("agree-logout-on-any-401", facts), Confirmed)

    def test_a_logout_much_later_is_a_click(self) -> None:
        facts = recorded(login(), let_in(), forbidden(2000), logout(9000))
        assert isinstance(judged("agree-logout-on-any-401", facts), RuledOut)

    def test_where_nothing_shows_that_the_session_lived_it_is_a_suspicion(self) -> None:
        facts = recorded(login(), forbidden(2000), logout(2100))
        assert isinstance(judged("agree-logout-on-any-401", facts), Undecided)


class TestOtherTab:
    def test_a_cookie_that_no_response_set(self) -> None:
        facts = recorded(login(), let_in(), me(2000, cookie=OTHER_SID))
        assert first(facts) == "agree-logged-out-in-other-tab confirmed"

    def test_a_cookie_that_a_response_of_this_page_set_is_its_own(self) -> None:
        renewed = let_in(1500, sets=(OTHER_SID + "; Path=/; HttpOnly; Secure; SameSite=Lax",))
        facts = recorded(login(), let_in(), renewed, me(2000, cookie=OTHER_SID))
        assert not isinstance(judged("agree-logged-out-in-other-tab", facts), Confirmed)

    def test_an_old_cookie_beside_the_logins_own_is_another_matter(self) -> None:
        facts = recorded(login(), me(1000, cookie=OTHER_SID))
        assert not isinstance(judged("agree-logged-out-in-other-tab", facts), Confirmed)


class TestIdleTimer:
    def test_once_is_a_suspicion(self) -> None:
        assert isinstance(judged("agree-idle-timer", recorded(login(), let_in(), logout(15 * MINUTE))), Undecided)

    def test_a_check_on_the_service_answers_401(self) -> None:
        def visit(at: float) -> list[Call]:
            return [login(at), let_in(at + 1000), me(at + 1000 + 30 * MINUTE, cookie=SID)]

        assert first(recorded(*visit(0), *visit(60 * MINUTE))) == "agree-idle-timer confirmed"

    def test_pauses_of_different_length_are_no_timer(self) -> None:
        facts = recorded(login(), let_in(), logout(15 * MINUTE), login(20 * MINUTE), logout(41 * MINUTE))
        assert isinstance(judged("agree-idle-timer", facts), Undecided)

    def test_a_cookie_whose_life_is_over_needs_no_timer(self) -> None:
        line = f"{SID}; Path=/; Max-Age=600; HttpOnly; Secure"
        facts = recorded(login(line=line), logout(15 * MINUTE), login(20 * MINUTE, line=line), logout(35 * MINUTE))
        assert isinstance(judged("agree-idle-timer", facts), RuledOut)


class TestBelief:
    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_an_error_is_no_logout(self, status: int) -> None:
        facts = recorded(login(), me(status=status, answer="", cookie=SID), login_page(1200))
        assert "agree-client-believes-logged-out" in confirmed(diagnose(facts))

    def test_a_service_that_knows_nobody_is_believed_rightly(self) -> None:
        facts = recorded(login(), me(status=200, answer='{"user":null}', cookie=SID), login_page(1100))
        assert isinstance(judged("agree-client-believes-logged-out", facts), RuledOut)

    def test_a_click_on_a_link_is_the_users_own(self) -> None:
        facts = recorded(login(), let_in(), login_page(1100, sent={"Sec-Fetch-User": "?1"}))
        assert isinstance(judged("agree-client-believes-logged-out", facts), RuledOut)

    def test_an_answer_that_the_browser_hides_is_not_disbelieved(self) -> None:
        facts = recorded(login(), let_in(got=allowing(credentials="")), login_page(1100))
        assert first(facts) == "agree-cors-credentials-not-allowed confirmed"
        assert not isinstance(judged("agree-client-believes-logged-out", facts), Confirmed)


class TestBrowserCache:
    def test_the_kept_answer_counts_where_the_recording_has_no_body(self) -> None:
        facts = recorded(me(-9000, status=200, answer='{"user":null}'), login(), me(status=200, answer="", more=DISK))
        assert first(facts) == "agree-browser-cache confirmed"

    def test_a_304_means_that_the_service_was_asked(self) -> None:
        facts = recorded(me(-9000, status=200, answer='{"user":null}'), login(), me(status=304, answer="", cookie=SID))
        assert isinstance(judged("agree-browser-cache", facts), Undecided)

    def test_a_user_out_of_the_cache_is_no_harm(self) -> None:
        facts = recorded(login(), let_in(), me(2000, status=200, answer=SOMEBODY, more=DISK))
        assert isinstance(judged("agree-browser-cache", facts), RuledOut)

    def test_an_answer_of_the_network_is_the_services_own(self) -> None:
        assert isinstance(judged("agree-browser-cache", recorded(login(), me(cookie=SID))), RuledOut)


class TestServiceWorker:
    def test_one_that_passes_the_request_on_is_not_to_blame(self) -> None:
        facts = recorded(login(), me(by_worker=True), me(1005, cookie=SID))
        assert isinstance(judged("agree-service-worker", facts), RuledOut)

    def test_one_that_answers_with_the_user_does_no_harm(self) -> None:
        facts = recorded(login(), me(status=200, answer=SOMEBODY, by_worker=True))
        assert isinstance(judged("agree-service-worker", facts), RuledOut)


def test_nothing_of_a_cookie_or_a_person_is_shown() -> None:
    says = " ".join(one.says for facts in SITUATIONS.values() for cause in diagnose(facts).causes for one in cause.evidence)
    for secret in ("q" * 8, "z" * 8, "ann@", "hunter2", NOBODY):
        assert secret not in says
