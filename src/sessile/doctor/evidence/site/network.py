"""Connections to a site: the names looked up once, the local network left alone, what fails named in one line."""

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from threading import Timer
from time import monotonic
from types import TracebackType
from typing import Self

from sessile.doctor.evidence.site.plan import Plan

CONNECT = 8.0
"""Seconds for one connection, and for TLS upon it."""

_CERTIFICATE = {
    10: "its certificate has expired",
    9: "its certificate is not valid yet: is a clock wrong?",
    18: "its certificate is self-signed: give --cacert FILE if it is meant to be",
    19: "its certificate comes from a CA that is not known here: give --cacert FILE if it is your own",
    20: "its certificate comes from a CA that is not known here, or an intermediate one is missing: give --cacert FILE if the CA "
    "is your own",
    21: "its certificate comes without the intermediate one that leads to a known CA",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}


class Unreachable(Exception):
    """No response; the message completes "there was no response, because ..."."""


class Forbidden(Unreachable):
    """An address of the local network that the user did not name."""


@dataclass(slots=True)
class Phases:
    """How long the phases of a connection took, in milliseconds."""

    dns: float = 0
    connect: float = 0
    ssl: float | None = None


class Budget:
    """The time that a whole probe may take, in seconds; whatever still waits at its end is broken off."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        """What is left, in seconds. Raises Unreachable if nothing is."""
        left = self._end - monotonic()
        if left <= 0:
            raise Unreachable("the time for the whole probe is over")
        return left


class Watch:
    """Breaks a socket off at the end of the time there is, however slowly bytes drip."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._timer = Timer(seconds, self._break_off, [sock])
        self._timer.daemon = True
        self.expired = False

    def _break_off(self, sock: socket.socket) -> None:
        self.expired = True
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timer.cancel()


def connect(host: str, port: int, *, tls: bool, plan: Plan, budget: Budget) -> tuple[socket.socket, Phases]:
    """A connection to that host. Raises Unreachable, or Forbidden where the name leads into the local network unasked."""
    phases = Phases()
    began = monotonic()
    targets = _looked_up(host, port, plan)
    phases.dns = (monotonic() - began) * 1000
    began = monotonic()
    sock = _first(targets, budget)
    phases.connect = (monotonic() - began) * 1000
    if tls and plan.tls:
        began = monotonic()
        sock = _encrypted(sock, host, plan.tls)
        phases.ssl = (monotonic() - began) * 1000
        phases.connect += phases.ssl
    return sock, phases


def is_local(address: str) -> bool:
    """Whether an IP address is of this machine, the local network or a cloud's inside, and so nobody's public site."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        translated = str(ip_address(int(ip) & 0xFFFFFFFF)) if ip in _NAT64 else None
        inner = ip.ipv4_mapped or ip.sixtofour or (ip_address(translated) if translated else None)
        if inner is not None:
            return is_local(str(inner))
    return not ip.is_global or ip.is_multicast


class _Nat64:
    """64:ff9b::/96, behind which IPv4 addresses stand (RFC 6052)."""

    def __contains__(self, ip: IPv6Address) -> bool:
        return int(ip) >> 32 == 0x0064FF9B << 64


_NAT64 = _Nat64()


def _looked_up(host: str, port: int, plan: Plan) -> list[tuple[str, int]]:
    bare = host.strip("[]")
    if place := plan.place(bare, port):
        return [(place.address, place.port or port)]
    try:
        found = socket.getaddrinfo(bare, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"the name {bare} is not found: check its spelling, or give --resolve {bare}=ADDRESS") from error
    addresses = list(dict.fromkeys((str(entry[4][0]), port) for entry in found))
    if not is_meant(bare, plan):
        for address, _ in addresses:
            if is_local(address):
                raise Forbidden(
                    f"{bare} leads to {address}, an address of the local network that was not asked for: name it, as "
                    f"--resolve {bare}={address}, if it is meant"
                )
    return addresses


def is_meant(host: str, plan: Plan) -> bool:
    """Whether the user named a local host, or one that is this machine under another spelling of its own."""
    return (host in plan.named and _literal(host)) or (_is_this(host) and any(_is_this(named) for named in plan.named))


def _is_this(host: str) -> bool:
    """Whether a host says itself that it is this machine: localhost, 127.0.0.1 or ::1."""
    return host == "localhost" or (_literal(host) and not host.endswith(".localhost") and ip_address(host).is_loopback)


def _literal(host: str) -> bool:
    """Whether a host says itself that it is local: an address, or localhost."""
    with suppress(ValueError):
        ip_address(host)
        return True
    return host == "localhost" or host.endswith(".localhost")


def _first(targets: list[tuple[str, int]], budget: Budget) -> socket.socket:
    """The first address that takes the connection."""
    why = "it has no address"
    for address, port in targets:
        try:
            return socket.create_connection((address, port), timeout=min(CONNECT, budget.left))
        except TimeoutError:
            why = f"port {port} did not take the connection within {CONNECT:g} s"
        except OSError as error:
            why = f"port {port}: {(error.strerror or str(error)).lower()}"
    raise Unreachable(why)


def _encrypted(sock: socket.socket, host: str, context: ssl.SSLContext) -> socket.socket:
    try:
        return context.wrap_socket(sock, server_hostname=host.strip("[]"))
    except ssl.SSLCertVerificationError as error:
        why = _CERTIFICATE.get(error.verify_code, f"its certificate is refused: {error.verify_message}")
    except TimeoutError:
        why = "it did not answer the TLS handshake in time"
    except ssl.SSLError as error:
        spoken = (error.reason or "").replace("_", " ").lower()
        plain = "it speaks no TLS on this port, but perhaps plain http"
        why = plain if spoken in ("wrong version number", "record layer failure", "http request") else f"TLS failed: {spoken}"
    except (OSError, ValueError):
        why = "it closed the connection during the TLS handshake"
    sock.close()
    raise Unreachable(why)
