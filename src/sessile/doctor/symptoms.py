"""Symptoms that keep a service from being called healthy where no cause explains them: of errors, of 401s, of rows."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sessile.doctor import stopping
from sessile.doctor.facts import Evidence, Facts, Log
from sessile.doctor.facts.database import Rows
from sessile.doctor.facts.logs import SENT_TO_LOGIN, Event, Kind
from sessile.doctor.findings import NotSeen, Seen

Look = Seen | NotSeen | None

SEVERAL: Final = 2
SOON: Final = timedelta(minutes=2)
"""No session is meant to be over so soon after the login."""
SUMMER: Final = 3600
"""So many seconds two writers' clocks are apart where the clocks were put forward in between."""


def errors_of_sessions(facts: Facts) -> Look:
    """Errors that stop somebody's session, and that no later success contradicts."""
    found = tuple(log.evidence(event) for log in facts.logs for event in stopping.suffered(log, facts))
    return _look(facts.logs, found)


def one_login_then_401(facts: Facts) -> Look:
    """Too few to say how often, and no sign of health."""
    logs = [log for log in facts.logs if log.login_then_401 or log.login_then_authorized]
    few = [log for log in logs if 0 < log.login_then_401 <= SEVERAL and log.login_then_401 >= log.login_then_authorized]
    return _look(logs, tuple(refused_logins(log) for log in few))


def refused_logins(log: Log) -> Evidence:
    """How many logins a 401 followed."""
    logins = log.login_then_401 + log.login_then_authorized
    refusal = "the login again" if sends_to_login(log) else "a 401"
    return Evidence(f"{log.login_then_401} of {logins} logins were followed by {refusal} within seconds", "log", log.source)


def sends_to_login(log: Log) -> bool:
    """Whether requests were turned away there by a redirect to the login."""
    return bool(log.of(Kind.UNAUTHORIZED, SENT_TO_LOGIN))


def mostly_refused(facts: Facts) -> Look:
    """More requests are turned away than let in, all of them after people have logged in: not visitors who never did."""
    logs = [log for log in facts.logs if not sends_to_login(log)]
    runs = [(log, run) for log in logs for run in log.runs if run.logins >= SEVERAL and run.authorized]
    found = tuple(
        Evidence(
            f"after {run.logins} logins {run.unauthorized} requests were answered 401, {run.authorized} not", "log", log.source
        )
        for log, run in runs
        if run.unauthorized - run.unauthorized_of_strangers > run.authorized and not run.unauthorized_before_login
    )
    return _look(runs, found)


def refused_as_forged(facts: Facts) -> Look:
    """Oftener than anybody gets in: not some robot's tries."""
    found = tuple(
        log.evidence(event)
        for log in facts.logs
        for event in (*log.of(Kind.WARNING, "CSRF_REFUSED"), *log.of(Kind.WARNING, "CSRF_TOKEN"))
        if event.count > max(SEVERAL, log.count(Kind.LOGIN) + log.count(Kind.AUTHORIZED))
    )
    return _look(facts.logs, found)


def states_lost(facts: Facts) -> Look:
    """Users come back from an identity provider, and the session that they were sent there with is not known any more: oftener
    than people log in otherwise, so that it is not somebody's bookmark.
    """
    found = tuple(
        log.evidence(event)
        for log in facts.logs
        for event in log.of(Kind.ERROR, "OAUTH_STATE")
        if event.count > max(SEVERAL, log.count(Kind.LOGIN)) and event.count * 4 > log.count(Kind.AUTHORIZED)
    )
    return _look(facts.logs, found)


def ends_amiss(facts: Facts) -> Look:
    """Rows whose end no reader can meet, or only some, while people are turned away."""
    rows = facts.rows
    if rows is None or not rows.read:
        return None
    suffering = _meant_short(rows) or any(log.count(Kind.UNAUTHORIZED) for log in facts.logs)
    return _look([rows], tuple(_ends_amiss(rows, facts)) if suffering else ())


def _meant_short(rows: Rows) -> bool:
    return rows.short_lived * 2 > rows.read


def _ends_amiss(rows: Rows, facts: Facts) -> Iterator[Evidence]:
    if _meant_short(rows):
        says = f"{rows.short_lived} of {rows.read} rows were given a life of less than 100 s"
        yield Evidence(says, "postgres", "sess.cookie.originalMaxAge")
    endless = rows.null_expire + rows.absurd_past
    if endless * 4 >= rows.read:
        yield Evidence(f"{endless} of {rows.read} rows have an expire that is no time from now on", "postgres", "expire")
    if over_at_once(rows, facts):
        yield Evidence(f"all {rows.expired} rows are over, though people have just logged in", "postgres", "expire")
    apart = [one.seconds for one in rows.offsets if one.rows > one.sessile]
    if apart and max(apart) - min(apart) > SUMMER:
        says = f"rows were written by clocks that are {max(apart) - min(apart):,} s apart"
        yield Evidence(says, "postgres", "expire against sess.cookie.expires")


def over_at_once(rows: Rows, facts: Facts) -> bool:
    """Whether every row is over though somebody logged in just before the doctor looked."""
    last = last_login(facts)
    return rows.complete and rows.expired > 0 == rows.live and last is not None and facts.now - last < SOON


def last_login(facts: Facts) -> datetime | None:
    """When a log shows the last login."""
    return max((event.last.time for event in logins(facts) if event.last.time), default=None)


def logins(facts: Facts) -> tuple[Event, ...]:
    """The logins of all logs."""
    return tuple(event for log in facts.logs for event in log.of(Kind.LOGIN))


def _look(seen: Sequence[object], found: tuple[Evidence, ...]) -> Look:
    """None where there was nothing to see it in."""
    if not seen:
        return None
    return Seen(found) if found else NotSeen()
