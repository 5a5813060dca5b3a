"""Reads nginx.conf: what each location tells the service, hides from the visitor, and keeps for others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sessile.doctor.evidence.deployment.nginx_syntax import Directive, parse
from sessile.doctor.evidence.deployment.reading import LIMIT, text_of
from sessile.doctor.facts.concealed import MASK
from sessile.doctor.facts.deployment import Cache, Count, Deployment, Field, Location
from sessile.doctor.masking import excerpt

PASSING = ("proxy_pass", "uwsgi_pass", "fastcgi_pass", "grpc_pass", "scgi_pass")
KNOWN_INCLUDES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "proxy_params": (
        ("Host", "$http_host"),
        ("X-Real-IP", "$remote_addr"),
        ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
        ("X-Forwarded-Proto", "$scheme"),
    ),
}
"""What Debian's and Ubuntu's package puts into files that are included by name."""
HARMLESS_INCLUDES = ("mime.types", "fastcgi_params", "uwsgi_params", "modules-enabled/", "ssl-params", "letsencrypt/", "ssl_")
TOLD = ("host", "x-forwarded", "forwarded", "x-real", "connection", "upgrade", "set-cookie", "/", "~")
"""Headers, and paths of cookies, whose literals are no secrets."""
UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}
INCLUDED = 20


@dataclass(frozen=True, slots=True)
class _Level:
    """The directives of one block, the block around it, and the files that it is made of."""

    path: Path
    directives: Sequence[Directive]
    above: "_Level | None" = None
    complete: bool = True
    files: tuple[Path, ...] = ()
    upstreams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def every(self, name: str) -> list[tuple[Directive, Path]]:
        """The directives of that name that hold here: this level's own, or else those of the level above."""
        own = [(one, self.path) for one in self.directives if one.name == name]
        return own or (self.above.every(name) if self.above else [])

    def last(self, name: str) -> Directive | None:
        found = self.every(name)
        return found[-1][0] if found else None

    @property
    def whole(self) -> bool:
        return self.complete and (self.above is None or self.above.whole)


def read(path: Path) -> Deployment:
    """What an nginx configuration says. Raises OSError if it cannot be read."""
    level = _included(_Level(path, parse(text_of(path)), files=(path,)))
    return Deployment(source=str(path), locations=tuple(_locations(replace(level, upstreams=dict(_upstreams(level))), ())))


def _upstreams(level: _Level) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each upstream by its name, with the hosts that requests are spread over; one that sticks to a visitor spreads nobody."""
    for one in level.directives:
        inner = _included(_Level(level.path, one.block or (), level, files=level.files))
        if one.name == "http":
            yield from _upstreams(inner)
        elif one.name == "upstream" and one.arguments:
            sticks = any(other.name in ("ip_hash", "hash", "sticky") for other in inner.directives)
            servers = [other.arguments for other in inner.directives if other.name == "server" and other.arguments]
            names = tuple(words[0].partition(":")[0] for words in servers if not {"backup", "down"}.intersection(words))
            yield one.arguments[0], names[:1] if sticks else names


def _included(level: _Level) -> _Level:
    """The level with the files that it includes put in their places, where they are there."""
    directives: list[Directive] = []
    complete, files = level.complete, level.files
    for one in level.directives:
        if one.name != "include" or not one.arguments:
            directives.append(one)
            continue
        name = one.arguments[0]
        if known := KNOWN_INCLUDES.get(Path(name).name):
            directives += [Directive("proxy_set_header", field, one.line) for field in known]
        elif not any(word in name for word in HARMLESS_INCLUDES):
            paths = _beside(level.path, name)
            complete = complete and bool(paths)
            directives += [replace(inner, line=one.line) for path in paths if path not in files for inner in parse(text_of(path))]
            files += paths
    return replace(level, directives=directives, complete=complete, files=files)


def _beside(path: Path, name: str) -> tuple[Path, ...]:
    """The files that a directive includes, as far as they lie beside this one; one that lies elsewhere may say anything."""
    try:
        found = sorted(path.parent.glob(Path(name).name if name.startswith("/") else name))
        return tuple(one for one in found[:INCLUDED] if one.is_file() and one.stat().st_size <= LIMIT)
    except (OSError, ValueError, NotImplementedError):
        return ()


def _locations(level: _Level, hosts: tuple[str, ...], tls: bool = False) -> Iterator[Location]:
    for one in level.directives:
        if one.block is None:
            continue
        inner = _included(_Level(level.path, one.block, level, files=level.files, upstreams=level.upstreams))
        if one.name == "server":
            names = tuple(name for server in one.of("server_name") for name in server.arguments if name not in ("_", "localhost"))
            yield from _locations(inner, names, any(_is_tls(listen) for listen in one.of("listen")) or _switched_on(one, "ssl"))
        elif one.name == "location":
            yield from _location(inner, one, hosts, tls)
            yield from _locations(inner, hosts, tls)
        elif one.name == "http" or one.name in ("if", "limit_except"):
            yield from _locations(inner, hosts, tls)


def _is_tls(listen: Directive) -> bool:
    return "ssl" in listen.arguments or "quic" in listen.arguments


def _switched_on(block: Directive, name: str) -> bool:
    return any(one.arguments == ("on",) for one in block.of(name))


def _location(level: _Level, location: Directive, hosts: tuple[str, ...], tls: bool) -> Iterator[Location]:
    passing = next((one for one in level.directives if one.name in PASSING), None)
    if passing is None:
        return
    yield Location(
        source=str(level.path),
        pointer=f"{level.path}:{location.line}",
        path=" ".join(location.arguments),
        servers=_servers(level, passing.arguments[0] if passing.arguments else ""),
        hosts=hosts,
        tls=tls,
        complete=level.whole and passing.name == "proxy_pass",
        sets=tuple(_fields(level, "proxy_set_header")),
        hides=tuple(_fields(level, "proxy_hide_header")),
        cookie_domains=tuple(_fields(level, "proxy_cookie_domain")),
        cookie_paths=tuple(_fields(level, "proxy_cookie_path")),
        cache=_cache(level),
        header_limit=_header_limit(level),
    )


def _servers(level: _Level, to: str) -> tuple[str, ...]:
    """The hosts that answer, several where an upstream spreads the requests."""
    host = to.partition("://")[2].partition("/")[0].partition(":")[0] or to
    return level.upstreams.get(host, (host,))


def _fields(level: _Level, name: str) -> Iterator[Field]:
    for one, path in level.every(name):
        if one.arguments and one.arguments[0] != "off":
            first, *rest = one.arguments
            yield Field(first.lower(), _shown(first.lower(), " ".join(rest)), f"{path}:{one.line}")


def _shown(name: str, value: str) -> str:
    """What a header is set to; a literal that may be a key or a cookie is not kept."""
    told = not value or "$" in value or name.startswith(TOLD)
    return excerpt(value, 120) if told else MASK


def _cache(level: _Level) -> Cache | None:
    zone = level.last("proxy_cache")
    if zone is None or zone.arguments[:1] in ((), ("off",)):
        return None
    key = level.last("proxy_cache_key")
    return Cache(
        pointer=f"{level.path}:{zone.line}",
        key=" ".join(key.arguments) if key else "$scheme$proxy_host$request_uri",
        valid=tuple(status for one, _ in level.every("proxy_cache_valid") for status in _statuses(one.arguments)),
        ignores=tuple(name.lower() for one, _ in level.every("proxy_ignore_headers") for name in one.arguments),
        spares=tuple(
            condition
            for name in ("proxy_no_cache", "proxy_cache_bypass")
            for one, _ in level.every(name)
            for condition in one.arguments
        ),
    )


def _statuses(arguments: Sequence[str]) -> tuple[str, ...]:
    """The statuses that `proxy_cache_valid` names; 200, 301 and 302 where it names only a time."""
    return tuple(arguments[:-1]) or ("200", "301", "302")


def _header_limit(level: _Level) -> Count | None:
    """The longest header line that is read, in octets, where it is set."""
    found = level.last("large_client_header_buffers")
    if found is None or len(found.arguments) != 2:
        return None
    size = re.fullmatch(r"(\d+)([km]?)", found.arguments[1].lower())
    return Count(int(size[1]) * UNITS[size[2]], f"{level.path}:{found.line}") if size else None
