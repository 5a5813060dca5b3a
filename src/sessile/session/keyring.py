"""The keys that sign session ids: the first signs, all verify, and it is known which one matched."""

import base64
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from sessile.errors import SecretError
from sessile.session.strength import weakness

ADVICE = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"  (or: sessile secret new)'


@dataclass(frozen=True, slots=True)
class Key:
    """One secret and its fingerprint, which logs may show."""

    secret: bytes
    fingerprint: str

    def signature(self, session_id: str) -> str:
        """HMAC-SHA256 in base64 without padding (cookie-signature, `sign`)."""
        digest = hmac.digest(self.secret, session_id.encode(), sha256)
        return base64.b64encode(digest).rstrip(b"=").decode("ascii")

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"


class Keyring:
    """Secrets in the order of their age, the newest first.

    `secrets` is one value or several, text (taken as UTF-8) or bytes. The first signs and must not be easy to guess unless
    `allow_weak` says so; the others only verify, so that a weak one of before can be left behind without logging anyone out.
    Raises SecretError if there is none, one is empty, or the first is weak.
    """

    def __init__(self, secrets: "Secrets", *, allow_weak: bool = False) -> None:
        values = [secrets] if isinstance(secrets, str | bytes) else list(secrets)
        encoded = [value.encode() if isinstance(value, str) else value for value in values]
        if not encoded or not all(encoded):
            raise SecretError(f"SESSION_SECRET is not set, or is empty: sessions cannot be signed; {ADVICE}")
        self.weakness = weakness(encoded[0])
        if self.weakness and not allow_weak:
            raise SecretError(
                f"SESSION_SECRET is easy to guess ({self.weakness}): anybody could sign in as anybody; {ADVICE}. To share it "
                "with an Express service meanwhile: secret=[new, old] verifies with the old one, allow_weak_secret=True also "
                "signs with it."
            )
        self.keys = tuple(Key(secret, fingerprint(secret)) for secret in encoded)

    def sign(self, session_id: str) -> str:
        """The id with its signature, `id.signature`, by the first key."""
        return f"{session_id}.{self.keys[0].signature(session_id)}"

    def verify(self, signed: str) -> tuple[str, Key] | None:
        """The id of `id.signature` and the key that signed it, or None; the last dot separates (cookie-signature, `unsign`)."""
        session_id, dot, signature = signed.rpartition(".")
        if not dot or not signature.isascii():
            return None
        for key in self.keys:
            if hmac.compare_digest(key.signature(session_id), signature):
                return session_id, key
        return None

    def __repr__(self) -> str:
        first, *rest = [key.fingerprint for key in self.keys]
        return ", ".join([f"{first} signs", *(f"{other} verifies" for other in rest)])


Secrets = str | bytes | Iterable[str | bytes]


def fingerprint(secret: bytes) -> str:
    """8 hex digits that tell two secrets apart in a log; they give away no more than any signed cookie does."""
    return hmac.digest(secret, b"sessile key fingerprint", sha256).hex()[:8]
