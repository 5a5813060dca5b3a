"""How both executors connect: what the driver is given, and what of its connections and pools is used."""

from collections.abc import Iterable
from typing import Any, Protocol

from sessile.stores.redis.address import Address
from sessile.stores.redis.commands import Command

LONGEST_WAIT_SECONDS = 2.0
"""How long a request waits for a connection that is in use."""


class Packing(Protocol):
    """What connections of both worlds do alike."""

    def pack_commands(self, commands: Iterable[Command]) -> Any: ...


class Connection(Packing, Protocol):
    """A connection of the driver's asynchronous half."""

    async def send_packed_command(self, command: Any) -> None: ...
    async def read_response(self, disable_decoding: bool = ...) -> Any: ...
    async def disconnect(self, nowait: bool = ...) -> None: ...


class Pool(Protocol):
    """A pool of them."""

    async def get_connection(self) -> Connection: ...
    async def release(self, connection: Connection) -> None: ...
    async def aclose(self) -> None: ...


class SyncConnection(Packing, Protocol):
    """A connection of its synchronous half."""

    def send_packed_command(self, command: Any) -> None: ...
    def read_response(self, disable_decoding: bool = ...) -> Any: ...
    def disconnect(self) -> None: ...


class SyncPool(Protocol):
    """A pool of them."""

    def get_connection(self) -> SyncConnection: ...
    def release(self, connection: SyncConnection) -> None: ...
    def disconnect(self) -> None: ...


def pool_of(driver: Any, kinds: tuple[type, type, type], address: Address, *, size: int, timeout: float, retry: Any) -> Any:
    """A pool of a driver's (its class for pools that wait); `kinds` are its connections: plain, encrypted, by socket.

    The driver tries nothing again by itself, for it does not know what may be repeated. RESP2 is what every server speaks. The
    connection gets no name, for that asks for a right (`CLIENT SETNAME`) that sessions do not need.
    """
    plain, encrypted, by_socket = kinds
    return driver(
        max_connections=size,
        timeout=min(timeout, LONGEST_WAIT_SECONDS),
        connection_class=by_socket if address.path is not None else encrypted if address.tls else plain,
        protocol=2,
        retry=retry,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        **address.options,
    )
