"""Follows the cookies of Starlette, Flask and Django on the wire: who signed what they hold, and which row they name."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg

from sessile.doctor.evidence import framework_cookie
from sessile.doctor.evidence.cookie import NamedSecret
from sessile.doctor.evidence.cookie_row import TIMEOUTS
from sessile.doctor.facts import Database, Facts, Unknown
from sessile.doctor.facts.cookies import Value
from sessile.doctor.facts.correlation import Correlation, Held, Stored
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.signed_data import SignedData, recognised
from sessile.doctor.why_framework import DjangoRow
from sessile.session.id import masked
from sessile.stores.postgres.address import Address, AddressError

MOST: Final = 200
ABSENT: Final = Unknown("django_session has no row of it: it is kept elsewhere, or has ended")


def correlate(facts: Facts, values: Sequence[Value], secrets: Sequence[NamedSecret], url: str | None) -> tuple[Correlation, ...]:
    """What is known of those of the values that hold a session, or name a row of Django's. Nothing is raised."""
    held = {value: data for value in values if (data := recognised(value.concealed.reveal()))}
    of_sources = (*secrets, *framework_cookie.secrets_in(facts.sources))
    keys = [value for value in values if framework_cookie.is_key(value.concealed.reveal())][-MOST:]
    rows = _rows(facts, keys, of_sources, url)
    return (
        *(_of_held(value, data, of_sources, facts) for value, data in held.items()),
        *(_of_key(value, row) for value, row in rows.items()),
    )


def _of_held(value: Value, data: SignedData, secrets: Sequence[NamedSecret], facts: Facts) -> Correlation:
    examined = framework_cookie.examine_held(None, data, secrets, facts.sources, facts.now)
    ends = data.signed + examined.lifetime if examined.lifetime is not None else None
    row = Held(
        ends=ends.timestamp() * 1000 if ends else None,
        identities=data.identities,
        other_keys=data.keys - len(data.identities),
    )
    return Correlation(value=value, signature=examined.signature, row=row)


def _of_key(value: Value, row: DjangoRow | None) -> Correlation:
    if row is None:
        return Correlation(value=value, signature=Unknown("a key of Django's has no signature"), row=ABSENT)
    stored = Stored(
        expires=row.expires.timestamp() * 1000,
        readable=row.readable,
        identities=("_auth_user_id",) if row.identity else (),
        other_keys=1,
    )
    return Correlation(value=value, masked_id=masked(value.concealed.reveal()), signature=row.signature, row=stored)


def _rows(
    facts: Facts, keys: Sequence[Value], secrets: Sequence[NamedSecret], url: str | None
) -> Mapping[Value, DjangoRow | None]:
    """The row of each key, where there is a table of Django's that this role may read."""
    known = isinstance(facts.database, Database) and any(
        Library.DJANGO.columns <= set(one.columns) for one in facts.database.relations
    )
    if url is None or not keys or not known:
        return {}
    try:
        with psycopg.connect(Address.parse(url).conninfo, connect_timeout=5, prepare_threshold=None) as connection:
            connection.read_only = True
            connection.execute(TIMEOUTS)
            return {value: _row(connection, value, secrets) for value in keys}
    except (psycopg.Error, AddressError):
        return {}


def _row(connection: psycopg.Connection[Any], value: Value, secrets: Sequence[NamedSecret]) -> DjangoRow | None:
    return framework_cookie.row_of(connection, value.concealed.reveal(), secrets)
