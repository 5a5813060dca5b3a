"""Sessions are written to one server and read from a replica that has not got them yet.

Symptom: right after the login 401, a moment later all is well; worse under load.
Evidence: in a recording the cookie of a login is turned away at first and let in later, without another login; and the server
    that the service is given is a standby, although sessions are saved. In Django's code, a router reads
    from another database than it writes to, sessions as well.
Tell apart: an answer before the save is over within milliseconds, and on the same server. Instances that differ go on
    differing; here nothing is turned away once it was let in.
Fix: read sessions from the primary. Nothing in the data changes.
"""

from sessile.doctor.causes import code, sight
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Undecided, Unseen
from sessile.doctor.visits import Visit, visits

ENTRIES = ("replica-lag-read",)
FREQUENCY = Frequency.RARE
UNPROVOKED = "It needs a pool that reads from one server and writes to another; it is tested on recordings."
REMEDY = Remedy(
    "Give the session store the primary's URL, for reading as well",
    """psql "$PRIMARY_URL" -c "SELECT application_name, replay_lag FROM pg_stat_replication\"""",
    changes=(
        Change(
            "Django (the router)",
            'def db_for_read(self, model, **hints):\n    return "replica"',
            'def db_for_read(self, model, **hints):\n    return "default" if model._meta.app_label == "sessions" else "replica"',
        ),
    ),
)
WHY = "a replica that keeps up within milliseconds is not noticed; nothing that was given shows that users are turned away"
LINKS = {"cookie comes back in vain": Level.USUALLY, "login, then 401": Level.SOMETIMES, "no row for a cookie": Level.USUALLY}
SAVED_BY_THEN = 100.0
"""So many milliseconds after a login's answer its session is saved, even where the service did not wait for that."""
CAUGHT_UP = 60_000.0
"""A replica that is farther behind is no longer in use."""
RECORDED = 0.95


def judge(facts: Facts) -> Finding:
    found = late(facts)
    if found:
        server = sight.server(facts)
        if isinstance(server, Server) and server.standby:
            says = "the service's server is a standby, and sessions are saved all the same"
            return Confirmed((*found, Evidence(says, "postgres", "pg_is_in_recovery()")), certainty=RECORDED)
        return Undecided(found)
    if routed := _routed(facts):
        return code.possible(facts, LINKS, routed, WHY, "Reads, those of sessions too, go to another database than writes")
    if not any(visit.came_back(one) for visit in visits(facts) for one in visit.personal):
        return Unseen(Need.WIRE, "no recorded request came back with the cookie of its login")
    return RuledOut("no recorded session was turned away at first and let in later")


def _routed(facts: Facts) -> tuple[Evidence, ...]:
    return code.shown(code.in_python(facts, Deed.READS_ELSEWHERE), "sessions are read from {detail}, and written elsewhere")


def late(facts: Facts) -> tuple[Evidence, ...]:
    """The logins whose very cookie was turned away for a while, and from then on let in."""
    return next((shown for visit in visits(facts) if (shown := _late(visit))), ())


def _late(visit: Visit) -> tuple[Evidence, ...]:
    answered = visit.login.ended or visit.login.answered or visit.login.started
    ours = [one for one in visit.personal if visit.came_back(one)]
    refused = [one for one in ours if one in visit.turned_away and one.sent >= answered + SAVED_BY_THEN]
    let_in = [one for one in ours if one in visit.let_in]
    if not refused or not let_in or let_in[0].sent < _ended(refused[-1]) or refused[-1].sent > answered + CAUGHT_UP:
        return ()
    first, last = refused[0], let_in[0]
    return (
        visit.wire.evidence(first, f"{first} was turned away {_after(first, answered)} the login, with its cookie"),
        visit.wire.evidence(last, f"{last} was let in {_after(last, answered)} it, with the same cookie"),
    )


def _ended(one: Exchange) -> float:
    return one.ended or one.answered or one.started


def _after(one: Exchange, answered: float) -> str:
    return f"{(one.sent - answered) / 1000:.1f} s after"
