"""Reads .env files and the process's own environment, and keeps of their secrets only fingerprints, lengths and flaws."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sessile.doctor.evidence import dotenv
from sessile.doctor.evidence.flaws import flaws
from sessile.doctor.evidence.sorting import NotEvidence
from sessile.doctor.facts.environment import Dialect, Environment, Reading, Secret
from sessile.doctor.masking import mask
from sessile.session.keyring import fingerprint
from sessile.stores.postgres.address import Address, AddressError

SIGNING_NAMES = (
    "SESSION_SECRET", "EXPRESS_SESSION_SECRET", "SESSION_SECRET_KEY", "SESSION_KEY", "COOKIE_SECRET", "SECRET_KEY",
    "FLASK_SECRET_KEY", "DJANGO_SECRET_KEY", "AUTH_SECRET", "APP_SECRET", "SECRET",
)  # fmt: skip
"""Names under which services keep the one secret that signs sessions, the likeliest first."""

SECRET_NAMES = (
    "SESSION_SECRET", "SESSION_SECRETS", "SESSION_SECRET_FILE", "SESSION_SECRET_PREVIOUS",
    *(name + suffix for name in SIGNING_NAMES[1:] for suffix in ("", "_PREVIOUS")),
)  # fmt: skip
"""All names of secrets: those that sign, a list divided by commas, a file, and those that only verify."""

LIMIT = 256 * 1024
"""The size in bytes above which a file is no .env file."""

_SERVICE = re.compile(
    r"""DATABASE_URL | PORT | NODE_ENV | REDIS_URL | PG(?:HOST|DATABASE|USER) | CORS_ORIGIN | (?:SESSION|COOKIE)_\w+
      | (?:FLASK|DJANGO|RENDER|FLY|RAILWAY|HEROKU|VERCEL|KUBERNETES|DYNO|ECS|K_SERVICE)\w*""",
    re.VERBOSE,
)
_EXAMPLE = re.compile(r"[._-](?:example|sample|template|dist|defaults?)(?:$|[._-])", re.IGNORECASE)

_WORD = re.compile(r"true|false|yes|no|on|off|auto|lax|strict|none|production|development|test|staging|\d{1,15}|", re.IGNORECASE)
_DOMAIN = re.compile(r"COOKIE_?DOMAIN|DOMAIN_?COOKIE|SESSION_?DOMAIN", re.IGNORECASE)
_SPACED = re.compile(r"\s,|,\s")
_ADDRESS = re.compile(r"(?:https?://)?[\w.-]{1,253}(?::\d{1,5})?/?")
_PRIVATE = re.compile(r"SECRET|PASSWORD|PASSWD|TOKEN|KEY|PIN|CODE|SALT|USER|PHONE", re.IGNORECASE)

Values = Mapping[Dialect, str]
Variables = Mapping[str, tuple[Values, str]]
"""Every variable's value as each reader sees it, and where it stands."""


def collect(path: str | Path) -> Environment:
    """What a .env file gives, as each reader of such files sees it.

    Raises OSError if it cannot be read, and NotEvidence if it is no .env file: UTF-16, binary, or too large.
    """
    path = Path(path)
    seen = dotenv.read(content(path))
    names = list(dict.fromkeys(name for assignments in seen.values() for name in assignments))
    variables = {name: _as_read(name, seen, path) for name in names}
    secrets = _secrets(variables, path.parent, seen)
    return _environment(str(path), variables, secrets, service_like=_configures(names) and not _EXAMPLE.search(path.name))


def from_variables(variables: Variables, source: str) -> Environment:
    """What variables give that stand elsewhere than in a .env file: each name with its value and the place where it stands."""
    return _environment(source, variables, _secrets(variables, Path(), [Dialect.PROCESS]), service_like=True)


def from_process(environ: Mapping[str, str]) -> Environment:
    """What a process's own environment gives."""
    variables = {name: ({Dialect.PROCESS: value}, f"${name}") for name, value in environ.items()}
    secrets = _secrets(variables, Path(), [Dialect.PROCESS])
    beyond_the_database = [name for name in environ if name != "DATABASE_URL" and _SERVICE.fullmatch(name)]
    service_like = bool(secrets) or ("DATABASE_URL" in environ and bool(beyond_the_database))
    return _environment("environment", variables, secrets, service_like=service_like)


def _environment(source: str, variables: Variables, secrets: tuple[Secret, ...], *, service_like: bool) -> Environment:
    url = _value(variables, "DATABASE_URL")
    return Environment(
        source=source,
        secrets=secrets,
        names=tuple(variables),
        empty=tuple(name for name in SECRET_NAMES if name in variables and not any(variables[name][0].values())),
        lookalikes=tuple(name for name in variables if _resembles_secret(name)),
        database_address=_address(url.strip("'\"")) if url else None,
        database_quoted=bool(url) and url != url.strip("'\""),
        node_env=mask(_value(variables, "NODE_ENV")) or None,
        service_like=service_like,
        spaced=tuple(name for name in variables if _PRIVATE.search(name) and _SPACED.search(_value(variables, name).strip())),
        words={name: value for name in variables if (value := _word(name, _value(variables, name))) is not None},
    )


def _word(name: str, value: str) -> str | None:
    """The value of a variable that is a switch, a number or a cookie's Domain, and no secret, or None."""
    bare = value.strip().strip("'\"")
    if _DOMAIN.search(name) and _ADDRESS.fullmatch(bare):
        return bare
    return bare if not _PRIVATE.search(name) and _WORD.fullmatch(bare) else None


def content(path: Path) -> bytes:
    """A file of secrets as it stands. Raises OSError if it cannot be read, and NotEvidence if it cannot hold secrets."""
    with path.open("rb") as file:
        found = file.read(LIMIT + 1)
    if found.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotEvidence(f"{path} is in UTF-16, which no reader of .env files understands: save it as UTF-8")
    if b"\0" in found:
        raise NotEvidence(f"{path} is no .env file: it is not text")
    if len(found) > LIMIT:
        raise NotEvidence(f"{path} is no .env file: it is larger than {LIMIT // 1024} KiB")
    return found


def _as_read(name: str, seen: Mapping[Dialect, Mapping[str, dotenv.Assignment]], path: Path) -> tuple[Values, str]:
    found = {dialect: assignments[name] for dialect, assignments in seen.items() if name in assignments}
    line = next(iter(found.values())).line
    return {dialect: assignment.value for dialect, assignment in found.items()}, f"{path}:{line}"


def _value(variables: Variables, name: str) -> str:
    """The value as the first reader sees it: docker, which keeps the quotes of a file, comes last."""
    values, _ = variables.get(name, ({}, ""))
    return next(iter(values.values()), "")


def _secrets(variables: Variables, folder: Path, readers: Iterable[Dialect]) -> tuple[Secret, ...]:
    found = []
    for name in SECRET_NAMES:
        if name not in variables:
            continue
        values, pointer = variables[name]
        if name.endswith("_FILE"):
            found += _from_file(name, folder / next(iter(values.values())), readers)
        elif name.endswith("SECRETS"):
            found += [_secret(name, pointer, item, ()) for item in _items(values)]
        else:
            found.append(_secret(name, pointer, values, readers))
    return tuple(secret for secret in found if secret.readings)


def _from_file(name: str, path: Path, readers: Iterable[Dialect]) -> list[Secret]:
    try:
        text = content(path).decode("utf-8", "surrogateescape")
    except (OSError, NotEvidence):
        return []
    return [_secret(name, str(path), dict.fromkeys(readers, text), ())]


def _items(values: Values) -> list[Values]:
    """The items of a list divided by commas, each as every reader sees it."""
    lists = {dialect: [item.strip() for item in value.split(",") if item.strip()] for dialect, value in values.items()}
    longest = max(map(len, lists.values()), default=0)
    return [{d: items[index] for d, items in lists.items() if index < len(items)} for index in range(longest)]


def _secret(name: str, pointer: str, values: Values, readers: Iterable[Dialect]) -> Secret:
    if not any(values.values()):
        return Secret(name, pointer, ())
    found = flaws(values, frozenset(readers) - values.keys())
    return Secret(
        name,
        pointer,
        tuple(Reading(dialect, _fingerprint(value), len(value), len(set(value))) for dialect, value in values.items()),
        tuple(found),
        tuple((flaw, _fingerprint(bare)) for flaw, bare in found.items() if bare),
    )


def _fingerprint(value: str) -> str:
    return fingerprint(value.encode("utf-8", "surrogateescape"))


def _address(url: str) -> str | None:
    """Host, port and name of a database URL."""
    try:
        address = Address.parse(url)
    except AddressError:
        return None
    return f"{address.host or 'localhost'}:{address.port}/{address.database}"


def _configures(names: Iterable[str]) -> bool:
    return any(_SERVICE.fullmatch(name) or name in SECRET_NAMES or _resembles_secret(name) for name in names)


def _resembles_secret(name: str) -> bool:
    """Whether a name is a secret's but for a slip: its case, its underscores, or a letter or two."""
    if name in SECRET_NAMES or name.upper().endswith("SECURE"):
        return False
    plain = _plain(name)
    return any(_distance(plain, _plain(known)) <= slips for known, slips in _SLIPS.items())


_SLIPS = {"SESSION_SECRET": 2, "COOKIE_SECRET": 1, "SECRET_KEY": 1}


def _plain(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def _distance(left: str, right: str) -> int:
    """How many letters were left out, put in, changed or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        two_before, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other)))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                row[j] = min(row[j], two_before[j - 2] + 1)
    return row[-1]
