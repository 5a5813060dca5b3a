"""Where a PostgreSQL database is: the URLs that people have, turned into what libpq takes and into what may be shown."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Self
from urllib.parse import quote, unquote

LIBPQ = re.compile(
    "host|hostaddr|port|dbname|user|password|passfile|require_auth|channel_binding|connect_timeout|client_encoding|options"
    "|application_name|fallback_application_name|keepalives|keepalives_idle|keepalives_interval|keepalives_count"
    "|tcp_user_timeout|gssencmode|krbsrvname|gsslib|gssdelegation|sslmode|sslcompression|sslcert|sslkey|sslpassword"
    "|sslcertmode|sslrootcert|sslcrl|sslcrldir|sslsni|ssl_min_protocol_version|ssl_max_protocol_version|requirepeer|service"
    "|target_session_attrs|load_balance_hosts"
)
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
QUOTES = "\"'`\u201c\u201d\u2018\u2019"

_IMPOSSIBLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://")
_POSTGRES = re.compile(r"postgres(?:ql)?(?:\+\w+)?", re.IGNORECASE)
_AROUND = re.compile(r"(?:export\s+)?[A-Z][A-Z0-9_]*=|psql\s+")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NAMED_PARAMETER = re.compile(r"\?(?=[\w.]+=)")
_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?")
_ENCODED = MappingProxyType({"/": "%2F", "?": "%3F", "#": "%23"})
_SSL = MappingProxyType({"true": "require", "1": "require", "0": "disable", "false": "disable", "no-verify": "require"})


class AddressError(ValueError):
    """A text is no usable address; the message says what is wrong and what to do, without showing a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """One database's address.

    `conninfo` is the connection string for libpq and holds the password; `masked` is for people. `host` is as written
    (several are separated by commas, a socket's directory begins with `/`), "" where none is named; `user` and
    `database` likewise. `port` is the first host's. `quoted` tells that literal quotes stood around the address: other
    drivers take them for a part of it. `remarks` tell what was changed or left out, and what other drivers make of it.
    """

    conninfo: str = field(repr=False)
    masked: str
    host: str
    port: int
    user: str
    database: str
    quoted: bool = False
    remarks: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URL in the spelling of libpq, Node's pg, Prisma, SQLAlchemy or asyncpg.

        Raises AddressError when there is none.
        """
        bare, quoted, remarks = _unwrapped(text)
        known, left_out = _parameters(bare, remarks)
        if left_out:
            remarks.append(f"left out what only other drivers know: {', '.join(sorted(left_out))}")
        known = {name: value for name, value in known.items() if value}
        return cls(
            conninfo=" ".join(f"{name}={_conninfo_value(value)}" for name, value in known.items()),
            masked=_masked(known),
            host=known.get("host", ""),
            port=int(known.get("port", "").split(",")[0] or 5432),
            user=known.get("user", ""),
            database=known.get("dbname", ""),
            quoted=quoted,
            remarks=tuple(remarks),
        )


def _unwrapped(text: str) -> tuple[str, bool, list[str]]:
    bare, quoted, remarks = text.strip(), False, []
    if bare and bare != text:
        remarks.append("blanks or line ends around the URL were left out")
    if prefix := _AROUND.match(bare):
        bare = bare[prefix.end() :].strip(QUOTES + " \t")
        remarks.append(f"{prefix[0].strip()!r} in front of the URL was left out")
    elif bare[:1] in QUOTES or bare[-1:] in QUOTES:
        quoted = bool(bare)
        bare = bare.strip(QUOTES + " ")
        remarks.append("the quotes around the URL are part of the value: other drivers take them for a part of the address")
    if not bare:
        raise AddressError("the database URL is empty: give one like postgresql://USER:PASSWORD@HOST:5432/DATABASE")
    if _IMPOSSIBLE.search(bare):
        raise AddressError("the database URL holds a line end or another character that no address has: give one URL on one line")
    return bare, quoted, remarks


def _parameters(bare: str, remarks: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read libpq's parameters from an address, and the names of those that libpq does not know."""
    if bare.startswith("/"):
        directory, _, database = bare.partition(" ")
        return {"host": directory, "dbname": database.strip()}, ()
    if bare.startswith("socket:"):
        return _socket(bare.removeprefix("socket:").removeprefix("//"))
    scheme = _SCHEME.match(bare)
    if scheme is None:
        unfilled = " (a variable that was not filled in?)" if bare.startswith(("$", "{", "%")) else ""
        raise AddressError(f"this is no database URL: it does not begin with postgresql://{unfilled}")
    rest = bare[scheme.end() :]
    if not _POSTGRES.fullmatch(scheme[1]):
        raise AddressError(f"{scheme[1]}:// is not PostgreSQL: give a postgresql:// URL")
    authority, path, query = _split(rest)
    if "@" not in authority and ":" in authority and "@" in _NAMED_PARAMETER.split(rest, maxsplit=1)[0]:
        raise _unescaped(rest[len(authority)])
    userinfo, _, hosts = authority.rpartition("@")
    if "@" in userinfo:
        remarks.append("the password holds an @ that is not percent-encoded (%40): Node's pg reads it, libpq does not")
    if _STRAY_PERCENT.search(userinfo):
        remarks.append("the password holds a % that is not percent-encoded (%25), which some drivers refuse")
    database = _decoded(path.removeprefix("/").removesuffix("/"))
    return _merged({**_who(userinfo), **_where(hosts), "dbname": database}, dict(_pairs(query)), remarks)


def _socket(rest: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read Node's `socket:` address, whose path is the socket's directory and whose `db` is the database."""
    authority, path, query = _split(rest)
    said = dict(_pairs(query))
    directory = _decoded(path).rstrip("/")
    known = {"host": directory, **_who(authority.rpartition("@")[0]), "dbname": said.pop("db", "")}
    return known, tuple(name for name in said if name != "encoding")


def _split(rest: str) -> tuple[str, str, str]:
    """Split into authority, path and query; a fragment is no part of a database's address."""
    before_fragment = rest.partition("#")[0]
    address, _, query = before_fragment.partition("?")
    authority, slash, path = address.partition("/")
    return authority, slash + path, query


def _unescaped(culprit: str) -> AddressError:
    return AddressError(
        f"the password in the database URL holds a {culprit} that is not percent-encoded, so the address ends there: "
        f"write it as {_ENCODED[culprit]} (the same for @ / ? # and %), and do not change the password itself"
    )


def _who(userinfo: str) -> dict[str, str]:
    user, _, password = userinfo.partition(":")
    return {"user": _decoded(user), "password": _decoded(password)}


def _where(hosts: str) -> dict[str, str]:
    names, ports = [], []
    for part in hosts.split(","):
        found = _HOST.fullmatch(part)
        if found is None:
            raise AddressError("the host in the database URL cannot be read: write an IPv6 address in brackets, [::1]:5432")
        names.append(_decoded(found["host"].strip("[]")))
        ports.append(_port(found["port"] or ""))
    return {"host": ",".join(names), "port": ",".join(port or "5432" for port in ports) if any(ports) else ""}


def _port(text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise AddressError(
            "the port in the database URL is not a number from 1 to 65535; where the password holds a colon or an @, "
            "percent-encode it (%3A, %40)"
        )
    return text


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        yield _decoded(name), _decoded(value)


def _merged(known: Mapping[str, str], query: Mapping[str, str], remarks: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Lay the query's parameters over those of the address, as libpq and Node's pg do."""
    ssl = _ssl_mode(query, remarks)
    said = {name: value for name, value in query.items() if LIBPQ.fullmatch(name) and value}
    for port in filter(None, said.get("port", "").split(",")):
        _port(port)
    merged = {**known, **said, **({"sslmode": ssl} if ssl else {})}
    return merged, tuple(name for name in query if not LIBPQ.fullmatch(name) and name != "ssl")


def _ssl_mode(query: Mapping[str, str], remarks: list[str]) -> str:
    """The sslmode that libpq has for what the URL says, "" if it says nothing."""
    name = "sslmode" if query.get("sslmode") else "ssl"
    said = query.get(name, "").lower()
    if not said:
        return ""
    mode = said if said in SSL_MODES else "require" if said.startswith("{") else _SSL.get(said)
    if mode is None:
        raise AddressError(f"{name} in the database URL is none of {', '.join(SSL_MODES)}, no-verify")
    if (name, mode) != ("sslmode", said):
        remarks.append(f"{name}={said if not said.startswith('{') else '{...}'} was read as sslmode={mode}")
    return mode


def _decoded(text: str) -> str:
    decoded = unquote(text, errors="replace")
    if "\0" in decoded:
        raise AddressError("the database URL holds an encoded NUL (%00), which no part of an address can hold")
    return decoded


def _conninfo_value(value: str) -> str:
    """Quote a value for a connection string (libpq, "Keyword/Value Connection Strings")."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _masked(known: Mapping[str, str]) -> str:
    user = quote(known.get("user", ""), safe="") + (":***" if known.get("password") else "")
    database = quote(known.get("dbname", ""), safe="")
    host = known.get("host", "")
    socket = host.startswith(("/", "@"))
    where = "" if socket else _shown(host.split(","), known.get("port", "").split(","))
    return f"postgresql://{user}{'@' if user else ''}{where}/{database}" + (f"?host={host}" if socket else "")


def _shown(names: list[str], ports: list[str]) -> str:
    each = ports if len(ports) == len(names) else ports[:1] * len(names)
    bracketed = (f"[{name}]" if ":" in name else name for name in names)
    return ",".join(f"{name}:{port}" if port else name for name, port in zip(bracketed, each, strict=True))
