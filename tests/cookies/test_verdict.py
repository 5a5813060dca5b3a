"""What a person reads: one sentence for each reason, the sites by name, and never a cookie's value."""

import doctest

import pytest

import sessile.cookies
from sessile.cookies import Context, Jar, Reason
from sessile.cookies.reason import NOT_MODELLED
from tests.cookies.contexts import NOW, jar_with

SECRET = "s%3AVq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA.signature"


def test_the_example_of_the_package_is_true() -> None:
    results = doctest.testmod(sessile.cookies)
    assert results.attempted == 3
    assert results.failed == 0


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_has_a_sentence_and_chromiums_names(reason: Reason) -> None:
    assert reason.sentence.endswith(".")
    assert Reason.from_name(reason.chromium) is reason
    assert all(Reason.from_name(name) is reason for name in reason.cdp)
    assert reason.clause or reason in NOT_MODELLED


def test_a_name_that_chromium_does_not_have() -> None:
    with pytest.raises(KeyError):
        Reason.from_name("TooTasty")


@pytest.mark.parametrize(
    ("line", "url", "says"),
    [
        ("a=1; Domain=.onrender.com", "https://api.onrender.com/", "onrender.com is a public suffix"),
        ("a=1; Domain=old.in", "https://shop.in/", "old.in is neither shop.in nor a name above it"),
        ("a=1; Domain=https://shop.in", "https://shop.in/", "is no host name"),
        ("a=1; Domain=0.0.1", "http://127.0.0.1/", "is an IP address"),
        ("a=1; Domain=com", "http://localhost/", "single label"),
        ("__Host-a=1; Domain=shop.in", "https://shop.in/", "The prefix __Host- needs Secure, Path=/ and no Domain."),
        ("__Secure-a=1; Secure", "http://shop.in/", "The prefix __Secure- needs a response over https."),
        ("a=1; Partitioned", "https://shop.in/", "the line has no Secure"),
        ("a=1; SameSite=None", "https://shop.in/", "SameSiteNoneInsecure: SameSite=None needs Secure."),
    ],
)
def test_a_refusal_says_what_is_wrong_here(line: str, url: str, says: str) -> None:
    assert says in str(Jar().store(line, Context.navigation(url), NOW))


def test_a_request_says_of_every_cookie_what_became_of_it() -> None:
    jar = jar_with("sid=1; Path=/api", "seen=1; Domain=example.com", "old=1; Max-Age=1")
    told = str(
        jar.send(Context.fetch("https://www.example.com/", page="http://www.example.com/", credentials="include"), NOW + 2000)
    )
    assert "sid not sent\n  NotOnPath: The cookie is for /api and below, not for /." in told
    assert "The request goes to https://example.com, and a page around it is of http://example.com." in told
    assert "old not sent\n  it is expired" in told


def test_requests_and_jars_with_nothing_to_tell() -> None:
    assert "without credentials" in str(Jar().send(Context.fetch("https://a.test/", page="https://b.test/"), NOW))
    assert "without credentials" in str(Jar().store("a=1", Context.fetch("https://a.test/", page="https://b.test/"), NOW))
    assert str(Jar().send(Context.navigation("https://a.test/"), NOW)) == "no cookies of this site are stored"


def test_no_value_is_ever_shown() -> None:
    jar = Jar()
    for line in (f"sid={SECRET}", f"sid={SECRET}; Secure; Domain=com", f"={SECRET}"):
        setting = jar.store(line, Context.navigation("http://www.example.com/"), NOW)
        assert SECRET not in f"{setting} {setting!r}"
    sending = jar.send(Context.navigation("https://www.example.com/"), NOW)
    assert SECRET in sending.header
    assert SECRET not in f"{sending} {sending!r} {jar.cookies!r}"
