"""The keys that a browser is told to trust because a CA of the user's own vouches for them."""

from base64 import b64encode
from hashlib import sha256
from ssl import SSLSocket
from typing import Final
from urllib.parse import urlsplit

from sessile.doctor.evidence.site.network import Budget, connect
from sessile.doctor.evidence.site.plan import Plan

_SEQUENCE: Final = 0x30
_VERSION: Final = b"\xa0"
_BEFORE_THE_KEY: Final = 5
"""Serial number, algorithm, issuer, validity and subject stand before the key (RFC 5280, 4.1)."""


def keys(plan: Plan, budget: Budget) -> tuple[str, ...]:
    """The key of each host that the plan names over https, once its certificate was verified with that CA.

    Chromium takes no CA on its command line, only the hashes of keys that it is not to doubt. Raises Unreachable.
    """
    urls = [url for url in (plan.site, plan.login, plan.protected, plan.logout) if url and url.startswith("https:")]
    places = dict.fromkeys((parts.hostname or "", parts.port or 443) for parts in map(urlsplit, urls))
    return tuple(dict.fromkeys(key_of(_certificate(host, port, plan, budget)) for host, port in places))


def key_of(certificate: bytes) -> str:
    """The base64 of the SHA-256 of a certificate's SubjectPublicKeyInfo, as `--ignore-certificate-errors-spki-list` takes it.

    `certificate` is in DER. Raises ValueError for what is none.
    """
    whole, _ = _content(certificate, 0, _SEQUENCE)
    signed, _ = _content(certificate, whole, _SEQUENCE)
    place = _end(certificate, signed) if certificate[signed : signed + 1] == _VERSION else signed
    for _ in range(_BEFORE_THE_KEY):
        place = _end(certificate, place)
    _content(certificate, place, _SEQUENCE)
    return b64encode(sha256(certificate[place : _end(certificate, place)]).digest()).decode("ascii")


def _certificate(host: str, port: int, plan: Plan, budget: Budget) -> bytes:
    sock, _ = connect(host, port, tls=True, plan=plan, budget=budget)
    with sock:
        certificate = sock.getpeercert(binary_form=True) if isinstance(sock, SSLSocket) else None
    return certificate or b""


def _content(data: bytes, place: int, tag: int) -> tuple[int, int]:
    """Where the content of the element at a place begins and ends. Raises ValueError if it is of another kind."""
    if len(data) <= place + 1 or data[place] != tag:
        raise ValueError("not a certificate in DER")
    length, begins = data[place + 1], place + 2
    if length & 0x80:
        octets = length & 0x7F
        length, begins = int.from_bytes(data[begins : begins + octets], "big"), begins + octets
    if begins + length > len(data):
        raise ValueError("not a whole certificate")
    return begins, begins + length


def _end(data: bytes, place: int) -> int:
    if place >= len(data):
        raise ValueError("not a whole certificate")
    return _content(data, place, data[place])[1]
