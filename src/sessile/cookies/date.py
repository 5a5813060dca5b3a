"""The date in an Expires attribute, as Chromium reads it (RFC 6265bis, 5.1.1; the differences stand in `differences.md`)."""

import re
from datetime import UTC, datetime
from typing import Final

MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EARLIEST: Final = -11_644_473_600_000
"""1 January 1601 in epoch milliseconds, where Chromium's calendar begins."""
LATEST: Final = 253_402_300_799_999
"""The end of year 9999 in epoch milliseconds; cookies end after 400 days, so a later date says nothing more."""

_DELIMITERS = re.compile(r"[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(0*[0-9]{1,9}):(0*[0-9]{1,9}):(0*[0-9]{1,9})")
_NUMBER = re.compile(r"[0-9]+")


def parse_date(text: str) -> int | None:
    """The moment that an Expires value names, in epoch milliseconds, or None if the browser cannot read it."""
    day = month = year = None
    time: tuple[int, int, int] | None = None
    for token in _DELIMITERS.split(text):
        if not token[:1].isdecimal():
            month = month or _month(token)
        elif clock := _TIME.fullmatch(token):
            time = time or (int(clock[1]), int(clock[2]), int(clock[3]))
        elif not _NUMBER.fullmatch(token):
            continue
        elif day is None and len(token) <= 2:
            day = int(token)
        elif year is None and len(token) <= 5:
            year = int(token)
    if day is None or month is None or year is None or time is None:
        return None
    return _moment(_whole_year(year), month, day, time)


def _month(token: str) -> int | None:
    name = token[:3].lower()
    return MONTHS.index(name) + 1 if name in MONTHS else None


def _whole_year(year: int) -> int:
    if 70 <= year <= 99:
        return year + 1900
    return year + 2000 if year <= 69 else year


def _moment(year: int, month: int, day: int, time: tuple[int, int, int]) -> int | None:
    out_of_range = year < 1601 or year > 9999
    try:
        moment = datetime(2000 if out_of_range else year, month, day, *time, tzinfo=UTC)
    except ValueError:
        return None
    if out_of_range:
        return EARLIEST if year < 1601 else LATEST
    return int(moment.timestamp()) * 1000
