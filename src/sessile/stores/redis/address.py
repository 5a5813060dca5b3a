"""Where a Redis server is: the URLs that people have, turned into what the driver takes and into what may be shown."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sessile.errors import ConfigurationError

VARIABLE = "REDIS_URL"

PLAIN, TLS, SOCKET = ("redis", "valkey"), ("rediss", "valkeys"), ("unix", "redis+socket", "redis-socket")

EXAMPLE = "redis://USER:PASSWORD@HOST:6379/0"

_NAMED = re.compile(r"(?:export\s+)?[A-Z][A-Z0-9_]*=")
_PROGRAM = re.compile(r"redis-cli\s+(?P<tls>--tls\s+)?(?:-u\s+)?")
_TRUE = ("1", "true", "yes", "required")


@dataclass(frozen=True, slots=True)
class Address:
    """One server's address.

    `options` are for the driver's connection, and hold the password; `masked` is for people. `tls` tells that the connection is
    encrypted, `path` is a socket's.
    """

    options: Mapping[str, Any] = field(repr=False)
    masked: str
    tls: bool = False
    path: str | None = None

    @classmethod
    def of(cls, url: str | None) -> "Address":
        """Read a URL, or `REDIS_URL` where there is none. Raises ConfigurationError, one line, without the password."""
        text = (url if url is not None else os.environ.get(VARIABLE, "")).strip()
        text = _NAMED.sub("", text, count=1).strip("\"'` ") if _NAMED.match(text) else text.strip("\"'` ")
        if program := _PROGRAM.match(text):
            text = text[program.end() :].strip("\"'` ")
            text = text.replace("redis://", "rediss://", 1) if program["tls"] and text.startswith("redis://") else text
        if not text:
            raise ConfigurationError(f"no Redis: pass a URL to RedisStore, or set {VARIABLE}, such as {EXAMPLE}")
        scheme, separator, rest = text.partition("://")
        scheme = scheme.lower()
        if not separator or scheme not in PLAIN + TLS + SOCKET:
            raise ConfigurationError(f"this is no Redis URL: it does not begin with redis://; write {EXAMPLE}")
        return _parsed(scheme, rest)


def _parsed(scheme: str, rest: str) -> Address:
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    if "#" in rest or ("@" not in authority and "@" in rest.partition("?")[0] and scheme not in SOCKET):
        raise ConfigurationError("the password in the Redis URL holds a / ? # or @ as it is: write it as %2F %3F %23 %40")
    try:
        parts = urlsplit(f"redis://{rest}")
        host, port = parts.hostname or "localhost", parts.port or 6379
    except ValueError as error:
        raise ConfigurationError(f"the host or the port in the Redis URL cannot be read; write {EXAMPLE}") from error
    query = dict(parse_qsl(parts.query))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    options: dict[str, Any] = {"username": user or None, "password": password or None}
    if scheme in SOCKET:
        path = unquote(parts.path)
        return Address({**options, "path": path, "db": _number(query.get("db", "0"))}, f"unix://{path}", path=path)
    options |= {"host": host, "port": port, "db": _number(query.get("db") or parts.path.strip("/") or "0")}
    tls = scheme in TLS or query.get("tls", query.get("ssl", "")).lower() in _TRUE
    if tls and query.get("ssl_cert_reqs", "").lower().removeprefix("cert_") == "none":
        options |= {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    if tls and (bundle := query.get("ssl_ca_certs")):
        options["ssl_ca_certs"] = bundle
    who = f"{user}{':***' if password else ''}@" if user or password else ""
    shown = f"[{host}]" if ":" in host else host
    return Address(options, f"{'rediss' if tls else 'redis'}://{who}{shown}:{port}/{options['db']}", tls=tls)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ConfigurationError(f"the database in the Redis URL is a number, as in {EXAMPLE}")
    return int(text)
