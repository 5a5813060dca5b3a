"""Looks at one cookie of Starlette, Flask or Django: tries the secrets on it, and looks up Django's row."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from sessile.doctor.evidence.cookie import NamedSecret, variants
from sessile.doctor.evidence.cookie_row import TIMEOUTS
from sessile.doctor.evidence.refusal import said
from sessile.doctor.facts.concealed import Concealed
from sessile.doctor.facts.correlation import Signature, Unsigned
from sessile.doctor.facts.evidence import Unknown
from sessile.doctor.facts.source import Framework, Literal, Part, Source
from sessile.doctor.masking import excerpt
from sessile.doctor.signed_data import Maker, SignedData, StoredData, recognised, stored
from sessile.doctor.why_framework import DjangoKey, DjangoRow, Held
from sessile.session.id import masked
from sessile.session.keyring import fingerprint
from sessile.session.strength import KNOWN
from sessile.stores.postgres.address import Address

_HEADER = re.compile(r"\s*(?:set-)?cookie\s*:\s*", re.IGNORECASE)
_KEY = re.compile(r"[a-z0-9]{32}")
_ROW = (
    "SELECT session_data, expire_date, extract(epoch FROM expire_date - now())::float8 FROM django_session WHERE session_key = %s"
)
AGES = {
    Maker.STARLETTE: (("max_age",), (Framework.STARLETTE, Framework.FASTAPI)),
    Maker.FLASK: (("PERMANENT_SESSION_LIFETIME",), (Framework.FLASK,)),
    Maker.DJANGO: (("SESSION_COOKIE_AGE",), (Framework.DJANGO,)),
}
SECRETS = ("secret_key", "SECRET_KEY")


def held(text: str) -> tuple[str | None, SignedData] | None:
    """The name and the parts of the first cookie in a pasted text that holds its data; None where there is none."""
    return next(((name, found) for name, value in _pairs(text) if (found := recognised(value))), None)


def key(text: str) -> tuple[str | None, str] | None:
    """The name and the value of a cookie that looks like the key of a row of Django's; None where none does."""
    pairs = [(name, value) for name, value in _pairs(text) if _KEY.fullmatch(value)]
    named = [pair for pair in pairs if pair[0] and "sess" in pair[0].lower()]
    return next(iter(named or [pair for pair in pairs if pair[0] is None]), None)


def examine_held(
    name: str | None, data: SignedData, secrets: Sequence[NamedSecret], sources: Sequence[Source], now: datetime | None = None
) -> Held:
    """Which secret signed it, and how long its framework accepts it."""
    lifetime, says = _lifetime(data.maker, sources)
    return Held(
        name=name,
        data=data,
        signature=_signed(data.signed_by, secrets),
        lifetime=lifetime,
        lifetime_from=says,
        now=now or datetime.now(UTC),
    )


def examine_key(name: str | None, value: str, secrets: Sequence[NamedSecret], url: str | None) -> DjangoKey:
    """The row of a key of Django's, by a read-only transaction that gives up after seconds."""
    row = _look_up(value, secrets, url) if url else Unknown("no database was given")
    return DjangoKey(name=name, masked_key=masked(value), row=row)


def secrets_in(sources: Sequence[Source]) -> tuple[NamedSecret, ...]:
    """Every secret that is written in the source."""
    return tuple(
        NamedSecret(f"{setting.name} ({setting.place})", setting.value.value.reveal())
        for source in sources
        for step in source.of(Part.SESSION)
        for setting in step.settings
        if setting.name in SECRETS and isinstance(setting.value, Literal) and isinstance(setting.value.value, Concealed)
    )


def _pairs(text: str) -> list[tuple[str | None, str]]:
    bare = _HEADER.sub("", text.strip(), count=1).strip()
    if recognised(bare) or _KEY.fullmatch(bare):
        return [(None, bare)]
    parts = (part.partition("=") for part in bare.split(";"))
    return [(name.strip(), value.strip()) for name, equals, value in parts if equals]


def _signed(signed_by: Callable[[str], bool], secrets: Sequence[NamedSecret]) -> Signature | Unsigned | Unknown:
    for secret in secrets:
        for variant, value in variants(secret.value):
            if signed_by(value):
                return Signature(secret.where, _fingerprint(value), variant)
    for value in sorted(KNOWN):
        if signed_by(value):
            return Signature("a default that everybody knows", _fingerprint(value), known_default=bool(secrets))
    if not secrets:
        return Unknown("no secret was given: name the service's .env or its code, or --secret @FILE")
    return Unsigned(tuple(dict.fromkeys(secret.place for secret in secrets)))


def _fingerprint(value: str) -> str:
    return fingerprint(value.encode("utf-8", "surrogateescape"))


def _lifetime(maker: Maker, sources: Sequence[Source]) -> tuple[timedelta | None, str]:
    names, frameworks = AGES[maker]
    for source in sources:
        for step in source.of(Part.SESSION) if source.framework in frameworks else ():
            for setting in (setting for setting in step.settings if setting.name in names):
                if isinstance(setting.value, Literal) and isinstance(setting.value.value, int | float):
                    return timedelta(seconds=setting.value.value), f"{setting.name}, {setting.place}"
                if isinstance(setting.value, Literal) and setting.value.value is None:
                    return None, f"{setting.name}, {setting.place}"
    return maker.lifetime, f"{maker}'s default"


def _look_up(value: str, secrets: Sequence[NamedSecret], url: str) -> DjangoRow | Unknown | None:
    try:
        with psycopg.connect(Address.parse(url).conninfo, connect_timeout=5, prepare_threshold=None) as connection:
            connection.read_only = True
            connection.execute(TIMEOUTS)
            return row_of(connection, value, secrets)
    except psycopg.Error as error:
        return Unknown(f"the row could not be looked up: {excerpt(said(error))}")


def is_key(value: str) -> bool:
    """Whether a value looks like the key of a row of Django's."""
    return _KEY.fullmatch(value) is not None


def row_of(connection: psycopg.Connection[Any], value: str, secrets: Sequence[NamedSecret]) -> DjangoRow | None:
    """The row of a key of Django's, None where there is none. Raises psycopg.Error."""
    found = connection.execute(_ROW, (value,)).fetchone()
    return _row(value, found[0], found[1], found[2], secrets) if found else None


def _row(value: str, text: str, expires: datetime, left: float, secrets: Sequence[NamedSecret]) -> DjangoRow:
    data = stored(text)
    return DjangoRow(
        masked_key=masked(value),
        expires=expires,
        left=timedelta(seconds=left),
        signature=_signed(data.signed_by, secrets) if data else Unknown("the row's data has no signature that could be read"),
        readable=data is not None,
        identity=data is not None and bool(data.data.get("_auth_user_id")),
        backend=_backend(data),
    )


def _backend(data: StoredData | None) -> str:
    found = data.data.get("_auth_user_backend") if data else None
    return excerpt(found, 120) if isinstance(found, str) else ""
