"""What the causes about a key on sid share: the errors they show, and the indexes that come near one."""

from sessile.doctor.causes.signs import Course, Sign
from sessile.stores.postgres.shape import Index, TableShape

NO_ARBITER = Sign(("42P10",), text="no unique or exclusion constraint matching", course=Course.WRITING)
DEFERRABLE = Sign(("55000",), only="deferrable unique constraints", course=Course.WRITING)


def near_misses(table: TableShape) -> tuple[Index, ...]:
    """The unique indexes that speak of sid without making it unique on its own."""
    return tuple(
        index
        for index in table.indexes
        if index.unique and not index.enforces("sid") and ("sid" in index.columns or index.expression)
    )


def unusable(table: TableShape) -> tuple[Index, ...]:
    """The unique indexes on exactly (sid) of a table where ON CONFLICT can use none."""
    return () if table.arbiter else tuple(index for index in table.indexes if index.enforces("sid"))
