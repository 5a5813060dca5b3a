"""Server-side sessions that stay put, and a doctor that says why yours didn't.

This file is the index of the public names; each is loaded from its home when it is first used, so that a base install needs no
driver.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sessile.errors import (
        ConfigurationError as ConfigurationError,
        CookieError as CookieError,
        CookieTooLate as CookieTooLate,
        PayloadMismatch as PayloadMismatch,
        SaveUnknown as SaveUnknown,
        SecretError as SecretError,
        SessileError as SessileError,
        SessionGone as SessionGone,
        StoreError as StoreError,
        StoreRefused as StoreRefused,
        StoreTimeout as StoreTimeout,
        StoreUnavailable as StoreUnavailable,
        TableError as TableError,
        UnserializableError as UnserializableError,
    )
    from sessile.integrations.asgi import (
        AsyncSession as AsyncSession,
        SessionMiddleware as SessionMiddleware,
        session_of as session_of,
    )
    from sessile.session.cookie import CookiePolicy as CookiePolicy
    from sessile.session.keyring import Keyring as Keyring
    from sessile.session.outcome import Outcome as Outcome, Reason as Reason, Station as Station
    from sessile.session.user import UserSession as UserSession
    from sessile.stores.memory import MemoryStore as MemoryStore
    from sessile.stores.postgres.store import PostgresStore as PostgresStore
    from sessile.stores.redis.store import RedisStore as RedisStore

_HOMES = {
    "errors": (
        "ConfigurationError CookieError CookieTooLate PayloadMismatch SaveUnknown SecretError SessileError SessionGone "
        "StoreError StoreRefused StoreTimeout StoreUnavailable TableError UnserializableError"
    ),
    "integrations.asgi": "AsyncSession SessionMiddleware session_of",
    "session.cookie": "CookiePolicy",
    "session.keyring": "Keyring",
    "session.outcome": "Outcome Reason Station",
    "session.user": "UserSession",
    "stores.memory": "MemoryStore",
    "stores.postgres.store": "PostgresStore",
    "stores.redis.store": "RedisStore",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)  # noqa: PLE0605 - computed from the one list above; the names are tested
__version__ = "0.7.0"


if not TYPE_CHECKING:  # for a type checker every name would be there

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module 'sessile' has no attribute {name!r}")
        try:
            return getattr(import_module(f"sessile.{_HOME[name]}"), name)
        except ModuleNotFoundError as error:
            extra = "redis" if error.name == "redis" else "postgres"
            raise ImportError(f'sessile.{name} needs {error.name}: pip install "sessile[{extra}]"') from error


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
