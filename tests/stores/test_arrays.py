"""What crosses to PostgreSQL as an array arrives as it was, in either form."""

import psycopg
import pytest
from psycopg import RawCursor
from psycopg.pq import Format

from sessile.stores.postgres.arrays import Column, in_binary, in_text, parameters

COLUMNS = [
    ["plain"],
    ["", '"', "\\", "{a,b}", "NULL", None, "ä € 🍪", "two\nlines"],
    [None, None],
    [0, -1, 2**53, 1_800_000_000_000],
]


@pytest.mark.parametrize("column", COLUMNS, ids=str)
class TestAColumn:
    def test_arrives_in_text(self, database: str, column: Column) -> None:
        kind = "bigint" if isinstance(column[0], int) else "text"
        with psycopg.connect(database) as connection:
            assert RawCursor(connection).execute(f"SELECT $1::{kind}[]".encode(), (in_text(column),)).fetchone() == (column,)

    def test_arrives_in_binary(self, database: str, column: Column) -> None:
        kind = "bigint" if isinstance(column[0], int) else "text"
        sql = f"SELECT to_json($1::{kind}[])::text = to_json($2::{kind}[])::text".encode()
        with psycopg.connect(database) as connection:
            values = [in_binary(column, "utf-8"), in_text(column).encode()]
            result = connection.pgconn.exec_params(sql, values, param_formats=[Format.BINARY, Format.TEXT])
            assert (result.error_message, result.get_value(0, 0)) == (b"", b"t")


def test_a_text_that_the_encoding_does_not_have_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        in_binary(["€"], "latin-1")


def test_texts_and_columns_go_side_by_side(database: str) -> None:
    written, formats = parameters(("a text", ["x", None], []), "utf-8")
    with psycopg.connect(database) as connection:
        sql = b"SELECT $1 || cardinality($2::text[]) || cardinality($3::bigint[])"
        result = connection.pgconn.exec_params(sql, written, param_formats=formats)
        assert (result.error_message, result.get_value(0, 0)) == (b"", b"a text20")
