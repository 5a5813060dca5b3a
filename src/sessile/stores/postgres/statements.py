"""What the store says to PostgreSQL: statements as data, for an asynchronous and a synchronous executor alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sessile.errors import StoreError, StoreRefused
from sessile.session.store import Answer, Create, Delete, Load, Replace, Stored, Touch, Update, Want

Row = Sequence[Any]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Query(Generic[Result]):
    """One statement: SQL with `$1` parameters, their values, and how to read the rows it returns.

    `writes` tells that a lost answer leaves it unknown whether the statement took effect.
    """

    sql: str
    values: tuple[Any, ...]
    read: Callable[[Sequence[Row]], Result]
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements for one table. Times cross as epoch milliseconds and meet `expire` in a stated zone, never the
    connection's.
    """

    load: str
    create: str
    update: str
    touch: str
    delete: str
    replace: str

    @classmethod
    def of(cls, table: str, *, sess_type: str, expire_type: str, zone: str) -> "Statements":
        """Write them for a table (quoted name) and its columns' types; `zone` is the one in which a zoneless `expire` was
        written.
        """
        literal = "'" + zone.replace("'", "''") + "'"
        zoneless = "without" in expire_type
        read = f"expire AT TIME ZONE {literal}" if zoneless else "expire"
        milliseconds = (
            f"CASE WHEN expire IS NULL THEN 0 ELSE (extract(epoch FROM least({read}, '9999-01-01')) * 1000)::bigint END"
        )

        def moment(parameter: str) -> str:
            """Whole seconds, rounded up, as connect-pg-simple stores them."""
            instant = f"to_timestamp(ceil({parameter}::bigint / 1000.0))"
            return f"({instant} AT TIME ZONE {literal})" if zoneless else instant

        sess = sess_type.partition("(")[0]
        return cls(
            load=f"SELECT sid::text, sess::text, {milliseconds} FROM {table} WHERE sid = ANY($1) ORDER BY expire NULLS FIRST",
            create=f"INSERT INTO {table} (sid, sess, expire) VALUES ($1, $2::{sess}, {moment('$3')}) RETURNING sess::text",
            update=f"UPDATE {table} SET sess = $2::{sess}, expire = {moment('$3')} "
            "WHERE sid = $1 AND sess::text = $4::text RETURNING sess::text",
            touch=f"UPDATE {table} SET expire = greatest(expire, {moment('$2')}) WHERE sid = $1 RETURNING true",
            delete=f"DELETE FROM {table} WHERE sid = $1 RETURNING true",
            replace=f"WITH gone AS (DELETE FROM {table} WHERE sid = $1) "
            f"INSERT INTO {table} (sid, sess, expire) VALUES ($2, $3::{sess}, {moment('$4')}) RETURNING sess::text",
        )

    def lookup(self, session_ids: Sequence[str]) -> Query[Mapping[str, Stored] | StoreError]:
        """The statement that finds many rows at once; of several rows of one id the one that expires last."""
        return Query(self.load, (list(session_ids),), _stored, writes=False)

    def query(self, want: Want) -> Query[Answer | StoreError]:
        """The statement for one want other than a look-up."""
        match want:
            case Load():
                raise ValueError("look-ups go together: see `lookup`")
            case Create(id, text, expires):
                return Query(self.create, (id, text, expires), _inserted)
            case Update(id, text, expires, was):
                return Query(self.update, (id, text, expires, was), _text)
            case Touch(id, expires):
                return Query(self.touch, (id, expires), bool, writes=False)
            case Delete(id):
                return Query(self.delete, (id,), bool, writes=False)
            case Replace(old, id, text, expires):
                return Query(self.replace, (old, id, text, expires), _inserted)


def _stored(rows: Sequence[Row]) -> Mapping[str, Stored]:
    return {session_id: Stored(text, expires) for session_id, text, expires in rows}


def _text(rows: Sequence[Row]) -> str | None:
    return rows[0][0] if rows else None


def _inserted(rows: Sequence[Row]) -> str | StoreRefused:
    """A trigger or a rule can make an INSERT succeed and store nothing."""
    return (
        rows[0][0]
        if rows
        else StoreRefused("the INSERT was accepted and stored no row: a trigger or a rule on the table swallows it")
    )
