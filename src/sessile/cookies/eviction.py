"""Which cookies a browser throws away when there are too many (Chromium's `net/cookies/cookie_monster.cc`; RFC 6265bis, 6.1)."""

from collections.abc import Iterator, Sequence
from typing import Final

from sessile.cookies.cookie import Cookie
from sessile.cookies.set_cookie import Priority

MAX_PER_SITE: Final = 180
"""More cookies of one registrable domain than these make the browser throw some away."""
KEPT_PER_SITE: Final = 150
"""So many are left then."""
MAX_BYTES_PER_PARTITION: Final = 10240
"""Octets of names and values that a partition keeps of one registrable domain."""
MAX_IN_ALL: Final = 3300
KEPT_IN_ALL: Final = 3000
SAFE_FROM_GLOBAL_LIMIT: Final = 30 * 24 * 60 * 60 * 1000
"""A cookie used within this time, in milliseconds, is not thrown away for the sake of the whole."""

_ROUNDS: Final = (
    (Priority.LOW, False),
    (Priority.LOW, True),
    (Priority.MEDIUM, False),
    (Priority.HIGH, False),
    (Priority.MEDIUM, True),
    (Priority.HIGH, True),
)
_QUOTA: Final = {Priority.LOW: 30, Priority.MEDIUM: 50, Priority.HIGH: 70}


def excess_of_site(cookies: Sequence[Cookie]) -> list[Cookie]:
    """Of the unpartitioned cookies of one registrable domain, those that go: by priority, insecure and least used first."""
    if len(cookies) <= MAX_PER_SITE:
        return []
    left = sorted(cookies, key=_use)
    gone: list[Cookie] = []
    for priority, secure_too in _ROUNDS:
        goal = len(cookies) - KEPT_PER_SITE - len(gone)
        chosen = list(_least_used(left, priority, secure_too=secure_too))[:goal]
        gone += chosen
        left = [cookie for cookie in left if cookie not in chosen]
    return gone


def excess_of_partition(cookies: Sequence[Cookie]) -> list[Cookie]:
    """Of the cookies of one registrable domain in one partition, those that go: the least used."""
    ordered = sorted(cookies, key=_use)
    size = sum(cookie.size for cookie in ordered)
    gone: list[Cookie] = []
    while size > MAX_BYTES_PER_PARTITION or len(ordered) - len(gone) > MAX_PER_SITE:
        cookie = ordered[len(gone)]
        size -= cookie.size
        gone.append(cookie)
    return gone


def excess_in_all(cookies: Sequence[Cookie], now: int) -> list[Cookie]:
    """Of all unpartitioned cookies, those that go: not used for 30 days, insecure first."""
    if len(cookies) <= MAX_IN_ALL:
        return []
    goal = len(cookies) - KEPT_IN_ALL
    stale = [cookie for cookie in sorted(cookies, key=_use) if cookie.accessed < now - SAFE_FROM_GLOBAL_LIMIT]
    return sorted(stale, key=lambda cookie: cookie.secure)[:goal]


def _least_used(cookies: Sequence[Cookie], priority: Priority, *, secure_too: bool) -> Iterator[Cookie]:
    """The cookies of a priority that a round may take: all but the quota, and all but the secure ones when those are spared."""
    same = [cookie for cookie in cookies if cookie.priority is priority]
    spared = _QUOTA[priority]
    if len(same) <= spared:
        return
    if not secure_too:
        spared = max(spared, sum(cookie.secure for cookie in same))
    eligible = [cookie for cookie in same if secure_too or not cookie.secure]
    yield from eligible[: len(same) - spared]


def _use(cookie: Cookie) -> tuple[int, int]:
    return cookie.accessed, cookie.created
