"""Every exception that sessile raises.

SessileError
├── ConfigurationError            at start-up: the service should not start like this
│   ├── SecretError               no secret, or one that anybody can guess
│   ├── CookieError               a cookie that no browser would keep, or send back
│   └── TableError                the session table cannot do what sessions need
├── StoreError                    at a request: answered 503, never as "not logged in"
│   ├── StoreUnavailable          the store did not answer, or had no room
│   │   └── StoreTimeout          it did not answer in time
│   ├── StoreRefused              the store answered that it will not do this
│   └── SaveUnknown               a commit was sent, its answer was lost
├── SessionGone                   the session was deleted while a request was using it
├── CookieTooLate                 a session began, or got a new id, after its response had started
├── PayloadMismatch               the session's data is not what a typed view of it has
├── UnserializableError           a value that the session cannot hold, by key
└── FixRefused, FixStopped        a fix that did not begin, or did not end (they live in `sessile.doctor.fixes`)
"""


class SessileError(Exception):
    """The root of all of them."""


class ConfigurationError(SessileError, ValueError):
    """The service should not start like this; the message says what to change."""


class SecretError(ConfigurationError):
    """There is no secret, or one that anybody can guess; the message has the line that makes a good one."""


class CookieError(ConfigurationError):
    """The cookie's attributes contradict each other (RFC 6265bis), so no browser would keep it."""


class TableError(ConfigurationError):
    """The session table cannot do what sessions need; each defect is named with the command that fixes it."""


class StoreError(SessileError):
    """The store could not do what was asked. `code` is an SQLSTATE or errno name, "" if there is none."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(f"{message} ({code})" if code else message)
        self.code = code


class StoreUnavailable(StoreError):
    """The store did not answer, or had no room: try again later."""


class StoreTimeout(StoreUnavailable):
    """The store did not answer within its time limit."""


class StoreRefused(StoreError):
    """The store answered that it will not do this: a right, a key or a type is wrong, and trying again will not help."""


class SaveUnknown(StoreError):
    """A commit was sent and its answer was lost, so the row may or may not be there. Repeating the request is safe."""


class SessionGone(SessileError):
    """The session was deleted, by a logout or by pruning, while a request was using it."""


class CookieTooLate(SessileError):
    """A session began, or got a new id, after its response had started: no cookie can take the id to the client."""


class PayloadMismatch(SessileError, ValueError):
    """The session's data is not what a typed view of it has; the message names the key and the model, and no value."""


class UnserializableError(SessileError, TypeError):
    """The session holds a value that JSON, or Express on the other side, cannot hold; the message names the key."""
