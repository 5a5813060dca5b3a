"""Pruning in words: what would go, and what went."""

from collections.abc import Mapping
from typing import Any

from sessile.doctor.report.page import Page
from sessile.stores.postgres.prune import Pruned


def document(table: str, done: Pruned) -> Mapping[str, Any]:
    """The same for other tools; seconds."""
    return {
        "table": table,
        "deleted": done.rows,
        "batches": done.batches,
        "seconds": round(done.seconds, 3),
        "another_pruner_at_work": done.busy,
    }


def write(page: Page, *, table: str, done: Pruned) -> None:
    """Write how many rows went."""
    page.paragraph(f"Expired rows of {table} deleted: {done.rows:,}, in {done.seconds:.1f} s.", indent=0)
    if done.busy:
        page.paragraph("Another pruner is at work on this table; the rest was left to it.", indent=0)


def write_due(page: Page, *, table: str, rows: int) -> None:
    """Write how many rows would go."""
    page.paragraph(f"Expired rows of {table} that would be deleted: {rows:,}.", indent=0)
