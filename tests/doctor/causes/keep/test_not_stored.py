"""A browser does not store the login's cookie: for its Domain, its name, its size, or its scheme."""

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Confirmed, RuledOut, Undecided, Unseen
from tests.doctor.causes.recording import (
    LAX,
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

HTTP = "http://shop.example"
RENDER = "https://shop.onrender.com"
LOCAL = "http://localhost:3000"
SECRET_PART = "q" * 32
NONE_INSECURE = f"{SID}; Path=/; HttpOnly; SameSite=None"
HOST_PREFIX = f"__Host-{LAX}; Domain=shop.example"
PLAIN = f"{SID}; Path=/; HttpOnly; SameSite=Lax"
LARGE = f"session={'x' * 5000}; Path=/; HttpOnly; SameSite=Lax"


def visit(line: str, to: str = PAGE) -> Facts:
    """A login whose cookie is not there at the next request."""
    return recorded(login(to=to, page=to, line=line), me(to=to, page=to))


def with_domain(domain: str) -> str:
    return f"{LAX}; Domain={domain}"


SITUATIONS = {
    "keep-same-site-none-insecure": visit(NONE_INSECURE),
    "keep-domain-is-public-suffix": visit(with_domain(".onrender.com"), RENDER),
    "keep-domain-of-another-host": visit(with_domain("old-shop.example")),
    "keep-domain-of-one-label": visit(with_domain("localhost")),
    "keep-prefix-violated": visit(HOST_PREFIX),
    "keep-too-large": visit(LARGE),
    "keep-secure-over-http": visit(LAX, HTTP),
    "keep-secure-not-overwritten": recorded(
        login(to=PAGE, line=LAX),
        let_in(500, to=PAGE),
        login(2000, to=HTTP, page=HTTP, line=PLAIN.replace(SID, OTHER_SID)),
        me(3000, to=HTTP, page=HTTP),
    ),
}
DOMAINS = [cause for cause in SITUATIONS if "-domain-" in cause]


@pytest.mark.parametrize("cause", SITUATIONS)
def test_each_stands_first_and_alone_in_its_own_situation(cause: str) -> None:
    assert confirmed(diagnose(SITUATIONS[cause])) == [cause]
    assert first(SITUATIONS[cause]) == f"{cause} confirmed"


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_proven_where_the_cookie_comes_back(cause: str) -> None:
    assert isinstance(judged(cause, recorded(login(), let_in(), let_in(2000))), RuledOut)


@pytest.mark.parametrize("cause", SITUATIONS)
def test_none_is_sure_where_cookies_were_left_out_of_the_recording(cause: str) -> None:
    for line, to in ((NONE_INSECURE, PAGE), (with_domain("onrender.com"), RENDER), (LARGE, PAGE), (LAX, HTTP)):
        facts = recorded(login(to=to, page=to, line=line), me(to=to, page=to), sanitized=True)
        assert isinstance(judged(cause, facts), Unseen | RuledOut)
        assert confirmed(diagnose(facts)) == []


@pytest.mark.parametrize("cause", SITUATIONS)
def test_the_browsers_own_reason_is_named_and_no_value(cause: str) -> None:
    said = " ".join(evidence.says for suspect in diagnose(SITUATIONS[cause]).causes for evidence in suspect.evidence)
    reasons = ("SameSiteNoneInsecure", "InvalidDomain", "InvalidPrefix", "ExceedsMaxSize", "SecureOnly", "OverwriteSecure")
    assert any(reason in said for reason in reasons)
    assert SECRET_PART not in said
    assert "x" * 100 not in said


@pytest.mark.parametrize(
    ("line", "to"),
    [
        (f"{NONE_INSECURE}; Secure", PAGE),
        (LAX, LOCAL),
        (PLAIN, HTTP),
        (with_domain("onrender.com"), "https://onrender.com"),
        (with_domain("shop.example"), "https://www.shop.example"),
        (with_domain("localhost").replace("Secure; ", ""), LOCAL),
        (with_domain(""), PAGE),
        (f"__Host-{LAX}", PAGE),
        (f"__Secure-{with_domain('shop.example')}", PAGE),
        (f"session={'x' * 4089}; Path=/; HttpOnly", PAGE),
    ],
)
def test_what_a_browser_stores_is_another_matter(line: str, to: str) -> None:
    found = confirmed(diagnose(visit(line, to)))
    assert not [cause for cause in found if cause.startswith("keep-")]


@pytest.mark.parametrize(("domain", "to"), [("co.in", "https://shop.co.in"), ("vercel.app", "https://shop-pr-12.vercel.app")])
def test_a_public_suffix_is_the_root_whatever_host_it_is(domain: str, to: str) -> None:
    assert first(visit(with_domain(domain), to)) == "keep-domain-is-public-suffix confirmed"


@pytest.mark.parametrize(
    ("domain", "to", "cause"),
    [
        ("127.0.0.1", LOCAL, "keep-domain-of-one-label"),
        ("shop", PAGE, "keep-domain-of-one-label"),
        ("shop.example", LOCAL, "keep-development-proxy"),
        ("shop.example", "https://shop.vercel.app", "keep-rewrite-keeps-domain"),
        ("api.shop.example", PAGE, "keep-domain-of-another-host"),
    ],
)
def test_of_all_that_is_wrong_with_a_domain_one_cause_is_named(domain: str, to: str, cause: str) -> None:
    facts = visit(f"{SID}; Path=/; HttpOnly; Domain={domain}", to)
    assert confirmed(diagnose(facts)) == [cause]


def test_the_domain_stands_in_the_title() -> None:
    assert ".onrender.com" in diagnose(SITUATIONS["keep-domain-is-public-suffix"]).causes[0].title


def test_a_user_who_is_let_in_without_the_cookie_does_not_need_it() -> None:
    facts = recorded(login(line=NONE_INSECURE), let_in(cookie="", sent={"Authorization": "Bearer abc"}))
    assert isinstance(judged("keep-same-site-none-insecure", facts), RuledOut)


def test_a_client_that_sends_it_back_all_the_same_is_no_browser() -> None:
    facts = recorded(login(line=NONE_INSECURE), me(cookie=SID))
    assert isinstance(judged("keep-same-site-none-insecure", facts), RuledOut)


def test_a_session_that_outgrows_its_cookie_after_the_login_is_found_there() -> None:
    saved = Call(at=500, what=f"POST {PAGE}/api/cart", cookie="session=small", sets=(LARGE,), answer='{"ok":true}')
    facts = recorded(login(to=PAGE, line="session=small; Path=/; HttpOnly"), saved, let_in(to=PAGE, cookie="session=small"))
    finding = judged("keep-too-large", facts)
    assert isinstance(finding, Confirmed)
    assert "POST /api/cart" in finding.evidence[0].says
    assert "5007 octets" in finding.evidence[0].says


def test_without_the_login_over_https_an_older_secure_cookie_is_only_a_guess() -> None:
    finding = judged("keep-secure-not-overwritten", visit(PLAIN, HTTP))
    assert isinstance(finding, Undecided)
