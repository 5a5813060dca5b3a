"""Looks at one cookie: takes it apart however it was pasted, tries the secrets on it, and looks up its row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from sessile.doctor.case import Arrival, Case, Row
from sessile.doctor.evidence import dotenv, environment
from sessile.doctor.evidence.cookie_row import look_up, look_up_in_redis
from sessile.doctor.evidence.flaws import unquoted
from sessile.doctor.facts.correlation import Signature, Unsigned
from sessile.doctor.facts.evidence import Unknown
from sessile.session.cookie import SIGNED_PREFIX
from sessile.session.id import acceptable
from sessile.session.keyring import Keyring, fingerprint
from sessile.session.presented import decoded
from sessile.session.strength import KNOWN

SIGNATURE_LENGTH = 43
SHORTEST_CUT, LONGEST_CUT = 8, 128

_EXPANDED = re.compile(r"\$(?:\w+|\{[^}]*\})?")
_HEADER = re.compile(r"\s*(?:set-)?cookie\s*:\s*", re.IGNORECASE)
_NAMED = re.compile(r"\s*[!#$%&'*+\-.^_`|~0-9A-Za-z]+=")
_ENCODED_AGAIN = re.compile(r"s%(?:25)*3A", re.IGNORECASE)


class NotACookie(ValueError):
    """A text that holds no cookie; the message is one line that says what to give."""


@dataclass(frozen=True, slots=True)
class NamedSecret:
    """One value that may have signed: where it stands (`SESSION_SECRET (.env:3)`), and who reads it so if others do not."""

    place: str
    value: str = field(repr=False)
    reader: str = ""

    @property
    def where(self) -> str:
        """The place, and the reader where readers differ."""
        return f"{self.place} as read by {self.reader}" if self.reader else self.place


def arrivals(text: str) -> tuple[Arrival, ...]:
    """Every different session cookie in a pasted text: a value, `name=value`, or a whole Cookie header, in order.

    Raises NotACookie if there is none.
    """
    bare = _HEADER.sub("", text.strip(), count=1).strip()
    if not bare:
        raise NotACookie("the cookie is empty: give its value, name=value, or the Cookie header")
    if not _NAMED.match(bare):
        return (_arrival(None, bare, 1),)
    pairs = [(name.strip(), value.strip()) for name, equals, value in (p.partition("=") for p in bare.split(";")) if equals]
    signed = [name for name, value in pairs if _looks_signed(value)]
    if not signed and len(pairs) > 1:
        raise NotACookie(f"none of the {len(pairs)} cookies looks like a session (s:...): give the one named like connect.sid")
    name = signed[0] if signed else pairs[0][0]
    values = dict.fromkeys(value for other, value in pairs if other == name)
    return tuple(_arrival(name, value, number) for number, value in enumerate(values, 1))


def holds_signed(text: str) -> bool:
    """Whether a pasted text holds a cookie of the form s:id.signature, however it was encoded."""
    bare = _HEADER.sub("", text.strip(), count=1)
    return any(_looks_signed(part.partition("=")[2].strip() or part.strip()) for part in bare.split(";"))


def examine(
    arrivals: Sequence[Arrival],
    secrets: Sequence[NamedSecret],
    url: str | None,
    table: str | None,
    redis_url: str | None = None,
) -> Case:
    """Verify the cookies, and look up the row of the first that verifies, else of the first: in the table, then in Redis."""
    signatures = [verify(arrival, secrets) for arrival in arrivals]
    good = next((number for number, found in enumerate(signatures) if isinstance(found, Signature)), 0)
    row = look_up(arrivals[good], url, table) if url else Unknown("no database was given")
    if redis_url and not isinstance(row, Row):
        in_redis = look_up_in_redis(arrivals[good], redis_url)
        row = in_redis if isinstance(row, Unknown) or isinstance(in_redis, Row) else row
    return Case(arrival=arrivals[good], signature=signatures[good], row=row, first=arrivals[0] if good else None)


def verify(arrival: Arrival, secrets: Sequence[NamedSecret]) -> Signature | Unsigned | Unknown:
    """Which secret signed it: as it stands, in a spelling that some reader would see, or a default that everybody knows."""
    if arrival.signed is None:
        return Unknown("there is no signature to check")
    for secret in secrets:
        for variant, value in variants(secret.value):
            if found := _signed_by(arrival.signed, value):
                return Signature(secret.where, found, variant)
    for value in sorted(KNOWN):
        if found := _signed_by(arrival.signed, value):
            return Signature("a default that everybody knows", found, known_default=bool(secrets))
    if not secrets:
        return Unknown("no secret was given: name the service's .env, or --secret @FILE")
    return Unsigned(tuple(dict.fromkeys(secret.place for secret in secrets)))


def secrets_in_file(path: Path) -> tuple[NamedSecret, ...]:
    """Every session secret of a .env file, in each spelling that one of its readers sees. Raises OSError or ValueError."""
    with path.open("rb") as file:
        readings = dotenv.read(file.read(environment.LIMIT))
    found: dict[tuple[str, str], NamedSecret] = {}
    for dialect, variables in readings.items():
        for name in environment.SECRET_NAMES:
            if name in variables:
                place = f"{name} ({path}:{variables[name].line})"
                for value in _values(name, variables[name].value, path.parent):
                    differs = any(known == place for known, _ in found)
                    found.setdefault((place, value), NamedSecret(place, value, dialect if differs else ""))
    return tuple(found.values())


def secrets_in_process(environ: Mapping[str, str]) -> tuple[NamedSecret, ...]:
    """Every session secret of this process's environment."""
    return tuple(
        NamedSecret(f"${name}", value)
        for name in environment.SECRET_NAMES
        if name in environ
        for value in _values(name, environ[name], Path())
    )


def _arrival(name: str | None, raw: str, number: int) -> Arrival:
    value, remark = decoded(raw), ""
    damage = ""
    if _ENCODED_AGAIN.match(value):
        damage = "it is percent-encoded twice, so Express does not see its s: (decoded again for what follows)"
        while _ENCODED_AGAIN.match(value):
            value = unquote(value)
    prefixed = value.startswith(SIGNED_PREFIX)
    session_id, dot, signature = value.removeprefix(SIGNED_PREFIX).rpartition(".")
    if not damage and " " in signature:
        signature = signature.replace(" ", "+")
        damage = "its + became spaces on the way: something decoded it as a form (put back for what follows)"
    if not damage and prefixed and len(signature) != SIGNATURE_LENGTH:
        damage = _length(signature, dot)
    if raw != value and prefixed and not damage:
        remark = "it has the form s:id.signature, once decoded"
    usable = bool(session_id) and acceptable(session_id)
    return Arrival(
        name=name,
        session_id=session_id if usable else None,
        signed=f"{session_id}.{signature}" if usable else None,
        damage=damage,
        remark=remark,
        prefixed=prefixed,
        number=number,
    )


def _length(signature: str, dot: str) -> str:
    if not dot:
        return "it has no dot, so no signature: it was cut, or is not a signed cookie"
    if len(signature) < SIGNATURE_LENGTH:
        return f"its signature has {len(signature)} characters of {SIGNATURE_LENGTH}: it was cut"
    return f"its signature has {len(signature)} characters instead of {SIGNATURE_LENGTH}: something was appended"


def _looks_signed(value: str) -> bool:
    return decoded(value).startswith(SIGNED_PREFIX) or bool(_ENCODED_AGAIN.match(decoded(value)))


def variants(value: str) -> Iterator[tuple[str, str]]:
    """A secret as it stands, and in each spelling that some reader of it would see, in words."""
    yield "", value
    for variant, other in (
        ("without the white space around it", value.strip()),
        ("without its quotes", unquoted(value.strip())),
        ("with a line break at its end", f"{value}\n"),
        ("with a carriage return at its end", f"{value}\r"),
        ("cut at its #", value.partition("#")[0].rstrip()),
        ("cut at its blank", value.strip().partition(" ")[0]),
        ("without what a shell expands in it", _EXPANDED.sub("", value)),
        ("in double quotes", f'"{value}"'),
        ("in single quotes", f"'{value}'"),
        ("with a blank at its end", f"{value} "),
    ):
        if other and other != value:
            yield variant, other
    for length in range(min(len(value), LONGEST_CUT) - 1, SHORTEST_CUT - 1, -1):
        yield f"cut after {length} of its {len(value)} characters", value[:length]


def _signed_by(signed: str, secret: str) -> str | None:
    value = secret.encode("utf-8", "surrogateescape")
    return fingerprint(value) if value and Keyring([value], allow_weak=True).verify(signed) else None


def _values(name: str, value: str, folder: Path) -> tuple[str, ...]:
    if name.endswith("_FILE"):
        path = folder / value
        text = path.read_text("utf-8", "surrogateescape") if path.is_file() else ""
        return tuple(dict.fromkeys(one for one in (text, text.strip()) if one))
    several = [item.strip() for item in value.split(",")] if name.endswith("SECRETS") else [value]
    return tuple(one for one in several if one)
