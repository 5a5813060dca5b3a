"""A cookie that was set does not come back: blame falls on the page, the browser, an iframe, another response, or an app."""

from datetime import timedelta
from typing import Any

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.recording import (
    API,
    CHROME,
    CLEARED,
    FAR,
    LAX,
    NONE,
    NOW,
    OTHER_SID,
    PAGE,
    PASSWORD,
    SAFARI,
    SID,
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

LMS = "https://lms.school.test"
PARTITIONED = f"{NONE}; Partitioned"
IN_BODY = '{"email":"ann@shop.example","password":"hunter2!","withCredentials":true}'


def embedded(line: str, **later: Any) -> Facts:
    """A login in an iframe of a school's page, and the question after it."""
    frame = Call(
        at=-500,
        what=f"GET {API}/app",
        kind="document",
        media="text/html",
        page=LMS,
        sent={"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"},
    )
    inside = {"Referer": f"{API}/app", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
    return recorded(frame, login(page=API, line=line, sent=inside), me(page=API, sent=inside, **later), top=f"{LMS}/course/1")


def app(origin: str = "", agent: str = CHROME, **later: Any) -> Facts:
    """An app that logs in and asks who it is."""
    headers = {"Origin": origin, "Referer": ""}
    return recorded(
        login(page=API, sent=headers, agent=agent), me(page=API, sent=headers, agent=agent, **later), creator="mitmproxy"
    )


def expiring(at: float, seconds: float, *, ahead: float, agent: str = "curl/8.5", line: str = "") -> Facts:
    """A login on a client whose clock is ahead by so many seconds, with a cookie that lives for some seconds."""
    real = NOW + timedelta(milliseconds=at)
    expires = f"{real + timedelta(seconds=seconds):%a, %d %b %Y %H:%M:%S GMT}"
    shifted = at + ahead * 1000
    date = {"Date": f"{real:%a, %d %b %Y %H:%M:%S GMT}"}
    given = line or f"{SID}; Path=/; Expires={expires}; HttpOnly; Secure"
    return recorded(
        login(shifted, page=API, line=given, agent=agent, got=date),
        me(shifted + 1000, page=API, agent=agent, got=date),
        creator="mitmproxy",
    )


SITUATIONS = {
    "send-credentials-omitted": recorded(login(), me()),
    "send-credentials-in-body": recorded(login(body=IN_BODY), me()),
    "send-third-party-blocked": recorded(login(to=FAR, line=NONE, agent=SAFARI), me(to=FAR, agent=SAFARI)),
    "send-partitioned-elsewhere": recorded(
        login(to=FAR, line=PARTITIONED),
        let_in(to=FAR),
        me(5000, to=FAR, page=LMS, kind="document", sent={"Origin": "", "Referer": ""}, media="text/html"),
    ),
    "send-embedded-in-iframe": embedded(LAX),
    "send-cleared-by-other-response": recorded(
        Call(at=-100, what=f"GET {API}/api/cart", status=401, wait=400, sets=(CLEARED,), got=allowing()), login(), me()
    ),
    "send-cookie-evicted": recorded(
        login(), let_in(), Call(at=2000, what=f"GET {API}/app.js", got={**allowing(), "Clear-Site-Data": '"cookies"'}), me(3000)
    ),
    "send-native-client": app("capacitor://localhost"),
    "send-client-clock-ahead": expiring(0, 600, ahead=3600),
}
HEALTHY = recorded(login(), let_in(), let_in(2000))


@pytest.mark.parametrize("cause", SITUATIONS)
def test_each_stands_first_in_its_own_situation(cause: str) -> None:
    assert first(SITUATIONS[cause]) == f"{cause} confirmed"


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_proven_where_the_cookie_comes_back(cause: str) -> None:
    assert isinstance(judged(cause, HEALTHY), RuledOut)
    assert isinstance(judged(cause, Facts(now=HEALTHY.now)), Unseen)


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_sure_where_cookies_were_left_out_of_the_recording(cause: str) -> None:
    assert cause not in confirmed(diagnose(recorded(login(body=IN_BODY), me(), sanitized=True)))
    assert cause not in confirmed(diagnose(recorded(login(to=FAR), me(to=FAR, agent=SAFARI), sanitized=True)))


class TestCredentials:
    def test_are_not_missed_within_one_origin(self) -> None:
        assert isinstance(judged("send-credentials-omitted", recorded(login(page=API), me(page=API))), RuledOut)

    def test_are_not_missed_where_the_rules_forbid_the_cookie(self) -> None:
        assert not isinstance(judged("send-credentials-omitted", recorded(login(to=FAR), me(to=FAR))), Confirmed | Undecided)

    def test_are_not_missed_where_another_cookie_went_along(self) -> None:
        facts = recorded(login(), me(cookie="theme=dark"))
        assert not isinstance(judged("send-credentials-omitted", facts), Confirmed | Undecided)
        assert isinstance(judged("send-cookie-evicted", facts), Undecided)

    def test_between_two_sites_it_may_be_the_browser_as_well(self) -> None:
        facts = recorded(login(to=FAR, line=NONE), me(to=FAR))
        assert isinstance(judged("send-credentials-omitted", facts), Undecided)
        assert isinstance(judged("send-third-party-blocked", facts), Undecided)
        assert not confirmed(diagnose(facts))
        assert {one.cause.id for one in diagnose(facts).causes} >= {"send-credentials-omitted", "send-third-party-blocked"}

    def test_another_request_with_cookies_shows_that_the_browser_allows_them(self) -> None:
        facts = recorded(login(to=FAR, line=NONE), let_in(to=FAR), me(2000, to=FAR))
        assert first(facts) == "send-credentials-omitted confirmed"
        assert not isinstance(judged("send-third-party-blocked", facts), Confirmed | Undecided)


class TestOptionsInTheBody:
    def test_are_harmless_within_one_origin(self) -> None:
        facts = recorded(login(page=API, body=IN_BODY), let_in(page=API))
        assert isinstance(judged("send-credentials-in-body", facts), RuledOut)

    def test_are_harmless_where_the_cookie_came_back(self) -> None:
        assert isinstance(judged("send-credentials-in-body", recorded(login(body=IN_BODY), let_in())), RuledOut)

    def test_are_named_with_the_call_that_has_them(self) -> None:
        post = Call(at=2000, what=f"POST {API}/api/cart", status=401, body='{"withCredentials":true}', got=allowing())
        facts = recorded(login(), let_in(), post)
        assert first(facts) == "send-credentials-in-body confirmed"
        assert "POST /api/cart 401" in diagnose(facts).causes[0].evidence[0].says

    def test_without_cookies_in_the_recording_they_are_a_suspicion(self) -> None:
        assert isinstance(judged("send-credentials-in-body", recorded(login(body=IN_BODY), me(), sanitized=True)), Undecided)


class TestThirdParty:
    def test_safari_within_one_site_blocks_nothing(self) -> None:
        facts = recorded(login(agent=SAFARI), me(agent=SAFARI))
        assert isinstance(judged("send-third-party-blocked", facts), RuledOut)
        assert first(facts) == "send-credentials-omitted confirmed"

    def test_the_browsers_own_word_is_proof(self) -> None:
        facts = recorded(login(to=FAR, line=NONE), me(to=FAR, blocked=("UserPreferences",)))
        assert first(facts) == "send-third-party-blocked confirmed"
        assert "UserPreferences" in diagnose(facts).causes[0].evidence[0].says

    def test_another_reason_of_the_browser_is_another_cause(self) -> None:
        facts = recorded(login(to=FAR, line=NONE), me(to=FAR, blocked=("SameSiteLax",)))
        assert not isinstance(judged("send-third-party-blocked", facts), Confirmed)

    def test_a_partitioned_cookie_is_not_blocked(self) -> None:
        facts = recorded(login(to=FAR, line=PARTITIONED, agent=SAFARI), me(to=FAR, agent=SAFARI))
        assert not isinstance(judged("send-third-party-blocked", facts), Confirmed)

    def test_a_cookie_that_no_browser_sends_there_is_not_blamed_on_this_one(self) -> None:
        facts = recorded(login(to=FAR, agent=SAFARI), me(to=FAR, agent=SAFARI))
        assert not isinstance(judged("send-third-party-blocked", facts), Confirmed)


class TestIframe:
    def test_a_cookie_made_for_it_is_kept(self) -> None:
        facts = embedded(PARTITIONED, status=200, cookie=SID, answer='{"id":7}')
        assert isinstance(judged("send-embedded-in-iframe", facts), RuledOut)

    def test_the_same_pages_in_a_tab_are_not_embedded(self) -> None:
        facts = recorded(login(page=API), me(page=API), top=f"{API}/app")
        assert isinstance(judged("send-embedded-in-iframe", facts), RuledOut)

    def test_safari_blocks_a_cookie_that_is_not_partitioned(self) -> None:
        assert first(embedded(NONE, agent=SAFARI)) == "send-third-party-blocked confirmed"
        assert not isinstance(judged("send-embedded-in-iframe", embedded(NONE, agent=SAFARI)), Confirmed)


class TestCleared:
    def test_a_logout_clears_it_on_purpose(self) -> None:
        out = Call(at=2000, what=f"POST {API}/logout", cookie=SID, sets=(CLEARED,), got=allowing())
        facts = recorded(login(), let_in(), out, me(3000))
        assert isinstance(judged("send-cleared-by-other-response", facts), RuledOut)

    def test_a_401_for_the_cookie_only_follows(self) -> None:
        facts = recorded(login(), me(cookie=SID, sets=(CLEARED,)), me(2000))
        assert not isinstance(judged("send-cleared-by-other-response", facts), Confirmed)

    def test_another_path_is_another_cookie(self) -> None:
        elsewhere = CLEARED.replace("Path=/", "Path=/admin")
        late = Call(at=-100, what=f"GET {API}/api/cart", status=401, wait=400, sets=(elsewhere,), got=allowing())
        assert not isinstance(judged("send-cleared-by-other-response", recorded(late, login(), me())), Confirmed)

    def test_cleared_and_set_again_is_not_cleared(self) -> None:
        again = Call(at=500, what=f"GET {API}/api/cart", sets=(CLEARED, LAX), got=allowing(), cookie=SID)
        assert not isinstance(judged("send-cleared-by-other-response", recorded(login(), again, let_in())), Confirmed)

    def test_before_the_login_nothing_is_lost(self) -> None:
        early = Call(at=-500, what=f"GET {API}/api/cart", status=401, sets=(CLEARED,), got=allowing())
        assert isinstance(judged("send-cleared-by-other-response", recorded(early, login(), let_in())), RuledOut)


class TestEvicted:
    def test_one_cookie_too_many_throws_the_session_out(self) -> None:
        many = tuple(f"c{number}=1; Path=/; Secure; SameSite=Lax" for number in range(200))
        facts = recorded(login(), Call(at=200, what=f"GET {API}/consent", sets=many, got=allowing()), me())
        assert first(facts) == "send-cookie-evicted confirmed"

    @pytest.mark.parametrize("said", ['"cache"', '"storage"', "cookies"])
    def test_other_directives_leave_cookies_alone(self, said: str) -> None:
        got = {**allowing(), "Clear-Site-Data": said}
        facts = recorded(login(), Call(at=500, what=f"GET {API}/app.js", got=got), me())
        assert not isinstance(judged("send-cookie-evicted", facts), Confirmed)


class TestNative:
    @pytest.mark.parametrize("origin", ["capacitor://localhost", "ionic://localhost", "file://", "tauri://localhost"])
    def test_a_page_of_its_own_scheme(self, origin: str) -> None:
        assert first(app(origin)) == "send-native-client confirmed"

    @pytest.mark.parametrize("agent", ["okhttp/4.12.0", "Shop/3 CFNetwork/1494 Darwin/23.4.0", "Dart/3.4 (dart:io)"])
    def test_a_library_is_no_browser(self, agent: str) -> None:
        assert first(app(agent=agent)) == "send-native-client confirmed"

    def test_a_browser_on_a_phone_is_one(self) -> None:
        phone = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
        assert isinstance(judged("send-native-client", app(agent=phone)), RuledOut)

    def test_an_app_that_sends_its_cookie_is_well(self) -> None:
        facts = app("capacitor://localhost", cookie=SID, status=200, answer='{"id":7}')
        assert not isinstance(judged("send-native-client", facts), Confirmed | Undecided)

    def test_a_page_of_no_site_may_be_a_sandboxed_iframe(self) -> None:
        assert not isinstance(judged("send-native-client", app("null")), Confirmed)


class TestClock:
    def test_a_browser_that_sets_it_right_is_not_blamed(self) -> None:
        assert isinstance(judged("send-client-clock-ahead", expiring(0, 600, ahead=3600, agent=CHROME)), RuledOut)

    def test_max_age_needs_no_clock(self) -> None:
        facts = expiring(0, 600, ahead=3600, line=f"{SID}; Path=/; Max-Age=600; HttpOnly; Secure")
        assert isinstance(judged("send-client-clock-ahead", facts), RuledOut)

    def test_a_clock_that_is_ahead_by_less_than_the_cookies_life_does_no_harm(self) -> None:
        assert isinstance(judged("send-client-clock-ahead", expiring(0, 7200, ahead=3600)), RuledOut)


def test_nothing_of_a_cookie_or_a_person_is_shown() -> None:
    says = " ".join(one.says for facts in SITUATIONS.values() for cause in diagnose(facts).causes for one in cause.evidence)
    for secret in ("q" * 8, "ann@", "hunter2", OTHER_SID[-20:], PASSWORD):
        assert secret not in says
    assert PAGE in says
