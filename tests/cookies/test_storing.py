"""Whether a Set-Cookie line is stored: domains, prefixes, Secure, Partitioned, lifetimes, and what is there already."""

import pytest

from sessile.cookies import Caution, Context, Jar, Outcome, Reason
from tests.cookies.contexts import DAY, NOW, jar_with, reasons

DOMAIN = {Reason.INVALID_DOMAIN}
OTHER_DOMAIN = {Reason.INVALID_DOMAIN, Reason.DOMAIN_MISMATCH}
PREFIX = {Reason.INVALID_PREFIX}


@pytest.mark.parametrize(
    ("url", "domain", "kept_as"),
    [
        ("https://www.example.com/", "example.com", ".example.com"),
        ("https://www.example.com/", ".Example.COM", ".example.com"),
        ("https://www.example.com/", "www.example.com", ".www.example.com"),
        ("https://www.example.com/", "", "www.example.com"),
        ("https://www.example.com/", "   ", "www.example.com"),
        ("https://example.com./", "example.com.", ".example.com."),
        ("https://xn--bcher-kva.example/", "Bücher.example", ".xn--bcher-kva.example"),
        ("https://onrender.com/", "onrender.com", "onrender.com"),
        ("http://localhost:3000/", ".localhost", "localhost"),
        ("http://app.localhost/", "app.localhost", ".app.localhost"),
        ("http://127.0.0.1/", "127.0.0.1", "127.0.0.1"),
        ("http://[::1]/", "[::1]", "[::1]"),
        ("http://intranet/", "intranet", "intranet"),
    ],
)
def test_a_domain_that_fits(url: str, domain: str, kept_as: str) -> None:
    setting = Jar().store(f"a=1; Domain={domain}", Context.navigation(url), NOW)
    assert setting.cookie is not None
    assert setting.cookie.domain == kept_as


@pytest.mark.parametrize(
    ("url", "domain", "expected"),
    [
        ("https://www.example.com/", "other.com", OTHER_DOMAIN),
        ("https://www.example.com/", "com", OTHER_DOMAIN),
        ("https://www.example.com/", "example.com.", OTHER_DOMAIN),
        ("https://www.example.com/", "ample.com", OTHER_DOMAIN),
        ("https://www.example.com/", "api.example.com", DOMAIN),
        ("https://www.example.com/", "a.www.example.com", DOMAIN),
        ("https://www.example.com/", "..example.com", DOMAIN),
        ("https://www.example.com/", "https://example.com", DOMAIN),
        ("https://www.example.com/", "example.com:443", DOMAIN),
        ("https://www.example.com/", "ex%61mple.com", DOMAIN),
        ("https://www.example.com/", "sub.0.0.1", DOMAIN),
        ("https://www.example.com/", "127.0.0.1", OTHER_DOMAIN),
        ("https://www.example.com/", "[::1]", OTHER_DOMAIN),
        ("https://api.onrender.com/", ".onrender.com", OTHER_DOMAIN),
        ("https://api.onrender.com/", "shop.onrender.com", OTHER_DOMAIN),
        ("https://shop.co.in/", "co.in", OTHER_DOMAIN),
        ("http://127.0.0.1/", "0.0.1", DOMAIN),
        ("http://localhost/", "com", DOMAIN),
        ("http://app.localhost/", "localhost", OTHER_DOMAIN),
    ],
)
def test_a_domain_that_does_not_fit(url: str, domain: str, expected: set[Reason]) -> None:
    assert reasons(f"a=1; Domain={domain}", url) == expected


@pytest.mark.parametrize(
    ("line", "url", "expected"),
    [
        ("__Host-sid=1; Secure; Path=/", "https://www.example.com/", set()),
        ("__Host-sid=1; Secure; Path=/; Domain=", "https://www.example.com/", set()),
        ("__Host-sid=1; Secure; Path=/", "http://localhost:3000/", set()),
        ("__Host-sid=1; Secure; Path=/; Domain=127.0.0.1", "http://127.0.0.1/", set()),
        ("__Host-sid=1; Secure", "https://www.example.com/", PREFIX),
        ("__Host-sid=1; Path=/", "https://www.example.com/", PREFIX),
        ("__Host-sid=1; Secure; Path=/; Domain=www.example.com", "https://www.example.com/", PREFIX),
        ("__host-SID=1; Secure; Path=/a", "https://www.example.com/", PREFIX),
        ("__Secure-sid=1; Secure", "https://www.example.com/", set()),
        ("__SECURE-sid=1", "https://www.example.com/", PREFIX),
        ("__Secure-sid=1; Secure", "http://www.example.com/", PREFIX),
        ("__Http-sid=1; Secure; HttpOnly", "https://www.example.com/", set()),
        ("__Http-sid=1; Secure", "https://www.example.com/", PREFIX),
        ("__Host-Http-sid=1; Secure; HttpOnly; Path=/", "https://www.example.com/", set()),
        ("__Host-Http-sid=1; Secure; Path=/", "https://www.example.com/", PREFIX),
        ("=__Host-sid", "https://www.example.com/", PREFIX),
        ("__Secure-", "https://www.example.com/", PREFIX),
        ("=__Secure-sid=1", "https://www.example.com/", PREFIX | {Reason.AMBIGUOUS_SERIALIZATION}),
    ],
)
def test_prefixes(line: str, url: str, expected: set[Reason]) -> None:
    assert reasons(line, url) == expected


@pytest.mark.parametrize(
    ("line", "url", "expected"),
    [
        ("a=1; Secure", "http://www.example.com/", {Reason.SECURE_ONLY}),
        ("a=1; Secure", "http://localhost/", set()),
        ("a=1; SameSite=None", "https://www.example.com/", {Reason.SAMESITE_NONE_INSECURE}),
        ("a=1; SameSite=None; Secure", "http://www.example.com/", {Reason.SECURE_ONLY}),
        ("a=1; Partitioned", "https://www.example.com/", {Reason.INVALID_PARTITIONED}),
        ("a=1; Partitioned; Secure", "http://www.example.com/", {Reason.INVALID_PARTITIONED}),
        ("a=1; Partitioned; Secure", "https://www.example.com/", set()),
        ("a=1; Secure; SameSite=None; Domain=com", "http://www.example.com/", OTHER_DOMAIN),
    ],
)
def test_attributes_that_need_https_or_secure(line: str, url: str, expected: set[Reason]) -> None:
    assert reasons(line, url) == expected


@pytest.mark.parametrize(
    ("path", "url", "kept_as"),
    [
        ("/admin", "https://example.com/", "/admin"),
        ("", "https://example.com/account/login", "/account"),
        ("admin", "https://example.com/account/login", "/account"),
        ('"/"', "https://example.com/account/login", "/account"),
        ("", "https://example.com/account/", "/account"),
        ("", "https://example.com/login", "/"),
        ("", "https://example.com", "/"),
    ],
)
def test_the_path(path: str, url: str, kept_as: str) -> None:
    setting = Jar().store(f"a=1; Path={path}", Context.navigation(url), NOW)
    assert setting.cookie is not None
    assert setting.cookie.path == kept_as


@pytest.mark.parametrize(
    ("attributes", "life"),
    [
        ("", None),
        ("Max-Age=60", 60_000),
        ("Max-Age=+60", 60_000),
        ("Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 60_000),
        ("Max-Age=60s; Expires=never", None),
        ("Max-Age=99999999999999999999", 400 * DAY),
        ("Expires=Fri, 15 Jan 2100 08:00:00 GMT", 400 * DAY),
        ("Expires=Fri, 15 Jan 2027 08:01:00 GMT", 60_000),
        ("Expires=tomorrow", None),
    ],
)
def test_how_long_a_cookie_lives(attributes: str, life: int | None) -> None:
    setting = Jar().store(f"a=1; {attributes}", Context.navigation("https://example.com/"), NOW)
    assert setting.cookie is not None
    assert setting.cookie.expires == (None if life is None else NOW + life)


@pytest.mark.parametrize("attributes", ["Max-Age=0", "Max-Age=-1", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_an_expired_cookie_deletes_the_one_of_its_name_domain_and_path(attributes: str) -> None:
    jar = jar_with("sid=1", "sid=2; Path=/account", "sid=3; Domain=example.com")
    setting = jar.store(f"sid=; {attributes}", Context.navigation("https://www.example.com/"), NOW)
    assert setting.outcome is Outcome.DELETED
    assert setting.replaced is not None
    assert [cookie.value for cookie in jar.cookies] == ["2", "3"]


def test_a_service_whose_clock_is_wrong_still_sets_an_hour() -> None:
    """The browser corrects Expires by the response's Date, so that a client's wrong clock does not drop the cookie."""
    service = NOW - 7 * DAY
    setting = Jar().store(
        "sid=1; Expires=Fri, 08 Jan 2027 09:00:00 GMT", Context.navigation("https://example.com/"), NOW, server_time=service
    )
    assert setting.cookie is not None
    assert setting.cookie.expires == NOW + 60 * 60_000


@pytest.mark.parametrize(
    ("line", "url", "expected"),
    [
        ("sid=2", "http://www.example.com/", {Reason.OVERWRITE_SECURE}),
        ("sid=2; Domain=example.com", "http://www.example.com/", {Reason.OVERWRITE_SECURE}),
        ("sid=2; Path=/account/deep", "http://www.example.com/", {Reason.OVERWRITE_SECURE}),
        ("sid=2; Secure", "http://www.example.com/", {Reason.OVERWRITE_SECURE, Reason.SECURE_ONLY}),
        ("other=2", "http://www.example.com/", set()),
        ("sid=2", "http://api.example.com/", set()),
        ("sid=2", "https://www.example.com/", set()),
    ],
)
def test_plain_http_leaves_secure_cookies_alone(line: str, url: str, expected: set[Reason]) -> None:
    jar = jar_with("sid=1; Secure; Path=/")
    assert set(jar.store(line, Context.navigation(url), NOW).reasons) == expected


def test_plain_http_may_set_a_cookie_above_a_secure_one() -> None:
    jar = jar_with("sid=1; Secure; Path=/account")
    assert jar.store("sid=2; Path=/", Context.navigation("http://www.example.com/"), NOW).stored


def test_a_script_neither_sets_nor_replaces_http_only_cookies() -> None:
    jar = jar_with("sid=1; HttpOnly; Path=/")
    script = Context.script("https://www.example.com/")
    assert jar.store("other=2; HttpOnly", script, NOW).reasons == (Reason.HTTP_ONLY,)
    assert jar.store("sid=2; Path=/", script, NOW).reasons == (Reason.OVERWRITE_HTTP_ONLY,)
    assert jar.send(script, NOW).header == ""


def test_what_is_accepted_but_not_everywhere_is_said() -> None:
    def cautions(line: str, url: str) -> tuple[Caution, ...]:
        return Jar().store(line, Context.navigation(url), NOW).cautions

    assert cautions("a=1; Secure", "http://localhost:3000/") == (Caution.SECURE_ACCESS_GRANTED_NON_CRYPTOGRAPHIC,)
    assert cautions(f"a=1; Path=/{'x' * 1024}", "https://example.com/") == (Caution.ATTRIBUTE_VALUE_EXCEEDS_MAX_SIZE,)
    assert cautions("a=1; Domain=bücher.example", "https://bücher.example/") == (Caution.DOMAIN_NON_ASCII,)
    assert cautions("a=1", "https://example.com/") == ()
