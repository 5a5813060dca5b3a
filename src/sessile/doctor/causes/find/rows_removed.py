"""The rows of live sessions were removed from the table.

Symptom: everybody is logged out at one instant, or at regular ones (every quarter of an hour, every night).
Evidence: the log has saved sessions and cookies without a row, and the table is empty. PostgreSQL's own log, with log_statement
    = 'mod', names the TRUNCATE or DELETE and the application that sent it: a job, a seed script, a pruning in a wrong unit.
Tell apart: the secret is unchanged, and the table is the same one as before (its oid). Rows that are there but not seen have
    causes of their own.
Fix: stop the job; restore the rows from a backup, which logs their users in again.
"""

from sessile.doctor.causes import sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Rows
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Finding, Level, Need, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("rows-removed-by-operator", "prune-deletes-live-rows")
REMEDY = Remedy(
    "Find and stop what removes the rows; restore them from a backup",
    """psql "$ADMIN_DATABASE_URL" -c "ALTER DATABASE app SET log_statement = 'mod'\"""",
)
LINKS = {"table empty": Level.ALWAYS, "no row for a cookie": Level.ALWAYS, "session rows missing after login": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    rows = sight.rows(facts)
    if isinstance(rows, Unseen):
        return rows
    if rows.live:
        return RuledOut(f"{rows.live} live sessions are there")
    if not facts.logs:
        return Unseen(Need.LOG, "no log was given")
    saved = sum(log.count(Kind.SAVED) for log in facts.logs)
    missed = sum(log.count(Kind.NO_SESSION) for log in facts.logs)
    if not saved or not missed or not rows.complete or rows.read:
        return RuledOut("the log shows no saved session whose row is missing")
    says = f"the log has {saved} saved sessions and {missed} cookies without a row, and the table is empty"
    return Undecided((Evidence(says, "log", facts.logs[0].source),))
