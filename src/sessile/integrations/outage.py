"""An outage of the store: its name as an outcome, and what the client is told instead of a logout."""

from collections.abc import Callable, Iterable

from sessile.errors import SaveUnknown, StoreError, StoreRefused, StoreTimeout
from sessile.session.outcome import Outcome, Reason

RETRY_AFTER_SECONDS = 5

BODY = b'{"detail":"Sessions are unavailable for the moment. You are not logged out; please try again."}'

HEADERS = (
    ("content-type", "application/json"),
    ("content-length", str(len(BODY))),
    ("retry-after", str(RETRY_AFTER_SECONDS)),
    ("cache-control", "no-store"),
)
"""Those of the answer 503."""


def outcome_of(error: StoreError) -> Outcome:
    """The name of an outage."""
    match error:
        case SaveUnknown():
            reason = Reason.UNKNOWN
        case StoreRefused():
            reason = Reason.REFUSED
        case StoreTimeout():
            reason = Reason.TIMEOUT
        case _:
            reason = Reason.UNAVAILABLE
    return Outcome(reason, str(error))


def paths(listed: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path is one of these; a trailing `*` takes all below."""
    each = [listed] if isinstance(listed, str) else list(listed)
    whole = frozenset(path for path in each if not path.endswith("*"))
    below = tuple(path[:-1] for path in each if path.endswith("*"))
    return lambda path: path in whole or path.startswith(below)
