"""What became of a connection that Redis broke off without a word to the driver: refused at the door, or a matter of TLS."""

import socket
import ssl
from contextlib import suppress

from sessile.doctor.evidence.redis.refusal import refusal
from sessile.doctor.facts.database import Failure
from sessile.stores.redis.address import Address

UNTOLD = ("REDIS_ECONNRESET", "REDIS_ETIMEDOUT", "REDIS_TLS_NOT_SPOKEN", "REDIS_ERR")


def broken_off(address: Address, failure: Failure, seconds: float) -> Failure:
    """A better reason for the failure, where listening before speaking, or a TLS handshake, tells one; else the same.

    A server with no room (or in protected mode) says so at once and closes, which what was sent meanwhile can hide.
    """
    host, port = address.options.get("host"), address.options.get("port")
    if failure.code not in UNTOLD or address.path is not None or not isinstance(host, str) or not isinstance(port, int):
        return failure
    if address.tls:
        return _plain(host, port, seconds) or failure
    with suppress(OSError), socket.create_connection((host, port), seconds) as line:
        greeting = b"" if failure.code == "REDIS_ETIMEDOUT" else line.recv(512)
        if greeting.startswith(b"-"):
            return refusal(ConnectionError(greeting[1:].decode("utf-8", "replace")))
    return _encrypted(host, port, seconds) or failure


def _plain(host: str, port: int, seconds: float) -> Failure | None:
    with suppress(OSError), socket.create_connection((host, port), seconds) as line:
        line.sendall(b"PING\r\n")
        if line.recv(64).startswith((b"+PONG", b"-")):
            return Failure("REDIS_TLS_NOT_SPOKEN", f"{host}:{port} answers without TLS, and the URL asks for it (rediss://)")
    return None


def _encrypted(host: str, port: int, seconds: float) -> Failure | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # nothing is said over it
    with (
        suppress(OSError),
        socket.create_connection((host, port), seconds) as line,
        context.wrap_socket(line, server_hostname=host),
    ):
        return Failure("REDIS_TLS_NEEDED", f"{host}:{port} speaks TLS only, and the URL does not ask for it (redis://)")
    return None
