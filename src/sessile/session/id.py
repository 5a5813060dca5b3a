"""Session ids: 24 random bytes in base64url, as uid-safe(24) makes them for express-session."""

import hashlib
import secrets

BYTES = 24
MAX_LENGTH = 255


def new_id() -> str:
    """Make an id of 32 characters that nobody can guess (express-session, `generateSessionId`)."""
    return secrets.token_urlsafe(BYTES)


def masked(session_id: str) -> str:
    """Shorten an id so that a log can tell two sessions apart and nobody can use either."""
    return f"{session_id[:4]}…"


def digest(session_id: str) -> bytes:
    """Eight bytes by which an id is found again and cannot be made out."""
    return hashlib.sha256(session_id.encode()).digest()[:8]


def acceptable(session_id: str) -> bool:
    """Whether an id, already verified, can be looked up at all.

    Express services may make their own ids (`genid`), so any printable text does; NUL is what PostgreSQL refuses (22021).
    """
    return 0 < len(session_id) <= MAX_LENGTH and session_id.isprintable()
