"""Sessions in Redis: this is what asynchronous services use; `sync` gives the others theirs."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Any

from redis.asyncio import (
    BlockingConnectionPool,
    Connection as TCPConnection,
    Redis,
    SSLConnection,
    UnixDomainSocketConnection,
)
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from sessile.errors import ConfigurationError
from sessile.session.store import Want
from sessile.stores.breaker import Breaker
from sessile.stores.driving import drive
from sessile.stores.kinds import Kinds
from sessile.stores.redis.address import Address
from sessile.stores.redis.commands import PREFIX, Command, Commands
from sessile.stores.redis.connecting import Connection, Pool, pool_of
from sessile.stores.redis.exchange import LOST, Answers, Rest, Step, Unsent, exchange
from sessile.stores.redis.health import INFO, remarks, unanswered
from sessile.stores.redis.sync import SyncRedisStore

log = logging.getLogger("sessile")


class RedisStore:
    """Sessions under the keys and in the format of connect-redis, so that Express serves the same users at the same time.

    `server` is a URL as people have it (`redis://`, `rediss://`, `unix://`), or a `redis.asyncio.Redis` of your own, which you
    close; None takes `REDIS_URL`. `prefix` stands before each id, as connect-redis has it. `pool_size` counts connections of this
    process; `timeout` is in seconds and bounds every call. Nothing is connected before `open`.

    A session that has expired is gone, and cannot be told from one that was deleted. A save that was answered outlives a crash of
    Redis as far as Redis is set up for it (`appendfsync`). Redis Cluster is refused. Raises ConfigurationError for a URL that
    cannot be one.
    """

    def __init__(
        self, server: str | Redis | None = None, *, prefix: str = PREFIX, pool_size: int = 10, timeout: float = 5.0
    ) -> None:
        self.timeout = timeout
        self._commands, self._size = Commands(prefix), pool_size
        self._address = None if isinstance(server, Redis) else Address.of(server)
        theirs: Any = server.connection_pool if isinstance(server, Redis) else None
        self._theirs: Pool | None = theirs
        self._pool: Pool | None = theirs
        self._sync: SyncRedisStore | None = None
        self._breaker = Breaker(time.monotonic)
        self._kinds = Kinds(
            self._performed,
            seconds=timeout,
            late=partial(self._breaker.late, timeout),
            late_save=partial(self._breaker.late_save, timeout),
        )

    def sync(self) -> SyncRedisStore:
        """The same sessions for a synchronous service. Raises ConfigurationError on a client of your own."""
        if self._address is None:
            raise ConfigurationError("a synchronous service cannot use a redis.asyncio.Redis: give RedisStore a URL")
        if self._sync is None:
            self._sync = SyncRedisStore(self._address, self._commands, pool_size=self._size, timeout=self.timeout)
        return self._sync

    async def open(self) -> None:
        """Connect, and look whether sessions can be kept there.

        Raises ConfigurationError for a cluster, and where Redis refuses the login. A server that does not answer is logged, not
        raised.
        """
        try:
            async with asyncio.timeout(self.timeout):
                [reply] = await self._replies((INFO,))
            found = remarks(reply)
        except ConfigurationError:
            await self.close()
            raise
        except (Unsent, TimeoutError, *LOST) as error:
            outage = unanswered(error)
            if isinstance(outage, ConfigurationError):
                await self.close()
                raise outage from error
            found = (outage,)
        for level, remark in found:
            log.log(level, "%s", remark)

    async def close(self) -> None:
        """Write what is still to be written, and close the connections, unless the client is the user's own."""
        await self._kinds.drained()
        await self._kinds.flush()
        pool, self._pool = self._pool, self._theirs
        if pool is not None and pool is not self._theirs:
            await pool.aclose()

    def perform(self, wants: Sequence[Want]) -> Awaitable[Answers]:
        """See `Store.perform`."""
        if len(wants) == 1:
            (want,) = wants
            return self._kinds.do[type(want)](want)
        return self._kinds.all(wants)

    async def _performed(self, wants: Sequence[Want]) -> Answers:
        return await drive(exchange(self._commands, wants, self._breaker), self._do, (Unsent, *LOST))

    async def _do(self, step: Step) -> Sequence[Any] | None:
        if isinstance(step, Rest):
            await asyncio.sleep(step.seconds)
            return None
        return await self._replies(step.commands)

    async def _replies(self, commands: Sequence[Command]) -> Sequence[Any]:
        pool = self._pool = self._pool or self._opened()
        try:
            connection = await pool.get_connection()
        except LOST as error:
            raise Unsent(error) from error
        try:
            await connection.send_packed_command(connection.pack_commands(commands))
            return [await _reply(connection) for _ in commands]
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        finally:
            await pool.release(connection)

    def _opened(self) -> Pool:
        if self._address is None:
            raise Unsent(ConnectionError("the store is closed"))
        kinds, retry = (TCPConnection, SSLConnection, UnixDomainSocketConnection), Retry(NoBackoff(), 0)
        pool: Pool = pool_of(BlockingConnectionPool, kinds, self._address, size=self._size, timeout=self.timeout, retry=retry)
        return pool


async def _reply(connection: Connection) -> Any:
    """A reply as it came; an error that Redis replied with is a value."""
    try:
        return await connection.read_response(disable_decoding=True)
    except ResponseError as error:
        return error
