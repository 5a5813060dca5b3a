"""The journal: when each session began and how it ended, for thirty days, so that a cookie whose row is gone can be explained.

No id stands in it: of each only the first four characters, and eight bytes of its SHA-256, by which it is found again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sessile.session.id import digest
from sessile.stores.postgres.addition import (
    DEFINER,
    MARK,
    Addition,
    attached,
    bearer,
    block,
    definer,
    disowned,
    literal,
    named,
    owned,
    yes,
)
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.table import TableName

DAYS = 30
"""How long an event is kept."""

SWEPT = 100
"""How many older events a statement that adds events removes at most."""

SWEEP = "sessile_sweep"


class Event(StrEnum):
    """What happened to a session."""

    CREATED = "created"
    REGENERATED = "regenerated"
    ROTATED = "rotated"
    LOGGED_OUT = "logged out"
    REVOKED = "revoked"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one session table, at `table`."""

    table: TableName

    @classmethod
    def of(cls, shape: TableShape) -> "Journal":
        """The journal beside a session table, be it there or not."""
        return cls(named(bearer(shape)).beside("journal"))

    def note(self, event: str, source: str, *, sid: str = "sid", successor: str | None = None) -> str:
        """The statement, to stand in a CTE, that notes an event for each row of `source`, which may be anything after FROM.

        `event` is one of `Event`, or SQL that yields one (`gone.why`, `$4::text`). `sid` and `successor` are SQL, too: the
        session's id, and the id that took its place. It needs the right to INSERT and no other.
        """
        happened = literal(event) if event in set(Event) else event
        digests = _digest(sid), "NULL" if successor is None else _digest(successor)
        return (
            f"INSERT INTO {self.table.qualified} (event, session, digest, successor) "
            f"SELECT {happened}, left(({sid})::text, 4), {', '.join(digests)} FROM {source}"
        )


@dataclass(frozen=True, slots=True)
class Word:
    """One event of a session: when it was, and how long ago by the server's clock.

    `successor` is the last event of the session that took its place, if there is one and it is more than its creation.
    """

    event: str
    at: datetime
    ago: timedelta
    successor: str = ""


def last_words(journal: Journal, session_id: str) -> Statement[tuple[Word, ...]]:
    """What the journal has about a session, the latest first, twenty events at most."""
    return Statement(_LAST_WORDS.format(journal=journal.table.qualified), (digest(session_id),), _words)


def journal_for(shape: TableShape) -> Addition:
    """The journal's table for a session table. Whoever may insert sessions may insert and read events, and cannot change them."""
    table = bearer(shape)
    name, place, owner = named(table), Journal.of(table).table, table.owner
    function, source = place.beside("sweep"), _SWEEP.format(journal=place.qualified, days=DAYS, swept=SWEPT)
    remark = f"events older than {DAYS} days go"
    made = block(
        name.lock,
        owned(
            place,
            owner,
            "at timestamptz NOT NULL DEFAULT now(), id bigint GENERATED ALWAYS AS IDENTITY, event text NOT NULL, "
            "session text NOT NULL, digest bytea NOT NULL, successor bytea, PRIMARY KEY (at, id)",
            f"when sessions began and ended, for {DAYS} days",
            f"CREATE INDEX ON {place.qualified} (digest);",
        ),
        definer(function, owner, source),
        attached(place, SWEEP, function, when="AFTER INSERT", each="FOR EACH STATEMENT", remark=remark),
        _GRANT.format(table=literal(name.qualified), place=literal(place.qualified)),
    )
    dropped = block(name.lock, disowned(place), f"DROP FUNCTION IF EXISTS {function.qualified}();")
    values = (place.qualified, SWEEP, source, MARK + remark)
    return Addition(
        option="journal",
        says="journal",
        means=f"for {DAYS} days it is known when a session began and how it ended",
        sql=made,
        drop=dropped,
        stands=Statement(_STANDS, values, yes),
    )


def _digest(sid: str) -> str:
    return f"substring(sha256(convert_to(({sid})::text, 'UTF8')) for 8)"


def _words(rows: Sequence[Sequence[Any]]) -> tuple[Word, ...]:
    return tuple(Word(event, at, timedelta(seconds=ago), successor or "") for event, at, ago, successor in rows)


_SWEEP = """
BEGIN
  DELETE FROM {journal} WHERE (at, id) IN (
    SELECT at, id FROM {journal} WHERE at < now() - interval '{days} days' ORDER BY at, id LIMIT {swept} FOR UPDATE SKIP LOCKED);
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'sessile: old events stay in the journal: % (%)', SQLERRM, SQLSTATE;
  RETURN NULL;
END
"""

_GRANT = """DECLARE
  holder oid;
BEGIN
  FOR holder IN
    SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl)
    WHERE pg_class.oid = {table}::regclass AND privilege_type = 'INSERT' AND grantee <> relowner
  LOOP
    EXECUTE format('GRANT SELECT, INSERT ON %s TO %s', {place}, CASE holder WHEN 0 THEN 'PUBLIC' ELSE holder::regrole::text END);
  END LOOP;
END;"""

_STANDS = f"""
SELECT EXISTS (
  SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid
  WHERE t.tgrelid = to_regclass($1) AND t.tgname = $2 AND t.tgenabled IN ('O', 'A') AND p.prosrc = $3 AND {DEFINER}
    AND p.proowner = c.relowner AND obj_description(t.oid, 'pg_trigger') = $4
    AND has_table_privilege(c.oid, 'INSERT'))
"""

_LAST_WORDS = """
SELECT j.event, j.at, extract(epoch FROM now() - j.at)::float8, (
    SELECT event FROM {journal} WHERE digest = j.successor AND event <> 'created' ORDER BY at DESC, id DESC LIMIT 1)
FROM {journal} AS j WHERE j.digest = $1 ORDER BY j.at DESC, j.id DESC LIMIT 20
"""
