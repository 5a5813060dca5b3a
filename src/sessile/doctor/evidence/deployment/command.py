"""What a start command does: the server it starts, with how many processes, the secrets it makes up, the tables it drops."""

import re
import shlex
from collections.abc import Iterator, Sequence

from sessile.doctor.evidence.environment import SECRET_NAMES
from sessile.doctor.facts.deployment import Command, Count, Effect
from sessile.doctor.masking import excerpt

SERVERS = (
    "gunicorn",
    "uvicorn",
    "hypercorn",
    "granian",
    "daphne",
    "waitress-serve",
    "uwsgi",
    "fastapi",
    "flask",
    "node",
    "pm2",
    "next",
)
WRAPPERS = frozenset(
    {"exec", "poetry", "uv", "pipenv", "pdm", "run", "npx", "python", "python3", "-m", "env", "time", "dumb-init", "tini", "--"}
)

_RANDOM = (
    r"openssl\s+rand|/dev/u?random|uuidgen|\$RANDOM|secrets\.token|token_(?:hex|urlsafe)|randomBytes|pwgen|mktemp|date\s+\+"
    r"|sessile\s+secret"
)
_NAMES = "|".join(sorted(SECRET_NAMES, key=len, reverse=True))
_MADE_UP = re.compile(rf"""\b(?P<name>{_NAMES})=["']?(?:\$\([^)]*(?:{_RANDOM})|`[^`]*(?:{_RANDOM})|\$RANDOM)""")
_UNLESS_SET = re.compile(r"\$\{\w+:-[^}]*\$\(")
_TABLES, _UNKNOWN, _MAY = "drops tables", "drops tables that the schema does not know", "may drop tables"
_DROPS = (
    (re.compile(r"\bprisma\s+migrate\s+reset\b"), "drops the whole database"),
    (re.compile(r"\bprisma\s+db\s+push\b.*--(?:accept-data-loss|force-reset)\b"), _UNKNOWN),
    (re.compile(r"\bdrizzle-kit\s+push\b.*--force\b"), _UNKNOWN),
    (re.compile(r"\bmanage\.py\s+(?:flush|reset_db|sqlflush)\b"), "empties every table"),
    (re.compile(r"\bflask\s+(?:db\s+downgrade|drop-db|init-db)\b"), _MAY),
    (re.compile(r"\b(?:sequelize\s+db:(?:drop|migrate:undo:all)|typeorm\s+schema:drop|knex\s+migrate:rollback)\b"), _TABLES),
    (re.compile(r"\b(?:drop|truncate)\s+(?:table|schema|database)\b", re.IGNORECASE), "drops or empties tables"),
    (re.compile(r"\bdropdb\b"), "drops the whole database"),
    (re.compile(r"\bredis-cli\b.*\bflush(?:all|db)\b", re.IGNORECASE), "empties Redis"),
)  # fmt: skip
_SEPARATOR = re.compile(r"&&|\|\||;|\n|\|")


def read(text: str, pointer: str, *, concurrency: Count | None = None) -> Command:
    """What a command line does. `concurrency` is what WEB_CONCURRENCY holds where it runs, None if that is not known."""
    server, workers, preloads = "", None, False
    for words in _parts(text):
        program, arguments = _program(words)
        if program in SERVERS:
            server, workers = program, _workers(program, arguments, pointer) or _by_concurrency(program, concurrency)
            preloads = "--preload" in arguments or "--preload-app" in arguments
    return Command(
        pointer=pointer,
        server=server,
        workers=workers,
        preloads=preloads,
        secrets=tuple(made_up(text, pointer)),
        drops=tuple(
            Effect(f"`{excerpt(found[0].strip(), 80)}` {what}", pointer, what not in (_UNKNOWN, _MAY))
            for known, what in _DROPS
            if (found := known.search(text))
        ),
    )


def made_up(text: str, pointer: str) -> Iterator[Effect]:
    """The secrets that a command line makes up; one that is kept where it is set already is none."""
    if not _UNLESS_SET.search(text):
        yield from (Effect(found["name"], pointer) for found in _MADE_UP.finditer(text))


def _parts(text: str) -> Iterator[list[str]]:
    for part in _SEPARATOR.split(text):
        try:
            words = shlex.split(part)
        except ValueError:
            words = part.split()
        if len(words) > 2 and words[0].rsplit("/", 1)[-1] in ("sh", "bash") and words[1].lstrip("-") in ("c", "lc"):
            yield from _parts(words[2])
        elif words:
            yield words


def _program(words: Sequence[str]) -> tuple[str, list[str]]:
    """The program that a simple command starts, by its last name, and its arguments."""
    for number, word in enumerate(words):
        name = word.rsplit("/", 1)[-1]
        if name not in WRAPPERS and "=" not in word:
            return name, list(words[number + 1 :])
    return "", []


def _workers(program: str, arguments: Sequence[str], pointer: str) -> Count | None:
    names = (
        ("-i", "--instances") if program == "pm2" else ("--workers", "--processes", "-w", "-p" if program == "uwsgi" else "-w")
    )
    for number, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            value = value if equals else next(iter(arguments[number + 1 :]), "")
        elif word.startswith("-w") and program != "pm2":
            value = word[2:]
        else:
            continue
        found = re.fullmatch(r"(\d{1,4})|\$\{\w+:-(\d{1,4})\}", value)
        return Count(int(found[1] or found[2]), pointer) if found else None
    return None


def _by_concurrency(program: str, concurrency: Count | None) -> Count | None:
    return concurrency if program in ("gunicorn", "uvicorn") else None
