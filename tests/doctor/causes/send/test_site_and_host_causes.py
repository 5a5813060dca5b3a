"""A browser keeps the cookie back because it takes the request for another site's, or because it goes to another host."""

from typing import Any

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.recording import (
    API,
    FAR,
    LAX,
    NONE,
    NOW,
    OTHER_SID,
    PAGE,
    SID,
    Call,
    confirmed,
    first,
    judged,
    let_in,
    login,
    me,
    recorded,
)

WWW = "https://www.shop.example"
GATEWAY = "https://pay.gateway.example"
LOCAL, LOOPBACK = "http://localhost:3000", "http://127.0.0.1:3000"
PLAIN = f"{SID}; Path=/; HttpOnly; SameSite=Lax"
STRICT = LAX.replace("Lax", "Strict")
UNSAID = LAX.replace("; SameSite=Lax", "")
SHARED = f"{LAX}; Domain=shop.example"
NEW = LAX.replace(SID, OTHER_SID)


def opened(what: str, at: float = 1000, by: str = "", **more: Any) -> Call:
    """A page is opened, by a link or form of that origin, and leads to the login page unless said otherwise."""
    site = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site" if by else "none"}
    asked_by = {"Origin": by if what.startswith("POST") else "", "Referer": f"{by}/" if by else ""}
    answer = {"status": 302, "got": {"Location": "/login"}, "media": "text/html", **more}
    return Call(at=at, what=what, page=by or PAGE, kind="document", sent={**site, **asked_by}, **answer)


def at_home(**more: Any) -> Call:
    """A login by the service's own page."""
    return login(to=PAGE, **more)


def paid(**more: Any) -> Call:
    """The payment gateway sends the user back by a form."""
    return opened(f"POST {PAGE}/payment/callback", by=GATEWAY, **{"at": 300_000, **more})


SITUATIONS = {
    "send-cross-site-same-site": recorded(login(to=FAR), me(to=FAR)),
    "send-strict-after-external-link": recorded(
        at_home(line=STRICT), opened(f"GET {PAGE}/account", by="https://mail.example"), let_in(2000, to=PAGE)
    ),
    "send-cross-site-post": recorded(at_home(), paid(), let_in(301_000, to=PAGE)),
    "send-scheme-differs": recorded(login(page="http://shop.example"), me(page="http://shop.example")),
    "send-www-and-apex": recorded(at_home(), opened(f"GET {WWW}/account")),
    "send-platform-host": recorded(at_home(), me(to=FAR)),
    "send-subdomain-host-only": recorded(login(), let_in(500), opened(f"GET {PAGE}/account")),
    "send-localhost-and-127": recorded(
        login(to=LOOPBACK, page=LOOPBACK, line=PLAIN), opened(f"GET {LOCAL}/account"), top=f"{LOOPBACK}/"
    ),
}
HEALTHY = recorded(login(), let_in(), let_in(2000))


@pytest.mark.parametrize("cause", SITUATIONS)
def test_each_stands_first_and_alone_in_its_own_situation(cause: str) -> None:
    assert confirmed(diagnose(SITUATIONS[cause])) == [cause]
    assert first(SITUATIONS[cause]) == f"{cause} confirmed"


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_proven_where_the_cookie_comes_back(cause: str) -> None:
    assert isinstance(judged(cause, HEALTHY), RuledOut)
    assert isinstance(judged(cause, Facts(now=NOW)), Unseen)


@pytest.mark.parametrize("cause", SITUATIONS)
@pytest.mark.parametrize(
    "calls",
    [
        (login(to=FAR), me(to=FAR)),
        (at_home(), paid()),
        (at_home(), opened(f"GET {WWW}/account")),
        (at_home(), me(to=FAR)),
        (login(), opened(f"GET {PAGE}/account")),
    ],
)
def test_none_is_sure_where_cookies_were_left_out_of_the_recording(cause: str, calls: tuple[Call, ...]) -> None:
    assert isinstance(judged(cause, recorded(*calls, sanitized=True)), Unseen)


@pytest.mark.parametrize("cause", SITUATIONS)
def test_neither_cookie_nor_password_reaches_the_evidence(cause: str) -> None:
    said = " ".join(evidence.says for suspect in diagnose(SITUATIONS[cause]).causes for evidence in suspect.evidence)
    assert "connect.sid" in said
    assert "q" * 32 not in said
    assert "hunter2" not in said


class TestCrossSite:
    @pytest.mark.parametrize(("line", "reason"), [(LAX, "Lax"), (STRICT, "Strict"), (UNSAID, "UnspecifiedTreatedAsLax")])
    def test_every_samesite_but_none_is_refused_at_the_login(self, line: str, reason: str) -> None:
        facts = recorded(login(to=FAR, line=line), me(to=FAR))
        assert first(facts) == "send-cross-site-same-site confirmed"
        assert f"SameSite{reason}" in diagnose(facts).causes[0].evidence[0].says

    def test_two_hosts_below_a_public_suffix_are_two_sites(self) -> None:
        page = "https://shop.onrender.com"
        assert first(recorded(login(to=FAR, page=page), me(to=FAR, page=page))) == "send-cross-site-same-site confirmed"

    def test_a_cookie_set_by_a_page_that_was_opened_is_kept_back_from_the_script(self) -> None:
        facts = recorded(opened(f"GET {FAR}/auth/google/callback", at=0, sets=(LAX,), status=200), me(to=FAR))
        assert not confirmed(diagnose(facts)) or first(facts) == "send-cross-site-same-site confirmed"

    def test_two_hosts_of_one_domain_are_one_site(self) -> None:
        assert isinstance(judged("send-cross-site-same-site", recorded(login(), me())), RuledOut)

    def test_none_may_go_along_so_it_is_something_else(self) -> None:
        facts = recorded(login(to=FAR, line=NONE), me(to=FAR))
        assert isinstance(judged("send-cross-site-same-site", facts), RuledOut)

    def test_a_user_who_is_let_in_without_the_cookie_does_not_need_it(self) -> None:
        facts = recorded(login(to=FAR), let_in(to=FAR, cookie="", sent={"Authorization": "Bearer abc"}))
        assert isinstance(judged("send-cross-site-same-site", facts), RuledOut)

    def test_a_cookie_that_came_back_was_kept(self) -> None:
        facts = recorded(login(to=FAR), me(to=FAR, cookie=SID))
        assert isinstance(judged("send-cross-site-same-site", facts), RuledOut)


class TestStrict:
    def test_lax_goes_along_with_a_page_that_is_opened(self) -> None:
        facts = recorded(at_home(), opened(f"GET {PAGE}/account", by="https://mail.example"))
        assert isinstance(judged("send-strict-after-external-link", facts), RuledOut)

    def test_a_page_of_the_service_itself_opens_the_next(self) -> None:
        facts = recorded(at_home(line=STRICT), opened(f"GET {PAGE}/account", by=API))
        assert isinstance(judged("send-strict-after-external-link", facts), RuledOut)

    def test_a_person_opens_it_from_a_bookmark(self) -> None:
        facts = recorded(at_home(line=STRICT), opened(f"GET {PAGE}/account"))
        assert isinstance(judged("send-strict-after-external-link", facts), RuledOut)


class TestPost:
    def test_a_new_session_over_the_good_one_is_said(self) -> None:
        facts = recorded(at_home(), paid(sets=(NEW,), status=200, got={}, answer="thanks"))
        assert first(facts) == "send-cross-site-post confirmed"
        assert "a new connect.sid over" in diagnose(facts).causes[0].evidence[-1].says

    def test_a_callback_that_needs_no_session_loses_nothing(self) -> None:
        facts = recorded(at_home(), paid(status=303, got={"Location": "/orders/7"}), let_in(301_000, to=PAGE))
        assert isinstance(judged("send-cross-site-post", facts), RuledOut)

    def test_a_callback_by_get_is_another_matter(self) -> None:
        facts = recorded(at_home(), opened(f"GET {PAGE}/payment/callback", by=GATEWAY))
        assert isinstance(judged("send-cross-site-post", facts), RuledOut)

    def test_without_samesite_a_quick_one_carries_the_cookie_and_a_slow_one_does_not(self) -> None:
        quick, slow = (recorded(at_home(line=UNSAID), paid(at=at)) for at in (60_000, 180_000))
        assert isinstance(judged("send-cross-site-post", quick), RuledOut)
        assert first(slow) == "send-cross-site-post confirmed"

    def test_none_goes_along(self) -> None:
        assert isinstance(judged("send-cross-site-post", recorded(at_home(line=NONE), paid())), RuledOut)


class TestScheme:
    def test_another_domain_is_cross_site_whatever_its_scheme(self) -> None:
        page = "http://other.example"
        facts = recorded(login(page=page), me(page=page))
        assert isinstance(judged("send-scheme-differs", facts), RuledOut)
        assert first(facts) == "send-cross-site-same-site confirmed"

    def test_https_on_both_sides_is_one_site(self) -> None:
        assert isinstance(judged("send-scheme-differs", recorded(login(), me())), RuledOut)


class TestHosts:
    @pytest.mark.parametrize(("home", "away"), [(PAGE, WWW), (WWW, PAGE)])
    def test_www_both_ways(self, home: str, away: str) -> None:
        facts = recorded(login(to=home, page=home), opened(f"GET {away}/account"))
        assert first(facts) == "send-www-and-apex confirmed"

    def test_a_stranger_of_another_session_on_the_other_host_does_not_hide_it(self) -> None:
        facts = recorded(at_home(), opened(f"GET {WWW}/account", cookie=OTHER_SID))
        assert "send-www-and-apex" in confirmed(diagnose(facts))

    @pytest.mark.parametrize("cause", ["send-www-and-apex", "send-subdomain-host-only"])
    def test_a_domain_covers_its_subdomains(self, cause: str) -> None:
        facts = recorded(at_home(line=SHARED), opened(f"GET {WWW}/account"), opened(f"GET {API}/account", at=2000))
        assert isinstance(judged(cause, facts), RuledOut)

    @pytest.mark.parametrize("cause", ["send-www-and-apex", "send-subdomain-host-only", "send-platform-host"])
    def test_a_redirect_to_the_one_host_repairs_it(self, cause: str) -> None:
        moved = opened(f"GET {WWW}/account", status=308, got={"Location": f"{PAGE}/account"})
        page = opened(f"GET {PAGE}/account", at=1100, cookie=SID, status=200, got={})
        assert isinstance(judged(cause, recorded(at_home(), moved, page)), RuledOut)

    def test_a_login_on_the_other_host_is_a_session_of_its_own(self) -> None:
        facts = recorded(at_home(), login(500, to=WWW, page=WWW, line=NEW), let_in(to=WWW, page=WWW, cookie=OTHER_SID))
        assert isinstance(judged("send-www-and-apex", facts), RuledOut)

    def test_a_subdomain_that_nothing_links_is_only_a_guess(self) -> None:
        facts = recorded(at_home(), opened("GET https://status.shop.example/admin"))
        assert isinstance(judged("send-subdomain-host-only", facts), Undecided)

    def test_a_token_is_no_session(self) -> None:
        facts = recorded(at_home(), me(sent={"Authorization": "Bearer abc"}))
        assert isinstance(judged("send-subdomain-host-only", facts), RuledOut)

    def test_names_below_a_public_suffix_are_no_subdomains_of_one_domain(self) -> None:
        home, away = "https://shop.onrender.com", FAR
        facts = recorded(login(to=home, page=home), me(to=away, page=home))
        assert isinstance(judged("send-subdomain-host-only", facts), RuledOut)
        assert first(facts) == "send-platform-host confirmed"

    def test_the_oauth_redirect_ends_at_the_platforms_host(self) -> None:
        facts = recorded(login(to=FAR, page=FAR), me(to=PAGE, cookie="", sets=(NEW,)))
        assert first(facts) == "send-platform-host confirmed"

    def test_another_company_is_not_this_service(self) -> None:
        facts = recorded(at_home(), me(to="https://api.weather.example"))
        assert all(not isinstance(judged(cause, facts), Confirmed | Undecided) for cause in SITUATIONS)

    def test_a_foreign_service_on_the_platform_is_only_a_guess(self) -> None:
        facts = recorded(at_home(), Call(at=1000, what="GET https://weather.onrender.com/today", status=401))
        assert isinstance(judged("send-platform-host", facts), Undecided)


class TestMachine:
    @pytest.mark.parametrize("api", [LOOPBACK, "http://[::1]:3000", "http://192.168.1.7:3000"])
    def test_a_page_on_localhost_calls_another_spelling(self, api: str) -> None:
        page = "http://localhost:5173"
        facts = recorded(login(to=api, page=page, line=PLAIN), me(to=api, page=page), top=f"{page}/")
        assert first(facts) == "send-localhost-and-127 confirmed"
        assert isinstance(judged("send-cross-site-same-site", facts), RuledOut)

    def test_two_ports_of_one_host_share_their_cookies(self) -> None:
        page = "http://localhost:5173"
        facts = recorded(login(to=LOCAL, page=page, line=PLAIN), me(to=LOCAL, page=page), top=f"{page}/")
        assert isinstance(judged("send-localhost-and-127", facts), RuledOut)
