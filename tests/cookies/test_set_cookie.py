"""Set-Cookie lines, as leniently as browsers read them."""

import pytest
from hypothesis import given, strategies as st

from sessile.cookies import Priority, Reason, SameSite, SetCookie, parse


def read(line: str | bytes) -> SetCookie:
    parsed = parse(line)
    assert isinstance(parsed, SetCookie), parsed
    return parsed


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("sid=abc", "sid", "abc"),
        ("sid = abc ", "sid", "abc"),
        ("\tsid\t=\tabc\t; Path=/", "sid", "abc"),
        ("sid=a=b=c", "sid", "a=b=c"),
        ('sid="a b"', "sid", '"a b"'),
        ("sid=", "sid", ""),
        ("=abc", "", "abc"),
        ("abc", "", "abc"),
        ("a=1, b=2", "a", "1, b=2"),
        ("my name=1", "my name", "1"),
        ("é=ü", "é", "ü"),
        (b"sid=\xff", "sid", "\udcff"),
    ],
)
def test_names_and_values(line: str | bytes, name: str, value: str) -> None:
    assert (read(line).name, read(line).value) == (name, value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", Reason.NO_COOKIE_CONTENT),
        ("  ", Reason.NO_COOKIE_CONTENT),
        ("=", Reason.NO_COOKIE_CONTENT),
        ("; Secure", Reason.NO_COOKIE_CONTENT),
        ("a=b\x00c", Reason.DISALLOWED_CHARACTER),
        ("a=b\r\nX: y", Reason.DISALLOWED_CHARACTER),
        ("a\tb=c", Reason.DISALLOWED_CHARACTER),
        ("a=b\x7f", Reason.DISALLOWED_CHARACTER),
        ("a=b; Path=/\x01", Reason.DISALLOWED_CHARACTER),
        ("a=b; x\ty", Reason.DISALLOWED_CHARACTER),
        (f"a={'b' * 4096}", Reason.NAME_VALUE_PAIR_EXCEEDS_MAX_SIZE),
        (f"a={'é' * 2048}", Reason.NAME_VALUE_PAIR_EXCEEDS_MAX_SIZE),
    ],
)
def test_lines_that_are_dropped_unread(line: str, reason: Reason) -> None:
    assert parse(line) is reason


def test_name_and_value_may_have_4096_octets() -> None:
    assert read(f"a={'b' * 4095}").size == 4096


def test_attributes_in_any_case_and_spacing() -> None:
    cookie = read(
        "a=1 ;PATH = /x ;domain=.Example.com;SECURE=false; httponly=0;samesite=NONE;Partitioned=;priority=high;max-age=5"
    )
    assert cookie == SetCookie(
        name="a",
        value="1",
        path="/x",
        domain=".Example.com",
        secure=True,
        http_only=True,
        same_site=SameSite.NONE,
        partitioned=True,
        priority=Priority.HIGH,
        max_age="5",
    )


def test_the_last_of_several_counts_even_if_it_is_wrong() -> None:
    assert read("a=1; Path=/x; Path=/y").path == "/y"
    assert read("a=1; SameSite=Strict; SameSite=foo").same_site is SameSite.UNSPECIFIED
    assert read("a=1; Domain=example.com; Domain=").domain == ""
    assert read("a=1; Max-Age=5; Max-Age=x").max_age == "x"


def test_an_attribute_of_more_than_1024_octets_is_ignored() -> None:
    cookie = read(f"a=1; Path=/{'p' * 1024}; Secure")
    assert (cookie.path, cookie.secure, cookie.ignored) == (None, True, ("path",))
    assert read(f"a=1; Path=/{'p' * 1023}").path == "/" + "p" * 1023


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_dropped_for_a_reason(line: bytes) -> None:
    parsed = parse(line)
    if isinstance(parsed, SetCookie):
        assert parsed.name or parsed.value
        assert parsed.size <= 4096
        assert (parsed.name + parsed.value).strip("\t\r\n\x00\x7f") == parsed.name + parsed.value
    else:
        assert parsed in {Reason.NO_COOKIE_CONTENT, Reason.DISALLOWED_CHARACTER, Reason.NAME_VALUE_PAIR_EXCEEDS_MAX_SIZE}
