"""The sessions that a Flask application had before: in Flask's signed cookies, or in Flask-Session's table."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData, URLSafeTimedSerializer

from sessile.integrations.predecessor import StoredElsewhere, candidates, weakness_of
from sessile.session.inheritance import Inherited

PERMANENT = "_permanent"
"""Where Flask notes in a session that its cookie outlives the browser."""


class FlaskCookie:
    """Flask's own sessions, signed with `SECRET_KEY` or one of `SECRET_KEY_FALLBACKS`.

    `lifetime` is `PERMANENT_SESSION_LIFETIME`.
    """

    def __init__(self, name: str, secrets: Sequence[str | bytes], lifetime: timedelta) -> None:
        self.name, self._lifetime, self.weakness = name, lifetime, weakness_of(secrets)
        flask = SecureCookieSessionInterface
        options = {"key_derivation": flask.key_derivation, "digest_method": flask.digest_method}
        # itsdangerous wants the newest key last, and for reading any order does.
        self._serializer = URLSafeTimedSerializer(
            [_bytes(secret) for secret in secrets], salt=flask.salt, serializer=flask.serializer, signer_kwargs=options
        )

    def read(self, cookies: str, now: int) -> Inherited | None:
        """See `Predecessor.read`; an empty session is none."""
        for value in candidates(cookies, self.name):
            try:
                data, signed = self._serializer.loads(value, return_timestamp=True)
            except BadData:
                continue
            ends = _milliseconds(signed + self._lifetime)
            if isinstance(data, dict) and now < ends:
                return inherited(value, data, ends, self._lifetime)
        return None


class FlaskSessionTable:
    """Flask-Session's sessions, whose cookie is the bare id of a row, or of a key in Redis.

    `find` gives, for the id as it is stored (`session:` before it, unless `prefix` says otherwise), the row's `data` and when it
    expires (in UTC, as Flask-Session writes it), or None. It is asked only for cookies that are no session of ours, and may raise
    StoreUnavailable. `lifetime` is `PERMANENT_SESSION_LIFETIME`.
    """

    def __init__(
        self,
        name: str,
        find: Callable[[str], tuple[bytes, datetime] | None],
        lifetime: timedelta,
        *,
        prefix: str = "session:",
    ) -> None:
        self.name, self._find, self._lifetime, self._prefix = name, find, lifetime, prefix

    def read(self, cookies: str, now: int) -> Inherited | None:
        """See `Predecessor.read`; an empty session is none."""
        found = StoredElsewhere(self.name, self._stored).read(cookies, now)
        return inherited(found.token, found.data, found.ends, self._lifetime) if found is not None else None

    def _stored(self, session_id: str) -> tuple[Mapping[str, Any], int] | None:
        import msgspec

        found = self._find(self._prefix + session_id)
        if found is None:
            return None
        text, expiry = found
        try:
            data = msgspec.msgpack.decode(text)
        except msgspec.DecodeError:
            return None
        ends = _milliseconds(expiry if expiry.tzinfo else expiry.replace(tzinfo=UTC))
        return (data, ends) if isinstance(data, dict) else None


def inherited(token: str, data: Mapping[str, Any], ends: int, lifetime: timedelta) -> Inherited | None:
    """Flask's data as ours: that it is permanent is no part of it. None where nothing is left."""
    kept = {key: value for key, value in data.items() if key != PERMANENT}
    return Inherited(token, kept, ends, lifetime if data.get(PERMANENT) else None) if kept else None


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _bytes(secret: str | bytes) -> bytes:
    return secret.encode() if isinstance(secret, str) else secret
