"""Looks into the session tables of other libraries: how many sessions live there, who signed them, what can be read."""

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from sessile.doctor.evidence.cookie import NamedSecret
from sessile.doctor.evidence.cookie_row import TIMEOUTS
from sessile.doctor.facts import Database, Facts
from sessile.doctor.facts.database import Relation
from sessile.doctor.facts.other_tables import Library, OtherTable
from sessile.doctor.masking import excerpt
from sessile.doctor.signed_data import stored
from sessile.stores.postgres.address import Address, AddressError
from sessile.stores.postgres.shape import quoted

MOST_TABLES = 4
SAMPLE = 200
FORMATS = (b"\x80", b"{", b"}", b"(")
"""How data of Flask-Session begins: pickle and MessagePack's small maps (0x80 to 0x8f), JSON, older pickles."""

_COUNTS = """
SELECT count(*), count(*) FILTER (WHERE {expiry}::timestamptz > now()), count(*) FILTER (WHERE {expiry} IS NULL),
  (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
   WHERE a.attrelid = '{table}'::regclass AND a.attname = '{column}')
FROM (SELECT {expiry} FROM {table} LIMIT 100000) AS rows
"""
_DJANGO = "SELECT session_data FROM {table} WHERE expire_date > now() ORDER BY expire_date DESC LIMIT {sample}"
_FLASK = "SELECT substring(data FROM 1 FOR 1) FROM {table} ORDER BY id DESC LIMIT {sample}"


def collect(facts: Facts, url: str | None, secrets: Sequence[NamedSecret]) -> tuple[OtherTable, ...]:
    """Every such table, as far as this role may read it; a table that it may not read is left out. Nothing is raised."""
    if url is None or not isinstance(facts.database, Database) or facts.database.failure:
        return ()
    found = list(_known(facts.database.relations))[:MOST_TABLES]
    try:
        with psycopg.connect(Address.parse(url).conninfo, connect_timeout=5, prepare_threshold=None) as connection:
            connection.read_only = True
            connection.execute(TIMEOUTS)
            there = tuple(_looked_into(connection, found, secrets))
            return there or tuple(_gone(connection))
    except (psycopg.Error, AddressError):
        return ()


def _known(relations: Sequence[Relation]) -> Iterator[tuple[Library, Relation]]:
    for relation in relations:
        library = next((one for one in Library if one.columns <= set(relation.columns)), None)
        if library:
            yield library, relation


def _looked_into(
    connection: psycopg.Connection[Any], found: Sequence[tuple[Library, Relation]], secrets: Sequence[NamedSecret]
) -> Iterator[OtherTable]:
    for library, relation in found:
        try:
            with connection.transaction():
                yield _table(connection, library, f"{quoted(relation.schema)}.{quoted(relation.name)}", secrets)
        except psycopg.Error:
            continue  # a table that this role may not read, or that went meanwhile, tells nothing


def _gone(connection: psycopg.Connection[Any]) -> Iterator[OtherTable]:
    """Django's table, where its migrations say that they created it, and it is nowhere in sight."""
    migrations = "SELECT to_regclass('django_migrations') IS NOT NULL AND to_regclass('django_session') IS NULL"
    if connection.execute(migrations.encode()).fetchone() == (True,):
        done = connection.execute(b"SELECT count(*) FROM django_migrations WHERE app = 'sessions'").fetchone()
        if done and done[0]:
            yield OtherTable(library=Library.DJANGO, name="django_migrations", expiry_type="", rows=0, live=0, gone=True)


def _table(connection: psycopg.Connection[Any], library: Library, name: str, secrets: Sequence[NamedSecret]) -> OtherTable:
    counts = _COUNTS.format(table=name.replace("'", "''"), expiry=quoted(library.expiry), column=library.expiry)
    rows, live, endless, expiry_type = connection.execute(counts.encode()).fetchone() or (0, 0, 0, "")
    seen: dict[str, Any] = {}
    if library is Library.DJANGO:
        sample = connection.execute(_DJANGO.format(table=name, sample=SAMPLE).encode()).fetchall()
        seen = _of_django([text for (text,) in sample], secrets)
    elif library is Library.FLASK_SESSION:
        sample = connection.execute(_FLASK.format(table=name, sample=SAMPLE).encode()).fetchall()
        seen = {"sampled": len(sample), "unreadable": sum(not _begins_well(data) for (data,) in sample)}
    return OtherTable(library=library, name=name, expiry_type=expiry_type, rows=rows, live=live, endless=endless, **seen)


def _of_django(sample: Sequence[str], secrets: Sequence[NamedSecret]) -> dict[str, Any]:
    data = [stored(text) for text in sample]
    readable = [one for one in data if one]
    backends = {one.data.get("_auth_user_backend") for one in readable}
    return {
        "sampled": len(data),
        "unreadable": len(data) - len(readable),
        "signed": sum(any(one.signed_by(secret.value) for secret in secrets) for one in readable),
        "tried": tuple(dict.fromkeys(secret.place for secret in secrets)),
        "backends": tuple(sorted(excerpt(backend, 120) for backend in backends if isinstance(backend, str))),
    }


def _begins_well(data: object) -> bool:
    octets = bytes(data) if isinstance(data, bytes | memoryview) else str(data).encode()
    return not octets or octets[0] in range(0x80, 0x90) or octets[:1] in FORMATS or octets[0] in (0xDE, 0xDF)
