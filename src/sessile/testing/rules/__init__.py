"""The rules of the contract."""

from sessile.testing.contract import Rule
from sessile.testing.rules import callers, content, exchange, rows

KEEPING: tuple[Rule, ...] = (rows.an_expired_row_is_told_from_a_missing_one,)
"""For stores that keep what has expired for a while."""

RULES: tuple[Rule, ...] = (*rows.RULES, *exchange.RULES, *content.RULES, *callers.RULES)
