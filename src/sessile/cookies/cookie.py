"""A cookie as a browser stores it, and how a Set-Cookie line becomes one (RFC 6265bis, 5.4 and 5.7)."""

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sessile.cookies.context import Partition
from sessile.cookies.date import EARLIEST, LATEST, parse_date
from sessile.cookies.domain import cookie_domain
from sessile.cookies.objection import Objection
from sessile.cookies.prefix import prefix_objection
from sessile.cookies.reason import Reason
from sessile.cookies.set_cookie import Priority, SameSite, SetCookie, octets
from sessile.cookies.site import cookie_key, domain_matches
from sessile.cookies.url import Url

LONGEST_LIFE: Final = 400 * 24 * 60 * 60 * 1000
"""No cookie lives longer than 400 days, in milliseconds (RFC 6265bis, 5.5)."""

_INTEGER = re.compile(r"[+-]?[0-9]+")


class Key(NamedTuple):
    """What identifies a cookie in a browser: setting another one with the same key replaces it."""

    name: str
    domain: str
    path: str
    partition: Partition | None


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie in the jar. Times are epoch milliseconds; `expires` None ends with the browser.

    `domain` has a leading dot if the cookie is for the names below it too, and none if it is for one host only.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    path: str
    created: int
    accessed: int
    expires: int | None
    secure: bool
    http_only: bool
    same_site: SameSite
    priority: Priority
    partition: Partition | None

    @property
    def key(self) -> Key:
        """Name, domain, path and partition."""
        return Key(self.name, self.domain, self.path, self.partition)

    @property
    def host_only(self) -> bool:
        """Whether only the host that set it gets it, not the names below."""
        return not self.domain.startswith(".")

    @property
    def size(self) -> int:
        """Octets of name and value together."""
        return octets(self.name) + octets(self.value)

    @property
    def filed_under(self) -> str:
        """The registrable domain, or host, whose cookies are counted together."""
        return cookie_key(self.domain)

    @property
    def pair(self) -> str:
        """How it stands in the Cookie header: without an equals sign if it has no name."""
        return f"{self.name}={self.value}" if self.name else self.value

    def expired(self, now: int) -> bool:
        """Whether its life is over at this epoch millisecond."""
        return self.expires is not None and self.expires <= now

    def covers_host(self, host: str) -> bool:
        """Whether requests to this host are in its domain."""
        return domain_matches(self.domain, host)

    def covers_path(self, path: str) -> bool:
        """Whether a request's path is its path, or below it."""
        return path_matches(self.path, path)


def create(
    line: SetCookie, url: Url, now: int, *, partition: Partition | None, server_time: int | None
) -> Cookie | tuple[Objection, ...]:
    """The cookie that a line makes in a response from this URL, or all that speaks against it whoever asked for the response.

    `server_time` is the response's Date, in epoch milliseconds as `now`: Expires is moved by the difference of the clocks.
    """
    domain = cookie_domain(line.domain or "", url)
    objections = [
        domain if isinstance(domain, tuple) else (),
        prefix_objection(line, url),
        _partition_objection(line, url),
        (Objection.of(Reason.AMBIGUOUS_SERIALIZATION),) if not line.name and "=" in line.value else (),
    ]
    found = tuple(objection for several in objections for objection in several)
    if found or isinstance(domain, tuple):
        return found
    return Cookie(
        name=line.name,
        value=line.value,
        domain=domain,
        path=line.path if line.path and line.path.startswith("/") else default_path(url.path),
        created=now,
        accessed=now,
        expires=expiry(line, now, now if server_time is None else server_time),
        secure=line.secure,
        http_only=line.http_only,
        same_site=line.same_site,
        priority=line.priority,
        partition=partition if line.partitioned else None,
    )


def default_path(path: str) -> str:
    """The path of a cookie whose line names none: the URL's up to its last slash (RFC 6265bis, 5.1.4)."""
    return path[: path.rfind("/")] or "/"


def path_matches(cookie_path: str, path: str) -> bool:
    """Whether a request's path is a cookie's path or below it, segment by segment (RFC 6265bis, 5.1.4)."""
    if not path.startswith(cookie_path):
        return False
    return len(path) == len(cookie_path) or cookie_path.endswith("/") or path[len(cookie_path)] == "/"


def expiry(line: SetCookie, now: int, server_time: int) -> int | None:
    """When the cookie ends, in epoch milliseconds: by Max-Age, else Expires, after 400 days at most. None: with the browser."""
    end = _by_max_age(line.max_age, now)
    if end is None and line.expires and (date := parse_date(line.expires)) is not None:
        end = date + now - server_time
    return None if end is None else min(end, now + LONGEST_LIFE)


def _by_max_age(max_age: str | None, now: int) -> int | None:
    if max_age is None or not _INTEGER.fullmatch(max_age):
        return None
    seconds = int(max_age)
    return EARLIEST if seconds <= 0 else min(now + seconds * 1000, LATEST)


def _partition_objection(line: SetCookie, url: Url) -> tuple[Objection, ...]:
    if line.partitioned and not (line.secure and url.may_use_secure):
        missing = "it came over plain http" if line.secure else "the line has no Secure"
        return (Objection.of(Reason.INVALID_PARTITIONED, f"Here {missing}."),)
    return ()
