"""What the text of a stored session tells, without its values: its cookie object, and the keys that name a user."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

IDENTITIES = (
    "userId",
    "user_id",
    "userid",
    "uid",
    "user",
    "passport",
    "account",
    "accountId",
    "username",
    "email",
    "_auth_user_id",
)


@dataclass(frozen=True, slots=True)
class Payload:
    """A session's text, parsed; `session` is None where it is no JSON object."""

    session: dict[str, Any] | None = field(repr=False)

    @classmethod
    def of(cls, text: str | bytes | None) -> Self:
        """Parse a text."""
        try:
            value = json.loads(text or "")
        except (ValueError, RecursionError):
            return cls(None)
        return cls(value if isinstance(value, dict) else None)

    @property
    def readable(self) -> bool:
        """Whether it is a JSON object."""
        return self.session is not None

    @property
    def cookie(self) -> dict[str, Any] | None:
        """The cookie object, None where there is none."""
        found = (self.session or {}).get("cookie")
        return found if isinstance(found, dict) else None

    @property
    def of_express(self) -> bool:
        """Whether it looks like a session of express-session's, whose cookie always has these two."""
        return self.cookie is not None and {"originalMaxAge", "path"} <= self.cookie.keys()

    @property
    def expires(self) -> datetime | None:
        """When its cookie says that it ends; None where that is no point in time."""
        said = (self.cookie or {}).get("expires")
        try:
            return datetime.fromisoformat(said).astimezone(UTC) if isinstance(said, str) else None
        except (ValueError, OverflowError):
            return None

    @property
    def life(self) -> timedelta | None:
        """How long its cookie was made to last; None where it does not say."""
        said = (self.cookie or {}).get("originalMaxAge")
        if not isinstance(said, int | float) or isinstance(said, bool):
            return None
        try:
            return timedelta(milliseconds=said)
        except (ValueError, OverflowError):
            return None

    @property
    def saved(self) -> datetime | None:
        """When it was saved last, by its cookie; None where that does not tell."""
        try:
            return self.expires - self.life if self.expires and self.life else None
        except OverflowError:
            return None

    @property
    def identities(self) -> tuple[str, ...]:
        """The keys that name a user."""
        return tuple(key for key in IDENTITIES if _names_somebody((self.session or {}).get(key)))

    @property
    def other_keys(self) -> int:
        """How many keys there are beside the cookie."""
        return sum(key != "cookie" for key in self.session or {})


def _names_somebody(value: object) -> bool:
    """Whether a value is an identity, as 0 is; Passport leaves `{}` when nobody is logged in."""
    return value is not None and value is not False and value not in ("", {}, [])
