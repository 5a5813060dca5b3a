"""A connection to Redis for looking only: it never waits for long, and ends when its time is up."""

import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from redis import Connection, SSLConnection, UnixDomainSocketConnection
from redis.backoff import NoBackoff
from redis.exceptions import NoPermissionError, RedisError, ResponseError
from redis.retry import Retry

from sessile.doctor.evidence.redis.refusal import refusal
from sessile.doctor.evidence.redis.silence import broken_off
from sessile.doctor.facts.database import Failure
from sessile.stores.redis.address import Address

REPLY_SECONDS = 5.0
Command = tuple[str | bytes | int, ...]
Reply = Any


class UnreachableError(Exception):
    """No connection was made; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Inspection:
    """A connection to one database of a server, for `seconds` in all; a context manager.

    Entering connects, and raises UnreachableError where that fails. A reply is waited for five seconds, and not beyond the end.
    """

    def __init__(self, address: Address, seconds: float) -> None:
        self.address = address
        self.seconds = seconds
        self._ends = time.monotonic() + seconds
        self._connection: Any = None

    def __enter__(self) -> Self:
        # RESP2 is what every server speaks.
        options = {**self.address.options, "protocol": 2, "retry": Retry(NoBackoff(), 0)}
        waits = {"socket_timeout": self._patience, "socket_connect_timeout": self._patience}
        self._connection = _kind(self.address)(**options, **waits)
        try:
            self._connection.connect()
            with suppress(NoPermissionError):
                self.ask("PING")
        except (RedisError, OSError, UnicodeError) as error:
            self.__exit__(None, None, None)
            failure = refusal(error)
            raise UnreachableError(broken_off(self.address, failure, min(self._patience, 3.0))) from error
        with suppress(RedisError, OSError):  # since 7.2: what is read does not count as used, so eviction goes on as before
            self.ask("CLIENT", "NO-TOUCH", "ON")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._connection.disconnect()

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return max(0.0, self._ends - time.monotonic())

    @property
    def time_up(self) -> str:
        """Why a part was not looked at when no time is left."""
        return f"the time for the whole look, {self.seconds:g} s, was up"

    def ask(self, *command: str | bytes | int) -> Reply:
        """The reply to one command. Raises RedisError or OSError."""
        [reply] = self.ask_all([command])
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    def ask_all(self, commands: Sequence[Command]) -> list[Reply]:
        """The replies to several commands sent together; an error that Redis replied with is a value. Raises as `ask`."""
        if not commands:
            return []
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        return [self._reply() for _ in commands]

    @property
    def _patience(self) -> float:
        return max(0.1, min(REPLY_SECONDS, self.left))

    def _reply(self) -> Reply:
        try:
            return self._connection.read_response(disable_decoding=True)
        except ResponseError as error:
            return error


def _kind(address: Address) -> Any:
    return UnixDomainSocketConnection if address.path is not None else SSLConnection if address.tls else Connection
