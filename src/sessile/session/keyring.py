"""The keys that sign session ids: the first signs, all verify, and it is known which one matched, and how often."""

import hmac
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING

from sessile.errors import SecretError
from sessile.session.strength import weakness

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

    from sessile.session.presented import Presented

ADVICE = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"  (or: sessile secret new)'

MOST_KNOWN = 4096
"""How many cookies that verified are remembered: a browser sends the same one with each request."""

Secrets = str | bytes | Iterable[str | bytes]


@dataclass(slots=True)
class KeyUse:
    """How many requests a key has let in since this process knows it, and when the last one came, in epoch milliseconds.

    Threads that count at the same instant may count one too few.
    """

    count: int = 0
    last_used: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """One secret and its fingerprint, which logs may show."""

    secret: bytes
    fingerprint: str
    use: KeyUse = field(default_factory=KeyUse, compare=False)
    _inner: "Hash" = field(init=False, repr=False, compare=False)
    _outer: "Hash" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Both halves of the HMAC begin with the key alone (RFC 2104, section 4): hashed once, a signature costs a quarter.
        block = (self.secret if len(self.secret) <= 64 else sha256(self.secret).digest()).ljust(64, b"\0")
        object.__setattr__(self, "_inner", sha256(bytes(octet ^ 0x36 for octet in block)))
        object.__setattr__(self, "_outer", sha256(bytes(octet ^ 0x5C for octet in block)))

    def signature(self, session_id: str) -> str:
        """HMAC-SHA256 in base64 without padding, which for 32 bytes is one `=` (cookie-signature, `sign`)."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(session_id.encode())
        outer.update(inner.digest())
        return b2a_base64(outer.digest(), newline=False)[:-1].decode("ascii")

    def used(self, now: int) -> None:
        """Count a request that this key let in, at epoch milliseconds `now`."""
        use = self.use
        use.count += 1
        use.last_used = now

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"


class Keyring:
    """Secrets in the order of their age, the newest first.

    `secrets` is one value or several, text (taken as UTF-8) or bytes. The first signs and must not be easy to guess unless
    `allow_weak` says so; the others only verify, so that a weak one of before can be left behind without logging anyone out.
    `verify_only` are further ones that never sign, whatever `secrets` are renewed to. Raises SecretError if there is none, one is
    empty, the first is weak, or it is meant never to sign.
    """

    def __init__(self, secrets: Secrets, *, verify_only: Secrets = (), allow_weak: bool = False) -> None:
        self._allow_weak = allow_weak
        self._verify_only = tuple(_encoded(verify_only))
        self.keys: tuple[Key, ...] = ()
        self.weakness: str | None = None
        self.known: dict[str, Presented] = {}
        """What verified by these keys, by the cookie's value: a forgery is not among them, and finds nothing by being near."""
        self.renew(secrets)

    @property
    def uses(self) -> Mapping[str, KeyUse]:
        """How often each key has been used in this process, by its fingerprint: an old one that is not used any more can go."""
        return MappingProxyType({key.fingerprint: key.use for key in self.keys})

    def renew(self, secrets: Secrets) -> bool:
        """Take other secrets, all at once; what was counted for those that stay is kept. Answer: whether anything is different.

        Raises SecretError as the constructor does, and for a weak secret in the place of a good one even with `allow_weak`; the
        keys in use then stay.
        """
        values = tuple(_encoded(secrets))
        if not values or not all(values + self._verify_only):
            raise SecretError(f"SESSION_SECRET is not set, or is empty: sessions cannot be signed; {ADVICE}")
        if values[0] in self._verify_only:
            raise SecretError(f"SESSION_SECRET is one of verify_only, which never sign; {ADVICE}")
        weak = weakness(values[0])
        if weak and not (self._allow_weak and (not self.keys or self.weakness)):
            raise SecretError(
                f"SESSION_SECRET is easy to guess ({weak}): anybody could sign in as anybody; {ADVICE}. To share it "
                "with an Express service meanwhile: secret=[new, old] verifies with the old one, allow_weak_secret=True also "
                "signs with it."
            )
        known = {key.secret: key for key in self.keys}
        before = self.keys
        self.keys = tuple(
            known.get(value) or Key(value, fingerprint(value)) for value in dict.fromkeys(values + self._verify_only)
        )
        self.weakness, self.known = weak, {}
        return self.keys != before

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


def fingerprint(secret: bytes) -> str:
    """8 hex digits that tell two secrets apart in a log; they give away no more than any signed cookie does."""
    return hmac.digest(secret, b"sessile key fingerprint", sha256).hex()[:8]


def _encoded(secrets: Secrets) -> Iterable[bytes]:
    """Raises SecretError for what is neither text nor bytes."""
    for value in [secrets] if isinstance(secrets, str | bytes) else secrets:
        if not isinstance(value, str | bytes):
            raise SecretError(f"a session secret is text or bytes, not {type(value).__name__}")
        yield value.encode() if isinstance(value, str) else value
