"""Each row of `differences.md`: the model does as Chromium does, not as RFC 6265bis says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import sessile.cookies
from sessile.cookies import Context, Jar, Reason, parse_date
from tests.cookies.contexts import MINUTE, NOW, header, jar_with, reasons

HERE = Context.navigation("https://www.example.com/")
TABLE = Path(sessile.cookies.__file__).with_name("differences.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([a-zA-Z -]+) \| (?:[0-9.]+|none) \| [^|]+ \| [^|]+ \|$", TABLE, re.MULTILINE)


def expires(line: str, server_time: int | None = None) -> int | None:
    cookie = Jar().store(line, HERE, NOW, server_time=server_time).cookie
    assert cookie is not None
    return cookie.expires


def redirect_through_another_site() -> None:
    jar = jar_with("sid=1; SameSite=Strict")
    assert header(jar, Context.navigation("https://www.example.com/", redirects=("https://other.test/",))) == "sid=1"


def clock_correction() -> None:
    assert expires("a=1; Expires=Fri, 15 Jan 2027 08:01:00 GMT", server_time=NOW - MINUTE) == NOW + 2 * MINUTE


def order_after_a_new_value() -> None:
    for value, expected in (("1", "a=1; b=1"), ("2", "b=1; a=2")):
        jar = jar_with("a=1")
        jar.store("b=1", HERE, NOW + 1)
        jar.store(f"a={value}", HERE, NOW + 2)
        assert header(jar, HERE, NOW + 3) == expected


def tab_inside() -> None:
    assert reasons("a=1\t2") == {Reason.DISALLOWED_CHARACTER}


def equals_sign_without_a_name() -> None:
    assert reasons("=a=b") == {Reason.AMBIGUOUS_SERIALIZATION}
    assert Reason.AMBIGUOUS_SERIALIZATION.devtools is None


def unreadable_max_age() -> None:
    assert expires("a=1; Max-Age=60; Max-Age=x") is None
    assert expires("a=1; Max-Age=60; Max-Age=x; Expires=Fri, 15 Jan 2027 08:05:00 GMT") == NOW + 5 * MINUTE


def unreadable_expires() -> None:
    assert expires("a=1; Expires=Fri, 15 Jan 2027 08:05:00 GMT; Expires=never") is None


def max_age_with_a_plus() -> None:
    assert expires("a=1; Max-Age=+60") == NOW + MINUTE


def letters_after_a_number() -> None:
    assert parse_date("9th Jun 2027 10:18:14") is None
    assert parse_date("9 Jun 2027x 10:18:14") is None
    assert parse_date("9 Jun 2027 10:18:14x") is None
    assert parse_date("9x 9 Jun 2027 10:18:14") == parse_date("9 Jun 2027 10:18:14")


def digits_of_a_year() -> None:
    assert parse_date("9 Jun 7 10:18:14") == parse_date("9 Jun 2007 10:18:14")
    assert parse_date("9 Jun 02027 10:18:14") == parse_date("9 Jun 2027 10:18:14")


def digits_of_a_time() -> None:
    assert parse_date("9 Jun 2027 0010:018:14") == parse_date("9 Jun 2027 10:18:14")
    assert parse_date("9 Jun 2027 100:18:14") is None


def secure_cookies_of_other_sites() -> None:
    jar = jar_with("sid=1; Secure", url="https://onrender.com/")
    assert jar.store("sid=2", Context.navigation("http://api.onrender.com/"), NOW).stored


def names_that_promise_httponly() -> None:
    assert reasons("__Http-sid=1; Secure") == {Reason.INVALID_PREFIX}
    assert reasons("__Host-Http-sid=1; Secure; HttpOnly") == {Reason.INVALID_PREFIX}


def partitions() -> None:
    assert reasons("sid=1; Partitioned") == {Reason.INVALID_PARTITIONED}


CHECKS: dict[str, Callable[[], None]] = {
    check.__name__.replace("_", " "): check
    for check in (
        redirect_through_another_site,
        clock_correction,
        order_after_a_new_value,
        tab_inside,
        equals_sign_without_a_name,
        unreadable_max_age,
        unreadable_expires,
        max_age_with_a_plus,
        letters_after_a_number,
        digits_of_a_year,
        digits_of_a_time,
        secure_cookies_of_other_sites,
        names_that_promise_httponly,
        partitions,
    )
}


def test_every_row_is_checked() -> None:
    assert [row.lower().replace("-", " ") for row in ROWS] == list(CHECKS)


@pytest.mark.parametrize("row", CHECKS)
def test_the_model_does_as_chromium(row: str) -> None:
    CHECKS[row]()
