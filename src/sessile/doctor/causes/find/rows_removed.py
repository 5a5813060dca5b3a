"""The rows of live sessions were removed from the table.

Symptom: everybody is logged out at one instant, or at regular ones (every quarter of an hour, every night).
Evidence: a deploy's log has DROP TABLE or TRUNCATE of the table (an ORM's push does that to tables it does not know); or the
    log has saved sessions and cookies without a row, and the table is empty. PostgreSQL's own log, with log_statement = 'mod',
    names the statement and the application that sent it: a job, a seed script, a pruning in a wrong unit. In the code, a
    DELETE of what expires before a moment that is still to come (`expire < now() + interval '14 days'`). In Python's,
    flushdb() where a cache is to be emptied, or Session.objects.all().delete().
Tell apart: the secret is unchanged, and the table is the same one as before (its oid). Rows that are there but not seen have
    causes of their own.
Fix: stop the job; restore the rows from a backup, which logs their users in again.
"""

from collections.abc import Sequence

from sessile.doctor import running
from sessile.doctor.causes import code, sight
from sessile.doctor.facts import Evidence, Facts, Log
from sessile.doctor.facts.correlation import Missing
from sessile.doctor.facts.database import Rows
from sessile.doctor.facts.logs import Event, Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Confirmed, Finding, Level, Need, Noted, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.placement import at
from sessile.session.outcome import Station

ENTRIES = ("rows-removed-by-operator", "prune-deletes-live-rows", "orm-push-drops-table")
REMEDY = Remedy(
    "Find and stop what removes the rows; restore them from a backup",
    """psql "$ADMIN_DATABASE_URL" -c "ALTER DATABASE app SET log_statement = 'mod'\"""",
)
ONCE_MORE = 0.95
LINKS = {
    "table empty": Level.ALWAYS,
    "no row for a cookie": Level.ALWAYS,
    "session rows missing after login": Level.ALWAYS,
    "cookie comes back in vain": Level.SOMETIMES,
    "401 after a restart": Level.SOMETIMES,
    "login, then 401": Level.SOMETIMES,
}


def judge(facts: Facts) -> Finding:
    if dropped := [(log, event) for log in facts.logs for event in log.of(Kind.WARNING, "TABLE_DROPPED")]:
        return _dropped(dropped)
    emptied = running.drops(facts)
    if certain := running.drops(facts, certain=True):
        return Confirmed(certain, "Each start of the service throws the sessions away", 0.9)
    rows = sight.rows(facts)
    there = isinstance(rows, Rows) and rows.live
    if coded := _coded(facts, *((Deed.REMOVES_LIVING,) if there else (Deed.REMOVES_LIVING, Deed.DROPS_TABLE))):
        return code.possible(facts, LINKS, coded, WHY, REMARK)
    if flushes := _flushed(facts):
        return code.possible(facts, LINKS, flushes, WHY, REMARK)
    if isinstance(rows, Unseen):
        return Undecided(emptied) if emptied else rows
    if gone := _gone(facts):
        return Undecided((*gone, *_coded(facts)))
    if rows.live:
        return RuledOut(f"{rows.live} live sessions are there")
    if not facts.logs:
        return Unseen(Need.LOG, "no log was given")
    saved = sum(log.count(Kind.SAVED) for log in facts.logs)
    missed = sum(log.count(Kind.NO_SESSION) for log in facts.logs)
    if not saved or not missed or not rows.complete or rows.read:
        return RuledOut("the log shows no saved session whose row is missing")
    says = f"the log has {saved} saved sessions and {missed} cookies without a row, and the table is empty"
    return Undecided((Evidence(says, "log", facts.logs[0].source), *_coded(facts)))


REMARK = "Something in the code removes sessions that live, or their table"
WHY = "whoever is logged in when it runs must log in again; nothing that was given shows that it has run"


def _coded(facts: Facts, *deeds: Deed) -> tuple[Evidence, ...]:
    """What in the code removes rows, by itself or with their table."""
    wanted = deeds or (Deed.DROPS_TABLE, Deed.REMOVES_LIVING, Deed.PRUNES)
    found = (*code.did(facts, *wanted), *code.in_python(facts, *wanted))
    return code.shown(found, "it {deed} ({detail})")


def _flushed(facts: Facts) -> tuple[Evidence, ...]:
    return code.shown(code.in_python(facts, Deed.EMPTIES_STORE), "it {deed} ({detail}), sessions that live among it")


def _gone(facts: Facts) -> tuple[Evidence, ...]:
    """The requests that were turned away for want of a row, with a cookie that had been let in before."""
    return tuple(
        one.evidence
        for one in at(facts, Station.FIND)
        if one.correlation and isinstance(one.correlation.row, Missing) and not one.correlation.row.ended
        if any(one.visit.came_back(other) and other.started < one.exchange.started for other in one.visit.let_in)
    )


def _dropped(dropped: Sequence[tuple[Log, Event]]) -> Confirmed | Noted:
    evidence = tuple(log.evidence(event) for log, event in dropped)
    again = any(event.count > 1 for _, event in dropped)
    over = all(any(later.last.line > event.last.line for later in log.of(Kind.SAVED)) for log, event in dropped)
    title = "The log shows the session table being dropped or emptied"
    if over and not again:
        return Noted(evidence, "sessions have been saved since; whoever was logged in before had to log in again", title)
    return Confirmed(evidence, title, ONCE_MORE if again else 0.9)
