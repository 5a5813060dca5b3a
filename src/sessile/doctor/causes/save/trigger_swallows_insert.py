"""A trigger on the session table swallows the INSERT, so no login is saved and nothing is said.

Symptom: login answers 200 with Set-Cookie, the next request is 401; no row, and no error anywhere.
Evidence: the login's own INSERT reports no row (sessile says so in its log); pg_trigger holds a BEFORE INSERT trigger, whose
    function returns NULL.
Tell apart: a rule in its place is loud (0A000). A store that shares a connection with the application's own transaction loses
    rows without an error, too, but then no trigger is there.
Fix: mend the trigger's function, or disable the trigger.
"""

import re

from sessile.doctor import stopping
from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Course, Sign
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Experiment
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import Trigger
from sessile.stores.postgres.triggers import NAMES

ENTRIES = ("trigger-swallows-insert",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Disable the trigger, then mend its function so that it returns NEW",
    """psql "$DATABASE_URL" -c 'ALTER TABLE session DISABLE TRIGGER trigger_name'""",
)
LINKS = {"login, then 401": Level.ALWAYS, "save errors": Level.RARELY}

SIGN = Sign((), text="stored no row: a trigger or a rule", course=Course.WRITING)


def judge(facts: Facts) -> Finding:
    table, met = sight.table(facts), signs.judge(facts, SIGN)
    if isinstance(table, Unseen):
        return met or table
    if isinstance(table, RuledOut):
        return table
    others = [trigger for trigger in table.triggers if trigger.enabled and trigger.name not in NAMES]
    suspects = [trigger for trigger in others if _stands_before(trigger)]
    shown = tuple(Evidence(f"{one.name}: {one.definition}", "postgres", f"pg_trigger {one.name}") for one in suspects)
    names = ", ".join(trigger.name for trigger in suspects) or "Something"
    title = f"{names} swallows the INSERT into {table.qualified}"
    tried = sight.experiment(facts)
    if isinstance(tried, Experiment):
        swallowed = Evidence("the login's INSERT succeeded and inserted no row", "experiment", "statement 'save', rolled back")
        save = tried.step("save")
        lost = save is not None and save.failure is None and not save.rows
        return Confirmed((swallowed, *shown), title) if lost else RuledOut("a login's INSERT is not swallowed")
    if isinstance(met, Confirmed):
        return Confirmed((*met.evidence, *shown), title, met.certainty)
    if loud := [error for log in facts.logs for error in stopping.suffered(log, facts)]:
        return RuledOut(f"what it swallows is lost without an error, and the log has {loud[0].code or 'one'}")
    return Undecided(shown) if suspects else RuledOut(f"{table.qualified} has no trigger before INSERT")


def _stands_before(trigger: Trigger) -> bool:
    return re.search(r"\b(BEFORE|INSTEAD OF)\b.*\bINSERT\b.* ON ", trigger.definition, re.IGNORECASE) is not None
