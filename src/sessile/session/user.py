"""Whose session it is: where a session's data names its user, and what may be shown of a user's sessions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sessile.errors import ConfigurationError
from sessile.session.codec import max_age_of
from sessile.session.id import digest
from sessile.session.session import Record

USUAL = ("userId", "user_id", "uid", "passport.user", "user.id", "user")
"""Where services name the user; of several the first counts. `passport.user` is Passport's (passport, `sessionmanager.js`)."""

DEVICE = "device"
"""The key under which a service that has its user's consent notes the device: session["device"] = "Firefox on Linux"."""

LONGEST_DEVICE = 100

_KEY = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class UserKeys:
    """The paths into a session's data at which its user may stand, in the order in which they count."""

    paths: tuple[tuple[str, ...], ...]

    @classmethod
    def parse(cls, keys: str | Sequence[str] = USUAL) -> "UserKeys":
        """Read `userId`, `account.id`, or several of them. Raises ConfigurationError for what is no path."""
        written = (keys,) if isinstance(keys, str) else tuple(keys)
        paths = tuple(tuple(key.split(".")) for key in written)
        if not paths or not all(part and part.isprintable() for path in paths for part in path):
            raise ConfigurationError(f"{keys!r} names no key of a session: write userId, or account.id for a nested one")
        return cls(paths)

    @property
    def written(self) -> str:
        """The paths as people write them."""
        return ", ".join(".".join(path) for path in self.paths)

    def user(self, data: Mapping[str, Any]) -> str | None:
        """The user of a session, a number as its digits; None where nobody is named."""
        for path in self.paths:
            found = _at(path, data)
            if found is not None:
                return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None
        return None


@dataclass(frozen=True, slots=True)
class UserSession:
    """One of a user's sessions, as it may be shown to that user.

    `key` names it (16 hex digits): it is made from the id and does not open the session. `created` and `last_seen` are None where
    nothing tells; sessile writes down a use once a minute. `device` is what the service noted, "" without. `current` marks the
    session that asks.
    """

    key: str
    created: datetime | None
    last_seen: datetime | None
    expires: datetime
    device: str = ""
    current: bool = False

    @classmethod
    def of(
        cls, record: Record, data: Mapping[str, Any], *, current: str | None, seen: int | None, made: int | None
    ) -> "UserSession":
        """What a row tells; `current` is the id of the session that asks. `seen` and `made` are columns of the row in epoch
        milliseconds, None where it has none.
        """
        created = record.created or made
        life = max_age_of(record.cookie)
        if seen is None and life is not None:
            seen = max(record.expires - life, created or 0)
        device = data.get(DEVICE)
        return cls(
            key_of(record.id),
            _time(created),
            _time(seen),
            _time(record.expires) or datetime.max.replace(tzinfo=UTC),
            device[:LONGEST_DEVICE] if isinstance(device, str) else "",
            record.id == current,
        )


def key_of(session_id: str) -> str:
    """The key that names a session and does not open it."""
    return digest(session_id).hex()


def is_key(text: str) -> bool:
    """Whether a text can be a session's key at all."""
    return _KEY.fullmatch(text) is not None


def _at(path: tuple[str, ...], data: Any) -> Any:
    for key in path:
        if not isinstance(data, Mapping):
            return None
        data = data.get(key)
    return data


def _time(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
