"""When a session began and was last used, kept by the table itself whoever writes: Express, sessile, or a person."""

from sessile.stores.postgres.addition import attached, bearer, definer, named
from sessile.stores.postgres.shape import TableShape
from sessile.stores.postgres.table import TableName

SEEN = "sessile_seen"

COLUMNS = ("created", "last_seen")

SOURCE = """
BEGIN
  NEW.last_seen := now();
  RETURN NEW;
END
"""


def keeps_seen(shape: TableShape) -> bool:
    """Whether the table has both columns and the trigger that keeps them."""
    there = all((column := shape.column(name)) and column.type.startswith("timestamp with time zone") for name in COLUMNS)
    return there and any(trigger.name == SEEN and trigger.enabled for trigger in shape.triggers)


def seen_function(shape: TableShape) -> TableName:
    """The trigger's function."""
    return named(bearer(shape)).beside("seen")


def seen_sql(shape: TableShape) -> tuple[str, str]:
    """The statements that make the function and attach it; they stand in a block of PL/pgSQL."""
    table, function = bearer(shape), seen_function(shape)
    says = "each use of a session is noted in last_seen"
    return definer(function, table.owner, SOURCE), attached(
        named(table), SEEN, function, when="BEFORE UPDATE", each="FOR EACH ROW", remark=says
    )
