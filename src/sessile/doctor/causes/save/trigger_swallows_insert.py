"""A trigger on the session table swallows the INSERT, so no login is saved and nothing is said.

Symptom: login answers 200 with Set-Cookie, the next request is 401; no row, and no error anywhere.
Evidence: the login's own INSERT reports no row; pg_trigger holds a BEFORE INSERT trigger, whose function returns NULL.
Tell apart: a rule in its place is loud (0A000). A store that shares a connection with the application's own transaction loses
    rows without an error, too, but then no trigger is there.
Fix: mend the trigger's function, or disable the trigger.
"""

import re

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Experiment
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided
from sessile.stores.postgres.shape import TableShape, Trigger

ENTRIES = ("trigger-swallows-insert",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Disable the trigger, then mend its function so that it returns NEW",
    """psql "$DATABASE_URL" -c 'ALTER TABLE session DISABLE TRIGGER trigger_name'""",
)
LINKS = {"login, then 401": Level.ALWAYS, "save errors": Level.NEVER}


def judge(facts: Facts) -> Finding:
    table = sight.table(facts)
    if not isinstance(table, TableShape):
        return table
    tried = sight.experiment(facts)
    suspects = [trigger for trigger in table.triggers if trigger.enabled and _stands_before(trigger)]
    shown = tuple(Evidence(f"{one.name}: {one.definition}", "postgres", f"pg_trigger {one.name}") for one in suspects)
    if not isinstance(tried, Experiment):
        return Undecided(shown) if suspects else RuledOut(f"{table.qualified} has no trigger before INSERT")
    save = tried.step("save")
    if save is None or save.failure or save.rows:
        return RuledOut("a login's INSERT is not swallowed")
    swallowed = Evidence("the login's INSERT succeeded and inserted no row", "experiment", "statement 'save', rolled back")
    names = ", ".join(trigger.name for trigger in suspects) or "something"
    return Confirmed((swallowed, *shown), f"{names} swallows the INSERT into {table.qualified}")


def _stands_before(trigger: Trigger) -> bool:
    return re.search(r"\b(BEFORE|INSTEAD OF)\b.*\bINSERT\b.* ON ", trigger.definition, re.IGNORECASE) is not None
