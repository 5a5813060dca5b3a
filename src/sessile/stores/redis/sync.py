"""Sessions in Redis for synchronous services: `RedisStore.sync` makes it."""

import logging
import time
from collections.abc import Sequence
from typing import Any

from redis import BlockingConnectionPool, Connection, SSLConnection, UnixDomainSocketConnection
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

from sessile.errors import ConfigurationError
from sessile.session.store import Want
from sessile.stores.breaker import Breaker
from sessile.stores.driving import drive_sync
from sessile.stores.redis.address import Address
from sessile.stores.redis.commands import Command, Commands
from sessile.stores.redis.connecting import SyncConnection, SyncPool, pool_of
from sessile.stores.redis.exchange import LOST, Answers, Rest, Step, Unsent, exchange
from sessile.stores.redis.health import INFO, remarks, unanswered

log = logging.getLogger("sessile")


class SyncRedisStore:
    """What `RedisStore` is to asynchronous services, for threads: the same commands, limits and retries.

    What is wanted in one call goes to the server in one message. The driver itself gives a forked process connections of its own.
    """

    def __init__(self, address: Address, commands: Commands, *, pool_size: int, timeout: float) -> None:
        self._commands, self._breaker = commands, Breaker(time.monotonic)
        kinds = (Connection, SSLConnection, UnixDomainSocketConnection)
        retry = Retry(NoBackoff(), 0)
        self._pool: SyncPool = pool_of(BlockingConnectionPool, kinds, address, size=pool_size, timeout=timeout, retry=retry)

    def open(self) -> None:
        """See `RedisStore.open`."""
        try:
            [reply] = self._replies((INFO,))
            found = remarks(reply)
        except ConfigurationError:
            self.close()
            raise
        except (Unsent, *LOST) as error:
            outage = unanswered(error)
            if isinstance(outage, ConfigurationError):
                self.close()
                raise outage from error
            found = (outage,)
        for level, remark in found:
            log.log(level, "%s", remark)

    def close(self) -> None:
        """Close the connections."""
        self._pool.disconnect()

    def perform(self, wants: Sequence[Want]) -> Answers:
        """See `Store.perform`."""
        return drive_sync(exchange(self._commands, wants, self._breaker), self._do, (Unsent, *LOST))

    def _do(self, step: Step) -> Sequence[Any] | None:
        if isinstance(step, Rest):
            time.sleep(step.seconds)
            return None
        return self._replies(step.commands)

    def _replies(self, commands: Sequence[Command]) -> Sequence[Any]:
        try:
            connection = self._pool.get_connection()
        except LOST as error:
            raise Unsent(error) from error
        try:
            connection.send_packed_command(connection.pack_commands(commands))
            return [_reply(connection) for _ in commands]
        except BaseException:
            connection.disconnect()
            raise
        finally:
            self._pool.release(connection)


def _reply(connection: SyncConnection) -> Any:
    """A reply as it came; an error that Redis replied with is a value."""
    try:
        return connection.read_response(disable_decoding=True)
    except ResponseError as error:
        return error
