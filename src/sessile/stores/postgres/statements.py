"""What the store says to PostgreSQL: statements as data, for an asynchronous and a synchronous executor alike."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sessile.errors import StoreError, StoreRefused
from sessile.session.store import Answer, Create, Delete, Load, Replace, Rotate, Stored, Touch, Update, Want
from sessile.stores.postgres.arrays import Column
from sessile.stores.postgres.catalog import Statement
from sessile.stores.postgres.layout import Layout

Row = Sequence[Any]
Answers = Sequence[Answer | StoreError]

SWALLOWED = "the INSERT was accepted and stored no row: a trigger or a rule on the table swallows it"


@dataclass(frozen=True, slots=True)
class Query:
    """One statement for one or more wants: SQL with `$1` parameters, their values (text, or a column), and how to read an answer
    for each want from the rows it returns.

    `repeatable` tells that running it twice does no more than running it once, so that it may be tried again when its answer
    was lost.
    """

    sql: bytes
    values: tuple[Any, ...] = field(repr=False)
    read: Callable[[Sequence[Row]], Answers]
    repeatable: bool


def collecting(statement: Statement[Any], rows: list[Row]) -> Query:
    """A statement that may be repeated as a query; its rows are put into the list."""

    def read(answered: Sequence[Row]) -> Answers:
        rows.extend(answered)
        return ()

    return Query(statement.sql.encode(), statement.values, read, repeatable=True)


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements for one table, each for any number of rows. Times cross as epoch milliseconds and meet `expire` in a stated
    zone, never the connection's.

    Whoever changes several rows locks them in the order of their ids first, so that no two statements ever wait for each other.
    `verbatim`: the column keeps a text as it was written, as `json` does and `jsonb` does not.
    """

    load: bytes
    create: bytes
    update: bytes
    touch: bytes
    delete: bytes
    replace: bytes
    rotate: bytes
    verbatim: bool

    @classmethod
    def of(cls, layout: Layout) -> "Statements":
        """Write them for a table as it is. A journal gets its entry in the statement that it tells of."""
        table, journal, sess = layout.table, layout.journal, layout.sess_type.partition("(")[0]
        verbatim = sess == "json"
        now_stored = "s.sid::text" if verbatim else "s.sid::text, s.sess::text"

        def moment(column: str) -> str:
            """Whole seconds, rounded up, as connect-pg-simple stores them."""
            return layout.moment(f"to_timestamp(ceil({column} / 1000.0))")

        def noted(event: str, source: str, successor: str | None = None, *, name: str = "noted") -> str:
            return f", {name} AS ({journal.note(event, source, successor=successor)})" if journal else ""

        def statement(ctes: str, final: str) -> bytes:
            return f"{ctes} {final}".encode()

        insert = f"INSERT INTO {table} (sid, sess, expire)"
        made = "RETURNING sid::text AS sid, sess::text AS sess"
        removed = f"DELETE FROM {table} AS s USING n JOIN locked ON locked.sid = n.sid WHERE s.sid = n.sid AND"

        def locked(columns: int = 1) -> str:
            """The rows of the ids in the first parameters."""
            ids = " || ".join(f"${number}::text[]" for number in range(1, columns + 1))
            return f"locked AS (SELECT sid FROM {table} WHERE sid = ANY ({ids}) ORDER BY sid FOR UPDATE)"

        return cls(
            load=f"SELECT s.sid::text, s.sess::text, {layout.milliseconds} FROM {table} AS s WHERE s.sid = ANY ($1::text[]) "
            "ORDER BY s.expire NULLS FIRST".encode(),
            create=statement(
                f"WITH made AS ({insert} SELECT n.sid, n.sess::{sess}, {moment('n.expires')} "
                f"FROM {_rows('sid text', 'sess text', 'expires bigint')} {made}){noted('created', 'made')}",
                "SELECT sid, sess FROM made",
            ),
            update=statement(
                f"WITH {locked()}",
                f"UPDATE {table} AS s SET sess = n.sess::{sess}, expire = {moment('n.expires')} "
                f"FROM {_rows('sid text', 'sess text', 'expires bigint', 'was text')} JOIN locked ON locked.sid = n.sid "
                f"WHERE s.sid = n.sid AND s.sess::text = n.was RETURNING {now_stored}",
            ),
            touch=statement(
                f"WITH {locked()}",
                f"UPDATE {table} AS s SET expire = greatest(s.expire, {moment('n.expires')}) "
                f"FROM {_rows('sid text', 'expires bigint')} JOIN locked ON locked.sid = n.sid "
                "WHERE s.sid = n.sid RETURNING s.sid::text",
            ),
            delete=statement(
                f"WITH n AS (SELECT * FROM {_rows('sid text', 'alias text', 'was text', 'why text')}), {locked(2)}, "
                f"gone AS ({removed} (n.was IS NULL OR s.sess::text = n.was) RETURNING n.sid, n.alias, n.why), "
                f"aliases AS (DELETE FROM {table} AS s USING gone WHERE s.sid = gone.alias){noted('gone.why', 'gone')}",
                "SELECT sid FROM gone",
            ),
            replace=statement(
                "WITH n AS (SELECT * FROM "
                f"{_rows('sid text', 'alias text', 'id text', 'sess text', 'expires bigint', 'was text')}), {locked(2)}, "
                f"gone AS ({removed} (n.was IS NULL OR s.sess::text = n.was) RETURNING n.sid, n.alias, n.id), "
                f"aliases AS (DELETE FROM {table} AS s USING gone WHERE s.sid = gone.alias), "
                f"made AS ({insert} SELECT n.id, n.sess::{sess}, {moment('n.expires')} FROM n "
                f"WHERE n.was IS NULL OR n.sid IN (SELECT sid FROM gone) {made})"
                f"{noted('regenerated', 'gone', 'gone.id')}{noted('created', 'made', name='begun')}",
                "SELECT sid, sess FROM made",
            ),
            rotate=statement(
                f"WITH {locked()}, alias AS (UPDATE {table} AS s SET sess = n.alias::{sess}, expire = {moment('n.until')} "
                f"FROM {_rows('sid text', 'id text', 'sess text', 'expires bigint', 'was text', 'alias text', 'until bigint')} "
                "JOIN locked ON locked.sid = n.sid WHERE s.sid = n.sid AND s.sess::text = n.was "
                "RETURNING s.sid::text AS sid, n.id, n.sess, n.expires), "
                f"made AS ({insert} SELECT alias.id, alias.sess::{sess}, {moment('alias.expires')} FROM alias {made})"
                f"{noted('rotated', 'alias', 'alias.id')}",
                "SELECT sid, sess FROM made",
            ),
            verbatim=verbatim,
        )

    def query(self, wants: Sequence[Want]) -> Query:
        """The statement for some wants of one kind. A write holds each row at most once."""
        match wants[0]:
            case Load():
                ids = list(dict.fromkeys([want.id for want in wants]))
                return Query(self.load, (ids,), _loaded(wants), repeatable=True)
            case Create():
                return Query(self.create, _columns(wants, "id", "text", "expires"), _inserted(wants), repeatable=False)
            case Update():
                read = _kept(wants) if self.verbatim else _texts(wants)
                return Query(self.update, _columns(wants, "id", "text", "expires", "was"), read, repeatable=False)
            case Touch():
                return Query(self.touch, _columns(wants, "id", "expires"), _there(wants), repeatable=True)
            case Delete():
                return Query(self.delete, _columns(wants, "id", "alias", "was", "why"), _there(wants), repeatable=True)
            case Replace():
                values = _columns(wants, "old", "alias", "id", "text", "expires", "was")
                return Query(self.replace, values, _replaced(wants), repeatable=False)
            case Rotate():
                values = _columns(wants, "old", "id", "text", "expires", "was", "alias_text", "alias_expires")
                return Query(self.rotate, values, _texts(wants), repeatable=False)


def _rows(*columns: str) -> str:
    """The parameters as a table `n`, each parameter an array that holds one column."""
    names, types = zip(*(column.split(" ") for column in columns), strict=True)
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
    return f"unnest({arrays}) AS n ({', '.join(names)})"


def _columns(wants: Sequence[Want], *names: str) -> tuple[Column, ...]:
    return tuple([getattr(want, name) for want in wants] for name in names)


def _loaded(wants: Sequence[Want]) -> Callable[[Sequence[Row]], Answers]:
    """Of several rows of one id the one that expires last."""

    def read(rows: Sequence[Row]) -> Answers:
        found = {session_id: Stored(text, expires) for session_id, text, expires in rows}
        return [found.get(want.id) for want in wants]

    return read


def _texts(wants: Sequence[Want]) -> Callable[[Sequence[Row]], Answers]:
    def read(rows: Sequence[Row]) -> Answers:
        texts = {row[0]: row[1] for row in rows}
        return [texts.get(session_id) for session_id in _ids(wants)]

    return read


def _kept(wants: Sequence[Want]) -> Callable[[Sequence[Row]], Answers]:
    """Of the rows that were changed, the texts that were sent."""

    def read(rows: Sequence[Row]) -> Answers:
        ids = {row[0] for row in rows}
        return [want.text if isinstance(want, Update) and want.id in ids else None for want in wants]

    return read


def _there(wants: Sequence[Want]) -> Callable[[Sequence[Row]], Answers]:
    def read(rows: Sequence[Row]) -> Answers:
        ids = {row[0] for row in rows}
        return [session_id in ids for session_id in _ids(wants)]

    return read


def _inserted(wants: Sequence[Want]) -> Callable[[Sequence[Row]], Answers]:
    """A trigger or a rule can make an INSERT succeed and store nothing."""

    def read(rows: Sequence[Row]) -> Answers:
        texts = {row[0]: row[1] for row in rows}
        return [texts.get(session_id) or StoreRefused(SWALLOWED) for session_id in _ids(wants)]

    return read


def _replaced(wants: Sequence[Want]) -> Callable[[Sequence[Row]], Answers]:
    """Without a row, the old one did not hold what it was to hold, where that was a condition."""
    inserted = _inserted(wants)

    def read(rows: Sequence[Row]) -> Answers:
        conditional = [isinstance(want, Replace) and want.was is not None for want in wants]
        return [
            None if given and isinstance(answer, StoreRefused) else answer
            for given, answer in zip(conditional, inserted(rows), strict=True)
        ]

    return read


def _ids(wants: Sequence[Want]) -> Iterator[str]:
    return (want.id for want in wants)
