"""Expires dates; the expected values are what Chromium 156 stored."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from sessile.cookies import parse_date
from sessile.cookies.date import EARLIEST, LATEST
from sessile.session.cookie import http_date


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 09 Jun 2027 10:18:14 GMT", "2027-06-09T10:18:14"),
        ("Wednesday, 09-Jun-27 10:18:14 GMT", "2027-06-09T10:18:14"),
        ("Wed Jun  9 10:18:14 2027", "2027-06-09T10:18:14"),
        ('"Wed, 09 Jun 2027 10:18:14 GMT"', "2027-06-09T10:18:14"),
        ("9/June/2027 1:2:3", "2027-06-09T01:02:03"),
        ("10:18:14 9 JUNK 27", "2027-06-09T10:18:14"),
        ("2027 Jun 9 10:18:14", "2027-06-09T10:18:14"),
        ("Mon Jun 09 2027 10:18:14 GMT+0530 (IST)", "2027-06-09T10:18:14"),
        ("15-Apr-69 21:01:22", "2069-04-15T21:01:22"),
        ("15-Apr-70 21:01:22", "1970-04-15T21:01:22"),
        ("15-Apr-99 21:01:22", "1999-04-15T21:01:22"),
        ("15-Apr-5 21:01:22", "2005-04-15T21:01:22"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00"),
        ("29 Feb 2028 10:18:14", "2028-02-29T10:18:14"),
    ],
)
def test_dates_that_are_read(text: str, expected: str) -> None:
    assert parse_date(text) == moment(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "never",
        "-1",
        "Wed, 09 Jun 2027",
        "9 Jun 2027 10:18",
        "9 Jun 2027 24:00:00",
        "9 Jun 2027 10:18:60",
        "31 Feb 2027 10:18:14",
        "29 Feb 2027 10:18:14",
        "0 Jun 2027 10:18:14",
        "32 Jun 2027 10:18:14",
        "9 Foo 2027 10:18:14",
        "9 Jun 2027 25:18:14 10:18:14",
        "2027-06-09T10:18:14Z",
    ],
)
def test_dates_that_are_not_read(text: str) -> None:
    assert parse_date(text) is None


def test_years_beyond_the_calendar() -> None:
    assert parse_date("9 Jun 1600 10:18:14") == EARLIEST
    assert parse_date("9 Jun 99999 10:18:14") == LATEST


@given(st.integers(min_value=EARLIEST // 1000, max_value=LATEST // 1000))
def test_every_date_that_services_write_is_read(seconds: int) -> None:
    assert parse_date(http_date(seconds * 1000)) == seconds * 1000


@given(st.text(alphabet="0123456789:JunFeb ,-/+xé\t", max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is None or EARLIEST <= parsed <= LATEST
