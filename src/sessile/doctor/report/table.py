"""The session table in words: its shape, who may use it, and each defect with the command that fixes it."""

from collections.abc import Iterator, Sequence

from sessile.doctor.fixes import Applied, Plan
from sessile.doctor.report.commands import VARIABLE
from sessile.doctor.report.fix import live, write_steps
from sessile.doctor.report.page import Page
from sessile.stores.postgres.addition import Addition
from sessile.stores.postgres.shape import Column, Index, Kind, Persistence, TableShape
from sessile.stores.postgres.table import Defect, TableName

KINDS = {
    Kind.TABLE: "table",
    Kind.PARTITIONED: "partitioned table",
    Kind.VIEW: "view",
    Kind.MATERIALIZED_VIEW: "materialized view",
    Kind.FOREIGN_TABLE: "foreign table",
}
PERSISTENCE = {Persistence.LOGGED: "", Persistence.UNLOGGED: "unlogged ", Persistence.TEMPORARY: "temporary "}
PAGE_SIZE = 8192


def write(page: Page, table: TableShape, user: str, defects: Sequence[Defect], database: str) -> None:
    """Write the shape as the connected role sees it, then what is wrong with it; `database` is how commands name the database."""
    page.paragraph((table.qualified, "bold"), f" is {_kind(table)} of {table.owner}, {_size(table)}", indent=0)
    width = max(len(word) for word, _ in _lines(table, user))
    page.line()
    for word, text in _lines(table, user):
        page.paragraph(text, lead=(f"{word:<{width}}  ", "dim"))
    write_defects(page, table, defects, database)


def write_defects(page: Page, table: TableShape, defects: Sequence[Defect], database: str) -> None:
    """Write each defect and its command, or that there is none."""
    page.line()
    if not defects:
        page.paragraph(
            f"Sessions can live in {table.qualified}, those of Express and those of sessile.", indent=0, lead=_ok(page)
        )
    for defect in defects:
        page.paragraph((defect.says, "bold"), indent=0, lead=(f"{page.glyphs.broken} ", "bold red"))
        page.command(defect.command.replace(VARIABLE, database), "a plan; --apply does it", indent=2)


def write_additions(page: Page, name: TableName, standing: Sequence[tuple[Addition, bool]], database: str) -> None:
    """Write what stands beside the table, and the command that creates what does not."""
    for addition, stands in standing:
        if stands:
            page.paragraph(f"{name.qualified} has the {addition.says}: {addition.means}.", indent=0, lead=_ok(page))
            continue
        says = f"{name.qualified} lacks this version's {addition.says}, by which {addition.means}."
        page.paragraph((says, "bold"), indent=0, lead=(f"{page.glyphs.broken} ", "bold red"))
        page.command(f"sessile table --{addition.option} --create {database}", indent=2)


def write_reshaping(page: Page, plan: Plan, command: str) -> None:
    """Write a plan that gives the table more than Express needs; `command` is what was typed, to apply it with."""
    write_steps(page, plan, f"table {plan.table}")
    page.heading("Nothing was changed")
    page.paragraph(("No live session is lost.", "green"))
    page.command(f"{command} --apply", "does it")
    page.command(f"{command} --undo", "takes it back")


def write_reshaped(page: Page, applied: Applied, undo: str) -> None:
    """Write that it was done, and how to take it back."""
    page.line()
    page.paragraph((f"{applied.table} has it now{live(applied)}", "bold"), indent=0, lead=_ok(page))
    page.command(undo, "takes it back", indent=2)


def write_dropped(page: Page, name: TableName, dropped: Sequence[Addition]) -> None:
    """Write what is not there any more."""
    for addition in dropped:
        page.paragraph(f"{name.qualified} has no {addition.says} any more.", indent=0, lead=_ok(page))


def _ok(page: Page) -> tuple[str, str]:
    return f"{page.glyphs.ok} ", "bold green"


def _kind(table: TableShape) -> str:
    kind = PERSISTENCE[table.persistence] + KINDS[table.kind]
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _size(table: TableShape) -> str:
    rows = "never analysed" if table.rows < 0 else f"about {table.rows:,} rows"
    return f"{rows}, {table.pages * PAGE_SIZE / 1_000_000:,.1f} MB"


def _lines(table: TableShape, user: str) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        yield f"column {column.name}", _column(column)
    for index in table.indexes:
        yield f"index {index.name}", _index(index)
    for trigger in table.triggers:
        yield f"trigger {trigger.name}", trigger.definition
    missing = table.rights.missing
    lacks = ", ".join((*missing, *(() if table.rights.usage else (f"USAGE on schema {table.schema}",))))
    yield f"role {user}", f"lacks {lacks}" if lacks else "may select, insert, update and delete"
    if table.row_security_enabled:
        yield "row security", "applies to this role" if table.row_security else "is on, but not for this role"


def _column(column: Column) -> str:
    needs = ", not null" if column.not_null else ""
    return f"{column.type}{needs}" + (f", default {column.default}" if column.default else "")


def _index(index: Index) -> str:
    kind = "primary key" if index.primary else "unique" if index.unique else "plain"
    flaws = [
        word
        for word, there in (
            ("invalid", not index.valid),
            ("deferrable", not index.immediate),
            ("partial", index.partial),
            ("on an expression", index.expression),
        )
        if there
    ]
    return f"{kind} ({', '.join(index.columns)})" + (f", {', '.join(flaws)}" if flaws else "")
