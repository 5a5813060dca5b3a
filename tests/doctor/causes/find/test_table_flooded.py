"""A table full of sessions of nobody is a remark, and neither a small one nor a busy one is."""

import pytest

from sessile.doctor.findings import Noted, RuledOut
from tests.doctor.facts_builder import database, facts, judge, rows, table

CAUSE = "find-table-flooded"


def test_a_large_table_of_sessions_without_a_user_is_told_of() -> None:
    known = facts(database(table=table(rows=2_000_000), rows=rows(complete=False, read=5000, of_nobody=4800)))
    found = judge(CAUSE, known)
    assert isinstance(found, Noted)
    assert "2,000,000 rows" in found.evidence[0].says
    assert "4,800" in found.evidence[0].says


@pytest.mark.parametrize(
    ("number", "read", "of_nobody"), [(500, 500, 490), (2_000_000, 5000, 2000)], ids=["a small table", "a busy service"]
)
def test_near_misses(number: int, read: int, of_nobody: int) -> None:
    known = facts(database(table=table(rows=number), rows=rows(complete=False, read=read, of_nobody=of_nobody)))
    assert isinstance(judge(CAUSE, known), RuledOut)
