"""The figures over the rows of a table, for the tests."""

from sessile.doctor.facts.database import Rows
from tests.doctor.evidence.session_table import look

HOUR = 3600.0
DAY = 86400.0


def rows_of(url: str, **options: object) -> Rows:
    rows = look(url, **options).rows
    assert isinstance(rows, Rows), rows
    return rows
