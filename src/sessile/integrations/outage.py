"""An outage of the store: its name as an outcome, and what the client is told instead of a logout."""

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
