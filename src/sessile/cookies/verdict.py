"""What became of a Set-Cookie line, and of the stored cookies when a request was made: outcomes, reasons, sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sessile.cookies.cookie import Cookie
from sessile.cookies.objection import Objection
from sessile.cookies.reason import Caution, Reason

_UNDECODABLE: Final = re.compile("[\udc80-\udcff]")
"""What octets that are no UTF-8 are decoded to (PEP 383)."""


class Outcome(Enum):
    """What became of a Set-Cookie line."""

    STORED = "stored"
    DELETED = "not kept: it is already expired, which deletes the cookie of the same name, Domain and Path"
    REFUSED = "not stored"
    OVERLOOKED = "not stored: the request was made without credentials, so the browser does not look at Set-Cookie"


@dataclass(frozen=True, slots=True)
class Setting:
    """The verdict on one Set-Cookie line.

    `cookie`: what the line made, also when it was refused after that. `replaced`: the cookie of the same key that was there.
    `evicted`: others that had to go because there were too many.
    """

    outcome: Outcome
    cookie: Cookie | None = None
    objections: tuple[Objection, ...] = ()
    cautions: tuple[Caution, ...] = ()
    replaced: Cookie | None = None
    evicted: tuple[Cookie, ...] = ()

    @property
    def stored(self) -> bool:
        """Whether the cookie is in the jar now."""
        return self.outcome is Outcome.STORED

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Chromium's reasons against it; empty if there are none."""
        return tuple(objection.reason for objection in self.objections)

    def __str__(self) -> str:
        return "\n".join(_lines(self.outcome.value, self.objections, self.cautions))


@dataclass(frozen=True, slots=True)
class Choice:
    """The verdict on one stored cookie for one request."""

    cookie: Cookie
    objections: tuple[Objection, ...] = ()
    cautions: tuple[Caution, ...] = ()

    @property
    def sent(self) -> bool:
        """Whether the request carries it."""
        return not self.objections

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Chromium's reasons against it; empty if it is sent."""
        return tuple(objection.reason for objection in self.objections)

    def __str__(self) -> str:
        state = f"{self.cookie.name or 'the cookie without a name'} {'sent' if self.sent else 'not sent'}"
        return "\n".join(_lines(state, self.objections, self.cautions))


@dataclass(frozen=True, slots=True)
class Sending:
    """The verdict on a request: every cookie of its site, in the order of the Cookie header.

    `credentialed` False: the request is made without cookies, and `choices` is empty. `expired`: cookies of the site whose life
    was over. `elsewhere`: Partitioned cookies of the site that are kept for another top-level page. `by_script`: a script reads
    document.cookie, and no request is made.
    """

    choices: tuple[Choice, ...] = ()
    credentialed: bool = True
    expired: tuple[Cookie, ...] = ()
    elsewhere: tuple[Cookie, ...] = ()
    by_script: bool = False

    @property
    def sent(self) -> tuple[Cookie, ...]:
        """The cookies that the request carries, in order."""
        return tuple(choice.cookie for choice in self.choices if choice.sent)

    @property
    def header(self) -> str:
        """The value of the Cookie header field, or of document.cookie; "" for none.

        A script is shown nothing at all where one of the cookies holds octets that are no UTF-8.
        """
        text = "; ".join(cookie.pair for cookie in self.sent)
        return "" if self.by_script and _UNDECODABLE.search(text) else text

    @property
    def doubled(self) -> tuple[str, ...]:
        """Names that the header holds more than once: servers take the first, or the last."""
        names = [cookie.name for cookie in self.sent]
        return tuple(dict.fromkeys(name for name in names if names.count(name) > 1))

    def of(self, name: str) -> tuple[Choice, ...]:
        """The verdicts on the cookies of one name."""
        return tuple(choice for choice in self.choices if choice.cookie.name == name)

    def __str__(self) -> str:
        if not self.credentialed:
            return "no cookies: the request is made without credentials"
        lines = [str(choice) for choice in self.choices]
        lines += [f"{cookie.name} not sent\n  it is expired" for cookie in self.expired]
        lines += [
            f"{cookie.name} not sent\n  it is Partitioned, and kept for another top-level page" for cookie in self.elsewhere
        ]
        lines += [f"note: {name} is sent more than once" for name in self.doubled]
        return "\n".join(lines) or "no cookies of this site are stored"


def _lines(state: str, objections: tuple[Objection, ...], cautions: tuple[Caution, ...]) -> Iterator[str]:
    yield state
    invalid_domain = any(objection.reason is Reason.INVALID_DOMAIN for objection in objections)
    for objection in objections:
        if not (invalid_domain and objection.reason is Reason.DOMAIN_MISMATCH):
            yield f"  {objection}"
    yield from (f"  note: {caution.sentence}" for caution in cautions)
