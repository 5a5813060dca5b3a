"""Where the secrets come from: the environment, a value, a file or a function; the last two are asked again and again."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sessile.errors import SecretError
from sessile.session import events
from sessile.session.events import Event
from sessile.session.keyring import Keyring, Secrets

EVERY_MS = 30_000
"""How often a source is asked again, in milliseconds."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class SecretFile:
    """A file with one secret a line, the first of which signs.

    Blank lines, and blanks at both ends of a line, are no part of a secret: an editor or `echo` leaves a newline there. An
    Express service that reads the same file must trim it too, or the two sign differently. Raises OSError if it cannot be read.
    """

    path: Path

    def __call__(self) -> list[bytes]:
        lines = self.path.read_bytes().removeprefix(_BYTE_ORDER_MARK).split(b"\n")
        return [secret for line in lines if (secret := line.strip(b" \t\r\v\f"))]


Source = Callable[[], Secrets]
Secret = Secrets | Keyring | Path | Source | None


def keyring_of(secret: Secret, *, allow_weak: bool = False) -> Keyring:
    """The keys of a secret as an integration is given it; None takes `SESSION_SECRET`, and verifies with
    `SESSION_SECRET_PREVIOUS` too.

    Raises SecretError for a secret that is missing, weak or unreadable.
    """
    if isinstance(secret, Keyring):
        return secret
    if secret is None:
        return Keyring(_environment(), allow_weak=allow_weak)
    if isinstance(secret, Path):
        return Keyring(_read(SecretFile(secret)), allow_weak=allow_weak)
    return Keyring(_read(secret) if callable(secret) else secret, allow_weak=allow_weak)


@dataclass(slots=True)
class KeyringSource:
    """A keyring, and the source that may give it other secrets; `next_ms` is when it is next asked, in epoch milliseconds."""

    keyring: Keyring
    ask: Source
    next_ms: int | None = None

    def renew(self, now: int) -> Event | None:
        """Ask again if it is time to (`now`: epoch milliseconds); what there is to say of the answer.

        A source that fails, or gives what must not sign, leaves the keys as they are. It is asked in the caller's own time, so it
        must answer as fast as a file does.
        """
        if self.next_ms is not None and now < self.next_ms:
            return None
        first, self.next_ms = self.next_ms is None, now + EVERY_MS
        if first:
            return None
        try:
            return events.keys_renewed(self.keyring) if self.keyring.renew(_read(self.ask)) else None
        except SecretError as error:
            return events.keys_kept(self.keyring, error)


def source_of(secret: Secret, keyring: Keyring) -> KeyringSource | None:
    """What to ask again while the service runs; None for a secret that stays as it is."""
    if isinstance(secret, Path):
        return KeyringSource(keyring, SecretFile(secret))
    return KeyringSource(keyring, secret) if callable(secret) else None


def _environment() -> Secrets:
    current, previous = os.environ.get("SESSION_SECRET", ""), os.environ.get("SESSION_SECRET_PREVIOUS")
    return [current, previous] if previous else current


def _read(ask: Source) -> list[str | bytes]:
    """Raises SecretError whatever went wrong; only the kind of a function's error is told, for its message may hold a secret."""
    try:
        given = ask()
        secrets = [given] if isinstance(given, str | bytes) else list(given)
    except OSError as error:
        raise SecretError(f"the session secret could not be read: {error.strerror} ({error.filename})") from error
    except Exception as error:
        raise SecretError(f"the session secret could not be had: its source failed with {type(error).__name__}") from error
    if not secrets:
        raise SecretError(f"{_named(ask)} gives no session secret")
    return secrets


def _named(ask: Source) -> str:
    return f"the file {ask.path}" if isinstance(ask, SecretFile) else "the function given as secret"
