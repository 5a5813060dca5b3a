"""A fix told to a person: the plan before anything is touched, the steps while they are done, and what came of it."""

from sessile.doctor.fixes import Applied, Plan, StepDone, Unfixable
from sessile.doctor.report.page import Page


def write_plan(page: Page, plan: Plan, command: str) -> None:
    """Write each step with its reason, SQL and lock; `command` is what was typed, to apply it with."""
    write_steps(page, plan, f"cause {plan.cause}, table {plan.table}{_rows(plan)}")
    page.heading("Nothing was changed")
    page.paragraph(("Loses sessions.", "bold red") if plan.loses_sessions else ("No live session is lost.", "green"))
    page.command(f"{command} --apply", "does it, then diagnoses again")
    page.command(f"{command} --undo", "takes it back")


def write_steps(page: Page, plan: Plan, aside: str) -> None:
    """Write what a plan comes to, and each of its steps."""
    page.paragraph((plan.summary[:1].upper() + plan.summary[1:], "bold"), indent=0)
    page.paragraph((aside, "dim"), indent=0)
    for number, step in enumerate(plan.steps, 1):
        page.line()
        page.paragraph((step.why, "bold"), indent=0, lead=f"{number}. ")
        for line in step.sql.splitlines():
            page.line("   ", (line, "cyan"))
        page.paragraph((f"lock: {step.lock}", "dim"), indent=3)


def write_unfixable(page: Page, unfixable: Unfixable, command: str | None) -> None:
    """Write why there is no plan, and what people can do instead."""
    page.paragraph((f"No plan for {unfixable.cause}: {unfixable.reason}", "bold"), indent=0)
    if unfixable.instead:
        page.paragraph(unfixable.instead)
    if command:
        page.command(command)
    for line in (unfixable.sql or "").splitlines():
        page.line("    ", (line, "cyan"))


def write_step(page: Page, step: StepDone, *, undone: bool = False) -> None:
    """Write one step that was done, or taken back."""
    tries = f", {step.tries} tries" if step.tries > 1 else ""
    took = "nothing to do" if step.skipped else f"{step.seconds:.1f} s{tries}"
    lead = f"{page.glyphs.ok} {step.number}/{step.of} {'taken back: ' if undone else ''}"
    page.paragraph(step.why, (f"  ({took})", "dim"), indent=0, lead=(lead, "green"))


def write_applied(page: Page, applied: Applied, *, gone: bool, undo: str) -> None:
    """Write whether the cause is gone, how many live sessions there were and are, and how to take it back."""
    result = f"{applied.cause} is gone" if gone else f"{applied.cause} is still there"
    lead = (f"{page.glyphs.ok} ", "bold green") if gone else (f"{page.glyphs.broken} ", "bold red")
    page.line()
    page.paragraph((f"{result}{live(applied)}", "bold"), indent=0, lead=lead)
    if applied.moved:
        page.paragraph(f"{applied.moved:,} rows were moved aside into {applied.keepsake}", indent=2)
    if applied.changed:
        page.command(undo, "takes it back", indent=2)


def live(applied: Applied) -> str:
    """The count of live sessions before and after, where it could be made."""
    if applied.live_before is None or applied.live_after is None:
        return ""
    return f"; {applied.live_before:,} live sessions before, {applied.live_after:,} after"


def _rows(plan: Plan) -> str:
    if not plan.rows_kept or plan.rows_removed is None:
        return ""
    return f": {plan.rows_kept:,} rows stay, {plan.rows_removed:,} are moved aside"
