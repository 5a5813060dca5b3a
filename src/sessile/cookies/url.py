"""A URL as a browser reads it, down to what cookies look at: scheme, canonical host, port and path (WHATWG URL, section 4)."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, Self
from unicodedata import normalize
from urllib.parse import quote, unquote_to_bytes

DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*):[/\\]*(?P<authority>[^/\\?#]*)(?P<path>[^?#]*)", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"(?:.*@)?(?P<host>\[[^\]]*\]|[^:]*)(?::(?P<port>[0-9]*))?", re.DOTALL)
_STRIPPED = re.compile(r"[\t\r\n]")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_SINGLE_DOT = re.compile(r"(?:\.|%2e)", re.IGNORECASE)
_DOUBLE_DOT = re.compile(r"(?:\.|%2e){2}", re.IGNORECASE)
_KEPT_IN_PATHS: Final = "!$%&'()*+,/:;=@[]~"
_KEPT_BY_IDNA_2008 = re.compile("[ßς]")


@dataclass(frozen=True, slots=True)
class Url:
    """The parts of a URL that decide about cookies. `host` is lower case, in punycode, an IPv6 address in brackets."""

    scheme: str
    host: str
    port: int
    path: str = "/"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an absolute http, https, ws or wss URL. Raises ValueError, with what is wrong, for anything else."""
        match = _URL.match(_STRIPPED.sub("", text.strip(" ")))
        if match is None or match["scheme"].lower() not in DEFAULT_PORTS:
            raise ValueError(f"{text!r} is no http, https, ws or wss URL: give it whole, like https://example.com/login")
        scheme = match["scheme"].lower()
        authority = _HOST_AND_PORT.fullmatch(match["authority"])
        if authority is None or not authority["host"]:
            raise ValueError(f"{text!r} names no host, or a port that is no number")
        port = int(authority["port"] or DEFAULT_PORTS[scheme])
        if port > 65535:
            raise ValueError(f"{text!r} has port {port}; the highest is 65535")
        return cls(scheme, canonical_host(authority["host"]), port, canonical_path(match["path"]))

    @property
    def cryptographic(self) -> bool:
        """Whether it is https or wss."""
        return self.scheme in ("https", "wss")

    @property
    def localhost(self) -> bool:
        """Whether the host is this machine: localhost, a name below it, 127.0.0.0/8 or ::1 (Secure Contexts, 3.1)."""
        return is_localhost(self.host)

    @property
    def may_use_secure(self) -> bool:
        """Whether Secure cookies may be set and sent here: over https, and on localhost (which Safari does not do)."""
        return self.cryptographic or self.localhost

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port (RFC 6454): what "same origin" compares."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"


def canonical_host(host: str) -> str:
    """A host in lower case and punycode, an IP address in its usual form. Raises ValueError where a browser refuses the host."""
    if host.startswith("["):
        try:
            return f"[{IPv6Address(host[1:-1]).compressed}]"
        except AddressValueError as error:
            raise ValueError(f"{host!r} is no IPv6 address") from error
    decoded = unquote_to_bytes(host).decode("utf-8", "replace")
    canonical = punycode(decoded)
    if canonical is None or not canonical.strip(".") or _FORBIDDEN.search(canonical):
        raise ValueError(f"{host!r} is no host name")
    return canonical_ipv4(canonical) or canonical


def punycode(host: str) -> str | None:
    """A host in lower case with its non-ASCII labels in punycode (RFC 5890), or None if it cannot be written so."""
    if host.isascii():
        return host.lower()
    try:
        return ".".join(_label(label) for label in host.replace("\u3002", ".").split("."))
    except UnicodeError:
        return None


def canonical_ipv4(host: str) -> str | None:
    """The usual form of an IPv4 address in any of the forms that URLs allow (127.1, 0x7f000001), or None for a name.

    Raises ValueError for what ends in a number and is no address, which is no name either.
    """
    parts = host.removesuffix(".").split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return None
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f"{host!r} ends in a number, but is no IPv4 address")
    try:
        *firsts, last = [_integer(part) for part in parts]
    except ValueError as error:
        raise ValueError(f"{host!r} is no IPv4 address") from error
    if any(first > 255 for first in firsts) or last >= 256 ** (5 - len(parts)):
        raise ValueError(f"{host!r} is no IPv4 address: a part is too large")
    number = last + sum(first * 256 ** (3 - position) for position, first in enumerate(firsts))
    return str(IPv4Address(number))


def is_ip_address(host: str) -> bool:
    """Whether a canonical host is an IP address, an IPv6 one in brackets."""
    if host.startswith("["):
        return True
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True


def is_localhost(host: str) -> bool:
    """Whether a canonical host names the browser's own machine."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or host == "[::1]":
        return True
    return is_ip_address(host) and host.startswith("127.")


def canonical_path(path: str) -> str:
    """A path with its dot segments resolved and other characters than a path may hold percent-encoded."""
    segments: list[str] = []
    parts = path.replace("\\", "/").removeprefix("/").split("/")
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if _DOUBLE_DOT.fullmatch(part):
            del segments[-1:]
            segments += [""] if last else []
        elif _SINGLE_DOT.fullmatch(part):
            segments += [""] if last else []
        else:
            segments.append(part)
    return "/" + quote("/".join(segments), safe=_KEPT_IN_PATHS)


def _label(label: str) -> str:
    if _KEPT_BY_IDNA_2008.search(label.lower()):
        return f"xn--{normalize('NFKC', label.lower()).encode('punycode').decode('ascii')}"
    return label.lower() if label.isascii() else label.encode("idna").decode("ascii").lower()


def _integer(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if len(part) > 1 and part.startswith("0") else int(part)
