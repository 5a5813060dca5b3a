"""Ports of 127.0.0.1 that a server of one's own can listen on."""

import random
import socket

CHOICE = range(10240, 20000)
"""Below those that Linux gives to outgoing connections (from 32768 on), one of which could take a port between its choice and the
server's start, and below those of the embedded PostgreSQL. A node of a Redis cluster listens 10,000 above its port as well."""


def free_port() -> int:
    """A port that nobody listens on. Raises OSError where none is found."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """As many different ports that nobody listens on. Raises OSError where they are not found."""
    free = filter(_is_free, random.SystemRandom().sample(CHOICE, len(CHOICE)))
    found = [port for port, _ in zip(free, range(count), strict=False)]
    if len(found) < count:
        raise OSError(f"127.0.0.1 has fewer than {count} free ports from {CHOICE.start} to {CHOICE.stop - 1}")
    return found


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False
