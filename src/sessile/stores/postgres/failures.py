"""What a driver's error means to a session: the store was out of reach, refused, or left a save unknown."""

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from sessile.errors import SaveUnknown, StoreError, StoreRefused, StoreTimeout, StoreUnavailable

TIMEOUTS = frozenset({"57014", "55P03", "25P03"})
OUTAGES = ("08", "53", "57", "58", "40")


def failure(error: Exception, *, writing: bool) -> StoreError:
    """Name a failure. `writing` tells that a statement was under way which may have been committed unnoticed."""
    code = getattr(error, "sqlstate", None) or ""
    says = first_line(error)
    if isinstance(error, PoolTimeout | TooManyRequests):
        return StoreUnavailable(f"no database connection became free in time: {says}", "POOL_TIMEOUT")
    if isinstance(error, PoolClosed):
        return StoreUnavailable(f"the pool is closed: {says}", "POOL_ENDED")
    if code in TIMEOUTS:
        return StoreTimeout(says, code)
    if code.startswith(OUTAGES):
        return StoreUnavailable(says, code)
    if code:
        return StoreRefused(says, code)
    if isinstance(error, TimeoutError):
        return SaveUnknown("the save was not answered in time") if writing else StoreTimeout("the store did not answer in time")
    if writing:
        return SaveUnknown(f"the connection was lost before the save was answered: {says}")
    return StoreUnavailable(f"the connection was lost: {says}")


def lost_connection(error: Exception) -> bool:
    """Whether the connection broke, so that a read may be tried once more on another."""
    return isinstance(error, psycopg.OperationalError) and (error.sqlstate is None or error.sqlstate.startswith("57P"))


def first_line(error: BaseException) -> str:
    """The first line of an error's message: what follows it may quote values. Where the first line does, as PostgreSQL's data
    exceptions (class 22) do, the error's name alone.
    """
    if (getattr(error, "sqlstate", None) or "").startswith("22"):
        return f"the server refuses a value: {type(error).__name__}"
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def never_started(error: psycopg.Error) -> bool:
    """Whether the server undid the whole statement for the sake of another, or would not begin it as it was prepared (0A000), so
    that it is safe to try again.
    """
    return error.sqlstate in ("40001", "40P01", "0A000")


def unprepared(error: psycopg.Error) -> bool:
    """Whether a prepared statement was not where it was left, or was there already: a pooler gave the connection to others."""
    return error.sqlstate in ("26000", "42P05")


def pool_exhausted(size: int, seconds: float) -> StoreUnavailable:
    """Every connection of this process is in use, and stayed so for that long."""
    return StoreUnavailable(
        f"all {size} connections of the pool are in use, and none became free within {seconds:g} s", "POOL_TIMEOUT"
    )
