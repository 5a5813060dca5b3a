"""The database is a copy from before: it was restored, or branched, and the sessions saved since are not in it.

Symptom: everybody who logged in after one moment is logged out; older sessions go on.
Evidence: a recorded request was let in with a cookie that the service's secret signed, before the database's server was set up;
    the table has no row for it, and rows that are older.
Tell apart: a changed secret breaks the old cookies; here only new ones break. Where a job removed rows, the server is the one
    of before.
Fix: while the old database is there, copy its live rows over; nobody has to log in again then.
"""

from sessile.doctor.causes import carried, sight
from sessile.doctor.causes.find.sessions_kept_elsewhere import gone, set_up_since
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.stores.postgres.shape import TableShape

ENTRIES = ("db-restored-or-branched",)
FREQUENCY = Frequency.RARE
UNPROVOKED = "It needs a second server, set up while people are logged in; it is tested on recordings and what servers tell."
REMEDY = Remedy(
    "Copy the live sessions from the old database",
    carried.COPY,
)
LINKS = {
    "no row for a cookie": Level.USUALLY,
    "session rows missing after login": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
    "signature invalid": Level.NEVER,
}
BY_CLOCKS = 0.95


def judge(facts: Facts) -> Finding:
    table, server = sight.table(facts), sight.server(facts)
    if not isinstance(table, TableShape):
        return table
    if not isinstance(server, Server):
        return server
    found = gone(facts)
    if found is None:
        return Unseen(Need.WIRE, "no recorded request was let in with a cookie that was looked up and is missing")
    one, evidence = found
    if set_up_since(facts, one):
        since = Evidence(f"the server was set up at {server.initialized:%Y-%m-%d %H:%M:%S %Z}, after that", "postgres", SYSTEM)
        older = _older_rows(facts, one)
        return Confirmed((*evidence, since, *older), certainty=BY_CLOCKS) if older else Undecided((*evidence, since))
    if server.started.timestamp() * 1000 > one.started and _older_rows(facts, one):
        return Undecided(evidence)
    return RuledOut("the server is the one of before, and has not been started again since")


SYSTEM = "pg_control_system()"


def _older_rows(facts: Facts, one: Exchange) -> tuple[Evidence, ...]:
    """What shows that the rows from before came along: the newest was saved before that request."""
    rows = facts.rows
    if rows is None or rows.newest is None or not rows.live or rows.newest.timestamp() * 1000 >= one.started:
        return ()
    says = f"its {rows.live} live sessions were all saved before, the last at {rows.newest:%Y-%m-%d %H:%M:%S %Z}"
    return (Evidence(says, "postgres", "sess.cookie"),)
