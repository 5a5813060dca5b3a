"""The browser's jar: takes Set-Cookie lines, answers requests, and says of each cookie why (RFC 6265bis, 5.7 and 5.8.3)."""

from collections.abc import Collection
from dataclasses import replace
from itertools import chain
from typing import Final

from sessile.cookies.context import Context, Kind
from sessile.cookies.cookie import Cookie, Key, create
from sessile.cookies.eviction import MAX_IN_ALL, excess_in_all, excess_of_partition, excess_of_site
from sessile.cookies.objection import Objection
from sessile.cookies.reason import Caution, Reason
from sessile.cookies.rules import (
    against_sending,
    against_storing,
    against_third_party,
    cautions_about_sending,
    cautions_about_storing,
)
from sessile.cookies.set_cookie import parse
from sessile.cookies.site import cookie_key
from sessile.cookies.verdict import Choice, Outcome, Sending, Setting

LAX_ALLOW_UNSAFE_AGE: Final = 2 * 60 * 1000
"""So long, in milliseconds, a cookie that says nothing of SameSite goes along with a POST from another site."""
ACCESS_GRAIN: Final = 60 * 1000
"""A cookie's time of last use is not written down more often than this, in milliseconds."""


class Jar:
    """The cookies of one browser profile, with its setting for third-party cookies. Times are epoch milliseconds, passed in.

    `third_party`: whether third-party cookies are allowed, as in a normal Chrome window; an incognito one, Safari and Brave
    block them.
    """

    def __init__(self, *, third_party: bool = True) -> None:
        self.third_party = third_party
        self._sites: dict[str, list[Cookie]] = {}

    @property
    def cookies(self) -> tuple[Cookie, ...]:
        """All cookies, also those that expired and were not yet met."""
        return tuple(chain.from_iterable(self._sites.values()))

    def store(self, line: str | bytes, context: Context, now: int, *, server_time: int | None = None) -> Setting:
        """Take one Set-Cookie line of the response to this request (or of document.cookie), and say what became of it.

        `server_time`: the response's Date header; Expires is corrected by how far that is from `now`.
        """
        if not context.credentialed:
            return Setting(Outcome.OVERLOOKED)
        read = parse(line)
        if isinstance(read, Reason):
            return Setting(Outcome.REFUSED, objections=(Objection.of(read),))
        made = create(read, context.url, now, partition=context.partition, server_time=server_time)
        if isinstance(made, tuple):
            return Setting(Outcome.REFUSED, objections=made)
        blocked = () if self.third_party else tuple(against_third_party(made, context))
        objections = blocked or tuple(against_storing(made, context, self._sites.get(made.filed_under, ())))
        if objections:
            return Setting(Outcome.REFUSED, made, objections)
        return self._stored(made, now, tuple(cautions_about_storing(read, made, context)))

    def send(self, context: Context, now: int) -> Sending:
        """Which cookies this request carries (or document.cookie shows), and why the other ones of the site are not."""
        if not context.credentialed:
            return Sending(credentialed=False)
        site = self._sites.get(cookie_key(context.url.host), [])
        expired = [cookie for cookie in site if cookie.expired(now)]
        living = [cookie for cookie in site if not cookie.expired(now)]
        self._remove(expired)
        here = [cookie for cookie in living if cookie.partition in (None, context.partition)]
        here.sort(key=lambda cookie: (-len(cookie.path), cookie.created))
        choices = tuple(self._choice(cookie, context, now) for cookie in here)
        self._used(cookie_key(context.url.host), {choice.cookie.key for choice in choices if choice.sent}, now)
        elsewhere = tuple(cookie for cookie in living if cookie.partition not in (None, context.partition))
        return Sending(choices, expired=tuple(expired), elsewhere=elsewhere, by_script=context.kind is Kind.SCRIPT)

    def _choice(self, cookie: Cookie, context: Context, now: int) -> Choice:
        objections = tuple(against_sending(cookie, context, young=now - cookie.created <= LAX_ALLOW_UNSAFE_AGE))
        if not self.third_party:
            objections += tuple(against_third_party(cookie, context))
        return Choice(cookie, objections, () if objections else tuple(cautions_about_sending(cookie, context)))

    def _stored(self, cookie: Cookie, now: int, cautions: tuple[Caution, ...]) -> Setting:
        site = self._sites.setdefault(cookie.filed_under, [])
        place = next((index for index, other in enumerate(site) if other.key == cookie.key), None)
        replaced = None if place is None else site.pop(place)
        if cookie.expired(now):
            return Setting(Outcome.DELETED, cookie, cautions=cautions, replaced=replaced)
        if replaced and replaced.value == cookie.value:
            cookie = replace(cookie, created=replaced.created)
            site.insert(place or 0, cookie)
        else:
            site.append(cookie)
        return Setting(Outcome.STORED, cookie, cautions=cautions, replaced=replaced, evicted=self._evict(cookie, now))

    def _evict(self, cookie: Cookie, now: int) -> tuple[Cookie, ...]:
        site = self._sites[cookie.filed_under]
        same = [other for other in site if other.partition == cookie.partition and not other.expired(now)]
        if cookie.partition is not None:
            gone = excess_of_partition(same)
            self._remove(gone)
            return tuple(gone)
        gone = excess_of_site(same)
        self._remove(gone)
        if sum(map(len, self._sites.values())) > MAX_IN_ALL:
            excess = excess_in_all([other for other in self.cookies if other.partition is None], now)
            self._remove(excess)
            gone += excess
        return tuple(gone)

    def _used(self, site: str, keys: Collection[Key], now: int) -> None:
        cookies = self._sites.get(site, [])
        cookies[:] = [
            replace(cookie, accessed=now) if cookie.key in keys and now - cookie.accessed >= ACCESS_GRAIN else cookie
            for cookie in cookies
        ]

    def _remove(self, cookies: Collection[Cookie]) -> None:
        for cookie in cookies:
            self._sites[cookie.filed_under].remove(cookie)
