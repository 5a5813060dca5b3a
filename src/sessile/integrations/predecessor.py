"""The session layer that an application had before, whose live sessions are taken over: what an integration must know of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from sessile.session.cookie import SIGNED_PREFIX
from sessile.session.flow import COOKIES_TRIED
from sessile.session.inheritance import Inherited
from sessile.session.presented import values
from sessile.session.strength import weakness


class Predecessor(Protocol):
    """Reads the cookies that another library signed, and never writes one."""

    name: str
    """Its cookie's name."""

    def read(self, cookies: str, now: int) -> Inherited | None:
        """The session in a Cookie header, verified and not expired at `now` (epoch milliseconds); None if there is none."""


def weakness_of(secrets: Iterable[str | bytes]) -> str | None:
    """Why one of the secrets that sign whole sessions is easy to guess: whoever does makes a session of anybody."""
    each = (secret.encode() if isinstance(secret, str) else secret for secret in secrets)
    return next(filter(None, map(weakness, each)), None)


def candidates(cookies: str, name: str) -> Iterable[str]:
    """The values of a Cookie header that may be of before: not ours, each once, and no more than the flow tries of its own."""
    others = (value for value in dict.fromkeys(values(cookies, name)) if value and not value.startswith(SIGNED_PREFIX))
    return islice(others, COOKIES_TRIED)


@dataclass(slots=True)
class StoredElsewhere:
    """Sessions whose cookie is a bare id, as those of Litestar and starsessions on a server.

    `find` gives, for an id, the data and when the session ends (epoch milliseconds), or None. It is asked only for cookies that
    are no session of ours, in the request's own time, and may raise StoreUnavailable.
    """

    name: str
    find: Callable[[str], tuple[Mapping[str, Any], int] | None]

    def read(self, cookies: str, now: int) -> Inherited | None:
        """See `Predecessor.read`; an empty session is none."""
        for value in candidates(cookies, self.name):
            found = self.find(value)
            if found is None:
                continue
            data, ends = found
            if data and now < ends:
                return Inherited(value, dict(data), ends)
        return None
