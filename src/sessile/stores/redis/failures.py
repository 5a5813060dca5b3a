"""What a driver's error, or an error that Redis replies with, means to a session."""

import re

from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError as LostConnection,
    MaxConnectionsError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError as Late,
)

from sessile.errors import SaveUnknown, StoreError, StoreRefused, StoreTimeout, StoreUnavailable

OUTAGES = re.compile(r"\b(BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|MISCONF|NOREPLICAS|OOM|READONLY|TRYAGAIN)\b")
"""Redis's words for: not now. It has no room, no primary, no disk, or is still reading its data. A script's error quotes them."""


def failure(error: Exception, *, unknown: bool) -> StoreError:
    """Name a failure. `unknown` tells that a write was under way, which may have been done unnoticed."""
    says = _first_line(error)
    match error:
        case AuthenticationError():
            return StoreRefused(says, "NOAUTH")
        case MaxConnectionsError():
            return StoreUnavailable("all connections of the pool are in use", "POOL_TIMEOUT")
        case BusyLoadingError():
            return StoreUnavailable(says, "LOADING")
        case ReadOnlyError():
            return StoreUnavailable(says, "READONLY")
        case OutOfMemoryError():
            return StoreUnavailable(says, "OOM")
        case NoPermissionError():
            return StoreRefused(says, "NOPERM")
        case ResponseError():
            outage = OUTAGES.search(says)
            return StoreUnavailable(says, outage[1]) if outage else StoreRefused(says)
    if unknown:
        return SaveUnknown(f"the connection was lost before the save was answered: {says}")
    return StoreTimeout(says) if isinstance(error, Late | TimeoutError) else StoreUnavailable(f"the connection was lost: {says}")


def lost_connection(error: Exception) -> bool:
    """Whether the connection broke, so that what may be repeated may be tried again on another."""
    kept = (AuthenticationError, BusyLoadingError, MaxConnectionsError)
    return isinstance(error, LostConnection | OSError) and not isinstance(error, (*kept, Late, TimeoutError))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
