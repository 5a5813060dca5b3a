"""Which stored cookies a request carries, in which order, and which are thrown away."""

import pytest
from hypothesis import given, settings, strategies as st

from sessile.cookies import Context, Jar, Reason
from sessile.cookies.cookie import path_matches
from tests.cookies.contexts import DAY, MINUTE, NOW, header, jar_with


@pytest.mark.parametrize(
    ("cookie_path", "path", "matches"),
    [
        ("/", "/", True),
        ("/", "/login", True),
        ("/account", "/account", True),
        ("/account", "/account/", True),
        ("/account", "/account/deep", True),
        ("/account/", "/account", False),
        ("/account/", "/account/deep", True),
        ("/account", "/accounting", False),
        ("/account", "/Account", False),
        ("/a%20b", "/a b", False),
    ],
)
def test_paths(cookie_path: str, path: str, matches: bool) -> None:
    assert path_matches(cookie_path, path) is matches


@pytest.mark.parametrize(
    ("url", "reasons"),
    [
        ("https://www.example.com/account", ()),
        ("https://www.example.com:8443/account", ()),
        ("http://www.example.com/account", (Reason.SECURE_ONLY,)),
        ("https://example.com/account", (Reason.DOMAIN_MISMATCH,)),
        ("https://www.example.com/", (Reason.NOT_ON_PATH,)),
        ("http://shop.example.com/", (Reason.SECURE_ONLY, Reason.DOMAIN_MISMATCH, Reason.NOT_ON_PATH)),
    ],
)
def test_every_reason_against_a_cookie_is_named(url: str, reasons: tuple[Reason, ...]) -> None:
    jar = jar_with("sid=1; Secure; Path=/account")
    (choice,) = jar.send(Context.navigation(url), NOW).choices
    assert choice.reasons == reasons


def test_cookies_of_another_site_are_not_spoken_of() -> None:
    jar = jar_with("sid=1", url="https://example.com/")
    assert jar.send(Context.navigation("https://other.test/"), NOW).choices == ()


def test_longer_paths_first_then_older_cookies() -> None:
    jar = Jar()
    for age, line in enumerate(("a=1; Path=/", "b=2; Path=/x/y", "a=3; Path=/x", "c=4; Domain=example.com; Path=/")):
        jar.store(line, Context.navigation("https://www.example.com/x/y"), NOW + age)
    sending = jar.send(Context.navigation("https://www.example.com/x/y"), NOW + 10)
    assert sending.header == "b=2; a=3; a=1; c=4"
    assert sending.doubled == ("a",)


def test_a_cookie_without_a_name_is_sent_without_an_equals_sign() -> None:
    assert header(jar_with("=token", "a="), Context.navigation("https://www.example.com/")) == "token; a="


def test_www_and_apex_do_not_share_a_host_only_cookie() -> None:
    jar = jar_with("sid=1", url="https://example.com/")
    assert header(jar, Context.navigation("https://www.example.com/")) == ""
    jar = jar_with("sid=1; Domain=example.com", url="https://example.com/")
    assert header(jar, Context.navigation("https://www.example.com/")) == "sid=1"


def test_an_expired_cookie_is_named_once_and_gone() -> None:
    jar = jar_with("sid=1; Max-Age=60")
    page = Context.navigation("https://www.example.com/")
    assert header(jar, page, NOW + 59_999) == "sid=1"
    assert [cookie.name for cookie in jar.send(page, NOW + MINUTE).expired] == ["sid"]
    assert jar.cookies == ()


def test_a_site_keeps_150_cookies_when_it_sets_more_than_180() -> None:
    jar = jar_with(*(f"c{number}=1" for number in range(180)))
    assert len(jar.cookies) == 180
    setting = jar.store("one=more", Context.navigation("https://www.example.com/"), NOW)
    assert [cookie.name for cookie in setting.evicted] == [f"c{number}" for number in range(31)]
    assert len(jar.cookies) == 150


def test_the_session_cookie_stays_when_it_is_secure_or_was_just_used() -> None:
    page = Context.navigation("https://www.example.com/")
    for line, used in (("sid=1; Secure", False), ("sid=1", True)):
        jar = jar_with(line, *(f"c{number}=1; Path=/nowhere" for number in range(100)))
        if used:
            jar.send(page, NOW + 2 * MINUTE)
        for number in range(100):
            jar.store(f"d{number}=1", page, NOW + 2 * MINUTE)
        assert "sid=1" in header(jar, page, NOW + 2 * MINUTE)


def test_low_priority_goes_first() -> None:
    lines = [f"c{number}=1; Priority={'Low' if number % 2 else 'High'}" for number in range(181)]
    jar = jar_with(*lines)
    assert sum("c1" not in cookie.name and int(cookie.name[1:]) % 2 for cookie in jar.cookies) < 90
    assert sum(int(cookie.name[1:]) % 2 == 0 for cookie in jar.cookies) == 91


def test_a_partition_keeps_ten_kibibytes() -> None:
    jar = Jar()
    widget = Context.fetch("https://api.example.com/", page="https://pay.test/", credentials="include")
    for number in range(12):
        jar.store(f"c{number:02}={'x' * 997}; SameSite=None; Secure; Partitioned", widget, NOW + number)
    assert [cookie.name for cookie in jar.cookies] == [f"c{number:02}" for number in range(2, 12)]


def test_cookies_of_many_sites_that_nobody_used_for_a_month_go() -> None:
    jar = Jar()
    for site in range(22):
        for number in range(150):
            jar.store(f"c{number}=1", Context.navigation(f"https://site{site}.test/"), NOW)
    assert len(jar.cookies) == 3300
    jar.store("new=1", Context.navigation("https://new.test/"), NOW + 29 * DAY)
    assert len(jar.cookies) == 3301
    jar.store("new=1", Context.navigation("https://new2.test/"), NOW + 31 * DAY)
    assert len(jar.cookies) == 3000


FLAGS = ["Secure", "HttpOnly", "Partitioned", "SameSite=None", "SameSite=Lax", "SameSite=Strict"]
ATTRIBUTES = st.sampled_from([*FLAGS, "Path=/", "Path=/x", "Domain=example.com", "Max-Age=0", "Max-Age=9"])
LINES = st.builds(
    lambda name, value, attributes: "; ".join([f"{name}={value}", *attributes]),
    st.sampled_from(["sid", "a", "b", "__Host-sid", ""]),
    st.sampled_from(["1", "2", ""]),
    st.lists(ATTRIBUTES, max_size=5),
)
URLS = st.sampled_from(
    ["https://example.com/", "http://example.com/x", "https://www.example.com/x/y", "http://localhost/", "https://other.test/x"]
)
CONTEXTS = st.one_of(
    st.builds(
        lambda url, initiator, method: Context.navigation(url, initiator=initiator, method=method),
        URLS,
        st.none() | URLS,
        st.sampled_from(["GET", "POST"]),
    ),
    st.builds(lambda url, page: Context.fetch(url, page=page, credentials="include"), URLS, URLS),
    st.builds(lambda url, page, outer: Context.frame(url, page=page, ancestors=(outer,)), URLS, URLS, URLS),
    st.builds(Context.script, URLS),
)


@settings(deadline=None)
@given(st.lists(st.tuples(LINES, CONTEXTS), max_size=12), CONTEXTS, st.booleans())
def test_whatever_happens_the_jar_keeps_its_promises(
    visits: list[tuple[str, Context]], asked: Context, third_party: bool
) -> None:
    jar = Jar(third_party=third_party)
    for number, (line, context) in enumerate(visits):
        setting = jar.store(line, context, NOW + number)
        assert setting.stored == (setting.cookie in jar.cookies and not setting.objections)
        assert bool(setting.reasons) == (setting.outcome.name == "REFUSED")
    assert len({cookie.key for cookie in jar.cookies}) == len(jar.cookies)
    sending = jar.send(asked, NOW + 1000)
    for choice in sending.choices:
        if choice.sent:
            assert choice.cookie.covers_host(asked.url.host)
            assert choice.cookie.covers_path(asked.url.path)
            assert not choice.cookie.secure or asked.url.may_use_secure
            assert choice.cookie.partition in (None, asked.partition)
    lengths = [len(cookie.path) for cookie in sending.sent]
    assert lengths == sorted(lengths, reverse=True)
    assert jar.send(asked, NOW + 1000).header == sending.header


def test_octets_that_are_no_utf_8_are_sent_and_make_document_cookie_empty() -> None:
    jar, page = jar_with("plain=1", b"raw=\xff\x80"), "https://www.example.com/"
    assert header(jar, Context.fetch(page, page=page)).encode("utf-8", "surrogateescape") == b"plain=1; raw=\xff\x80"
    assert header(jar, Context.script(page)) == ""
    assert header(jar_with("plain=1", "é=ü"), Context.script(page)) == "plain=1; é=ü"
