"""What each WHAT of the command line is: a database, a site, a .env file, a log, code, or nothing that can be looked at."""

import re
import shlex
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from io import BufferedReader, FileIO
from pathlib import Path
from typing import BinaryIO

from sessile.doctor import bundle
from sessile.doctor.evidence import deployment, log_rotated
from sessile.doctor.evidence.exchange.address import address_of
from sessile.doctor.evidence.opening import NotEvidence
from sessile.doctor.evidence.project import LANGUAGES, MANIFESTS, holds_code, is_code, is_read_within, languages
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.masking import excerpt
from sessile.stores.postgres.address import QUOTES
from sessile.stores.redis.address import PLAIN, SOCKET, TLS

__all__ = [
    "REDIS_NAMES",
    "Item",
    "Kind",
    "NotEvidence",
    "database_in",
    "from_file",
    "offered",
    "redis_in",
    "sort",
    "standard_input",
]

BEGINNING = 65536
REDIS_NAMES = ("REDIS_URL", "REDIS_TLS_URL", "VALKEY_URL", "UPSTASH_REDIS_URL", "REDISCLOUD_URL", "KV_URL")
"""Variables in which services find their Redis, the usual one first."""
RENDER, RENDER_API = "render:", "https://api.render.com/v1"
_SERVICE_ID = re.compile(r"(?:srv|crn)-[A-Za-z0-9]{4,40}")

_URL = re.compile(
    r"(?:export\s+)?(?:[A-Z][A-Z0-9_]*=)?(?:(?:psql|redis-cli(?:\s+--tls)?(?:\s+-u)?)\s+)?"
    rf"[{QUOTES}]?(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://|(?P<socket>socket:))"
)
_ASSIGNMENT = re.compile(r"\s*(export\s+)?[A-Z_][A-Z0-9_]*\s*=")

_HAR = re.compile(r'\ufeff?\s*\{\s*"log"\s*:\s*\{')
_HAR_NAMES = (".har", ".har.gz", ".zhar")


class Kind(StrEnum):
    """What can be looked at."""

    DATABASE = "database"
    REDIS = "redis"
    ENVIRONMENT = "environment"
    LOG = "log"
    HAR = "har"
    SITE = "site"
    SOURCE = "source"
    DEPLOYMENT = "deployment"
    PLATFORM = "platform"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at.

    `written` is how a command would name it, without a password; `origin` says where a database's URL was found ("" if it was
    given); `stream` is standard input where it is the log, `older` are files of the same log. `url` is a database's, a site's or
    a platform's, `key` the platform's.
    """

    kind: Kind
    written: str
    origin: str = ""
    url: str | None = field(default=None, repr=False)
    path: Path | None = None
    older: tuple[Path, ...] = ()
    stream: BinaryIO | None = field(default=None, repr=False, compare=False)
    key: Concealed | None = None


def sort(words: Sequence[str], environ: Mapping[str, str]) -> tuple[Item, ...]:
    """Sort what was given, in its order, each thing once. Raises NotEvidence for the first word that is nothing to look at."""
    items = [item for word in words for item in _sorted(word, environ)]
    databases = {item.url for item in items if item.kind is Kind.DATABASE}
    if len(databases) > 1:
        raise NotEvidence("two databases were given; sessile looks at one at a time")
    if len({item.url for item in items if item.kind is Kind.REDIS}) > 1:
        raise NotEvidence("two Redis servers were given; sessile looks at one at a time")
    return _once(tuple({(item.kind, item.url, item.path and item.path.resolve()): item for item in items}.values()))


def _once(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Without code that is read with the folder around it: what it proves would stand there twice."""
    code = {item.path.resolve(): item for item in items if item.kind is Kind.SOURCE and item.path}
    inner = {path for path in code for around in code if around in path.parents and is_read_within(path.relative_to(around))}
    return tuple(item for item in items if not (item.kind is Kind.SOURCE and item.path and item.path.resolve() in inner))


def offered(folder: Path, environ: Mapping[str, str]) -> tuple[Item, ...]:
    """What the environment and a folder offer when nothing was given: DATABASE_URL, REDIS_URL, `.env`, `*.log`, a service's code.

    The code counts where a manifest such as package.json lies beside it: a folder of anything is not searched unasked.
    """
    database = database_in(environ)
    code = (_code(folder),) if any((folder / name).is_file() for name in (*MANIFESTS, *LANGUAGES)) else ()
    stores = tuple(one for one in (database, redis_in(environ)) if one)
    return stores + _beside(folder) + code


def database_in(environ: Mapping[str, str]) -> Item | None:
    """The database that DATABASE_URL names, or None."""
    url = environ.get("DATABASE_URL", "").strip()
    return Item(Kind.DATABASE, '"$DATABASE_URL"', "DATABASE_URL", url=url) if url else None


def redis_in(environ: Mapping[str, str]) -> Item | None:
    """The Redis that REDIS_URL names, or another variable that providers set; None where none does."""
    name = next((name for name in REDIS_NAMES if environ.get(name, "").strip()), None)
    return Item(Kind.REDIS, f'"${name}"', name, url=environ[name].strip()) if name else None


def from_file(reference: str) -> str:
    """What `-` (standard input) or `@FILE` holds, without the line end. Raises NotEvidence if it cannot be read or is empty."""
    if reference == "@":
        raise NotEvidence("@ lacks the name of a file: @FILE is meant")
    content = standard_input().read() if reference == "-" else _content(Path(reference[1:]))
    text = content.decode("utf-8", "surrogateescape")
    if not text.strip():
        raise NotEvidence(f"{'standard input' if reference == '-' else reference[1:]} is empty")
    return text.removesuffix("\n").removesuffix("\r")


@cache
def standard_input() -> BufferedReader:
    """Standard input as bytes, by its number: Python's own is text, and missing where it was closed."""
    try:
        return BufferedReader(FileIO(0, closefd=False))
    except OSError as error:
        raise NotEvidence("standard input is closed: nothing can be read from -") from error


def _sorted(word: str, environ: Mapping[str, str]) -> tuple[Item, ...]:
    if not word.strip():
        raise NotEvidence("an empty argument was given: is the variable set that it comes from, such as DATABASE_URL?")
    if word == "-":
        beginning = standard_input().peek(BEGINNING)
        if not beginning.strip():
            raise NotEvidence("standard input is empty")
        if _is_one_url(beginning):
            return (_at_url(from_file(word).strip(), word, environ),)
        kind = Kind.HAR if _HAR.match(_text(beginning)) else Kind.LOG
        return (Item(kind, word, stream=standard_input()),)
    if word.startswith("@"):
        text = from_file(word).strip()
        return (_at_url(text, word, environ),) if _is_one_url(text.encode("utf-8", "replace")) else _at(Path(word[1:]), word[1:])
    if word.startswith(RENDER):
        return (_platform(word, environ),)
    if _URL.match(word.strip()):
        return (_at_url(word.strip(), None, environ),)
    return _at(Path(word), word)


def _platform(word: str, environ: Mapping[str, str]) -> Item:
    """A service at Render, of which its API tells with the key of the environment."""
    service_id, key = word.removeprefix(RENDER), environ.get("RENDER_API_KEY", "").strip()
    if not _SERVICE_ID.fullmatch(service_id):
        raise NotEvidence("render: needs the ID of a service, srv-...: it is in the dashboard's address")
    if not key or not key.isascii() or not key.isprintable():
        raise NotEvidence(f"{word} needs a key: make one in Render's account settings, and set RENDER_API_KEY to it")
    base = environ.get("RENDER_API_URL", RENDER_API).rstrip("/")
    return Item(Kind.PLATFORM, word, url=f"{base}/services/{service_id}", key=Concealed(key))


def _is_one_url(content: bytes) -> bool:
    text = content[:BEGINNING].decode("utf-8", "replace").strip()
    return bool(_URL.match(text)) and len(text.split()) == 1


def _at_url(url: str, written: str | None, environ: Mapping[str, str]) -> Item:
    found = _URL.match(url)
    scheme = (found["scheme"] or "postgresql").lower() if found else ""
    return _site(url) if scheme in ("http", "https") else _database(url, scheme, written, environ)


def _site(url: str) -> Item:
    address = address_of(url)
    if address is None or not url.isprintable() or " " in url:
        raise NotEvidence("a site's URL was given that is none: https://example.com is meant")
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise NotEvidence("a site was given with a name and a password in its URL, which browsers do not send: leave them out")
    return Item(Kind.SITE, shlex.quote(str(address)), url=url)


def _database(url: str, scheme: str, written: str | None, environ: Mapping[str, str]) -> Item:
    if scheme in PLAIN + TLS + SOCKET:
        return Item(Kind.REDIS, written or _variable(url, environ, REDIS_NAMES[0]), written or "", url=url)
    if not scheme.startswith(("postgres", "pgsql")):
        raise NotEvidence(f"a {scheme}:// URL was given: a PostgreSQL one is meant, postgresql://user:password@host:5432/name")
    return Item(Kind.DATABASE, written or _variable(url, environ), written or "", url=url)


def _variable(url: str, environ: Mapping[str, str], usual: str = "DATABASE_URL") -> str:
    """The variable that the URL came from, as the shell writes it: a command that is printed never holds the URL itself."""
    holding = [name for name, value in environ.items() if value.strip() == url]
    name = usual if usual in holding or not holding else holding[0]
    return f'"${name}"'


def _at(path: Path, word: str) -> tuple[Item, ...]:
    if not _exists(path):
        shown = "what was given" if "@" in word else excerpt(word, 80)  # the rest of a URL, with its password
        raise NotEvidence(
            f"{shown} is no file, and no URL: give a postgres:// or redis:// URL, a .env file, a log or a folder of code"
        )
    if not path.is_dir():
        return (Item(_kind(path), shlex.quote(word), path=path),)
    if found := (*_beside(path), *((_code(path),) if holds_code(path) or languages(path) else ())):
        return found
    raise NotEvidence(
        f"the folder {excerpt(word, 80)} holds no .env, no *.log, no deployment file and no code: name the file to look at"
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with NUL in it
        return False


def _code(path: Path) -> Item:
    return Item(Kind.SOURCE, shlex.quote(str(path)), path=path)


def _beside(folder: Path) -> tuple[Item, ...]:
    environment = [path for path in (folder / ".env",) if path.is_file()]
    logs = [Item(Kind.LOG, shlex.quote(str(path)), path=path, older=tuple(older)) for *older, path in log_rotated.logs_in(folder)]
    return (
        *(Item(Kind.ENVIRONMENT, shlex.quote(str(path)), path=path) for path in environment),
        *logs,
        *(Item(Kind.DEPLOYMENT, shlex.quote(str(path)), path=path) for path in deployment.in_folder(folder)),
    )


def _kind(path: Path) -> Kind:
    name = path.name.lower()
    if name.endswith(_HAR_NAMES):
        return Kind.HAR
    if is_code(name):
        return Kind.SOURCE
    if path.is_file() and bundle.recognised(path):
        return Kind.BUNDLE
    if deployment.recognised(path):
        return Kind.DEPLOYMENT
    if name == ".env" or name.startswith(".env.") or name.endswith(".env"):
        return Kind.ENVIRONMENT
    return _kind_of_content(path)


def _kind_of_content(path: Path) -> Kind:
    """By its beginning; what cannot be read, or only once (a pipe), is left to the reader of logs."""
    try:
        beginning = _beginning(path) if path.is_file() else ""
    except OSError:
        return Kind.LOG
    if _HAR.match(beginning):
        return Kind.HAR
    if (path.suffix in ("", ".conf") or "sites-" in str(path.parent)) and deployment.is_nginx(beginning):
        return Kind.DEPLOYMENT
    lines = [line for line in beginning.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    assignments = sum(bool(_ASSIGNMENT.match(line)) for line in lines)
    return Kind.ENVIRONMENT if lines and assignments > 0.8 * len(lines) else Kind.LOG


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        return _text(file.read(BEGINNING))


def _text(beginning: bytes) -> str:
    return beginning.decode("utf-16" if beginning.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8", "replace")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise NotEvidence(f"cannot read {excerpt(str(path), 80)}: {why.lower()}") from error
