"""Observations: what was made out of the facts, each a pure look that tells seen, not seen, or not seeable (None)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sessile.doctor import aftermath, alternation, attempts, cohorts, symptoms
from sessile.doctor.aftermath import of_visits
from sessile.doctor.causes import crossing, hosts
from sessile.doctor.facts import Database, Facts, Redis
from sessile.doctor.facts.database import Experiment, Rows, Server
from sessile.doctor.facts.deployment import Moment
from sessile.doctor.facts.evidence import Evidence
from sessile.doctor.facts.exchange import Exchange
from sessile.doctor.facts.logs import Event, Kind, Log
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.symptoms import Look
from sessile.doctor.visits import Visit, visits
from sessile.session.outcome import Station

ENOUGH_ROWS = 3
SOON = timedelta(minutes=15)
AFTER_LOGIN = tuple(Station)[Station.SAVE.position :]
COMING_BACK = tuple(Station)[Station.ARRIVE.position :]


@dataclass(frozen=True, slots=True)
class Observation:
    """A look over the facts; a `symptom` is something users suffer from, so that a healthy service never shows it.

    `stations` are those that it speaks of where nothing tells why: it does not happen while they all hold.
    """

    look: Callable[[Facts], Look]
    symptom: bool = False
    stations: tuple[Station, ...] = ()


def _logged(*kinds: Kind) -> Callable[[Facts], Look]:
    """A look for lines of some kinds in any log."""

    def look(facts: Facts) -> Look:
        return _look(facts, [(log, event) for log in facts.logs for kind in kinds for event in log.of(kind)])

    return look


def _in_last_run(*kinds: Kind, outcomes: tuple[str, ...] = ()) -> Callable[[Facts], Look]:
    """A look for lines of some kinds, or outcomes that sessile named at some stations, since the service was started last."""

    def look(facts: Facts) -> Look:
        found = [(log, event) for log in facts.logs for kind in kinds for event in log.of(kind)]
        found += [(log, e) for log in facts.logs for e in log.of(Kind.OUTCOME) if e.code.startswith(outcomes)]
        return _look(facts, [(log, event) for log, event in found if event.last.boot == log.boots])

    return look


def _look(facts: Facts, found: list[tuple[Log, Event]]) -> Look:
    if not facts.logs:
        return None
    return Seen(tuple(log.evidence(event) for log, event in found)) if found else NotSeen()


def _signature_invalid(facts: Facts) -> Look:
    """More than the stray cookie of an old bookmark: a tenth of all that came with a session."""
    refusals = [
        (log, event)
        for log in facts.logs
        for event in (*log.of(Kind.SIGNATURE_INVALID), *log.of(Kind.OUTCOME, "verify: bad_signature"))
    ]
    refused = sum(event.count for _, event in refusals)
    let_in = sum(log.count(Kind.AUTHORIZED) for log in facts.logs)
    return _look(facts, refusals if refused > 1 and refused * 10 >= let_in else [])


def _called_expired(facts: Facts) -> Look:
    """The service's own word: now and then a session does expire, a tenth of all requests no service calls so."""
    found = [(log, event) for log in facts.logs for event in log.of(Kind.WARNING, "SESSION_EXPIRED")]
    let_in = sum(log.count(Kind.AUTHORIZED) for log in facts.logs)
    said = sum(event.count for _, event in found)
    return _look(facts, found if said > 1 and said * 10 >= let_in else [])


def _server_errors(facts: Facts) -> Look:
    """More requests fail than are let in: not some page's own trouble."""
    failing = [
        (log, event)
        for log in facts.logs
        if log.count(Kind.SERVER_ERROR) > max(2 if log.count(Kind.LOGIN) else 1, log.count(Kind.AUTHORIZED))
        for event in log.of(Kind.SERVER_ERROR)
    ]
    return _look(facts, failing)


def _login_then_401(facts: Facts) -> Look:
    logs = [log for log in facts.logs if log.login_then_401 > 1 or log.login_then_authorized]
    if not logs:
        return None
    found = [log for log in logs if log.login_then_401 > 1 and log.login_then_401 * 4 >= log.login_then_authorized]
    return Seen(tuple(symptoms.refused_logins(log) for log in found)) if found else NotSeen()


def _unauthorized_after_restart(facts: Facts) -> Look:
    """Those who had been let in up to the restart: where 401 came before it already, nobody can say what the restart did."""
    if told := _after_moments(facts):
        return Seen(told)
    logs = [log for log in facts.logs if len(log.runs) > 1 and any(run.authorized for run in log.runs)]
    if not logs:
        return None
    begun = [log for log in logs if any(run.authorized and run.unauthorized_at_end > 1 for run in log.runs[:-1])]
    found = [
        Evidence(
            f"after start {run.boot} the log has {run.unauthorized} requests {_refused(log)} before anyone logged in",
            "log",
            log.source,
        )
        for log in logs
        if log not in begun
        for number, run in enumerate(log.runs)
        if run.unauthorized_before_login
        and any(before.authorized or before.logins or before.saved for before in log.runs[:number])
    ]
    return Seen(tuple(found)) if found else None if begun else NotSeen()


def _refused(log: Log) -> str:
    return "sent to the login" if symptoms.sends_to_login(log) else "answered 401"


def _after_moments(facts: Facts) -> tuple[Evidence, ...]:
    """The logs in which the first request was turned away soon after a deploy or a restart that the platform tells of."""
    found = []
    for log in facts.logs:
        let_in = [event.first.time for event in log.of(Kind.AUTHORIZED) if event.first.time]
        refused = [event.first.time for event in log.of(Kind.UNAUTHORIZED) if event.first.time]
        for moment in _moments(facts) if let_in and refused else ():
            if min(let_in) < moment.at <= min(refused) <= moment.at + SOON:
                says = (
                    f"{moment.says} at {moment.at:%H:%M:%S} UTC; the first 401 came {(min(refused) - moment.at).seconds} s later"
                )
                found.append(Evidence(says, "platform", moment.pointer))
    return tuple(found)


def _moments(facts: Facts) -> Iterator[Moment]:
    """When the platform deployed or restarted the service, or the database itself was started."""
    yield from facts.deployments.moments
    server = facts.database.server if isinstance(facts.database, Database) else None
    if isinstance(server, Server):
        yield Moment(server.started, "the database was started", "pg_postmaster_start_time()")


def _mixed_answers(facts: Facts) -> Look:
    if turns := alternation.alternating(facts):
        return Seen(turns)
    both = [log for log in facts.logs if log.count(Kind.AUTHORIZED) or log.count(Kind.UNAUTHORIZED)]
    if len(both) < 2:
        return None
    authorized = [log for log in both if log.count(Kind.AUTHORIZED)]
    refusing = [
        log for log in both if log.count(Kind.UNAUTHORIZED) > log.count(Kind.AUTHORIZED) and not symptoms.sends_to_login(log)
    ]
    if not authorized or not refusing:
        return NotSeen()
    says = f"instance {refusing[0].instance or refusing[0].source} answers 401 where another answers 200"
    return Seen(
        (
            *cohorts.common(facts),
            Evidence(says, "log", refusing[0].source),
        )
    )


def _never_returning(facts: Facts) -> Look:
    """Nearly no session was ever used again, and the same people keep logging in.

    The second half matters: where every request saves its session, or touching is switched off, no row shows a later use.
    """
    rows = facts.rows
    if rows is None or rows.never_returned + rows.returning < ENOUGH_ROWS:
        return None
    if _used_at_once(rows, facts):
        return NotSeen()
    if rows.returning * 10 <= rows.never_returned and rows.repeated_logins:
        says = (
            f"of {rows.never_returned + rows.returning} sessions saved within a day, {rows.never_returned} were never used "
            f"again, {rows.repeated_logins} of them by users who logged in repeatedly within minutes"
        )
        return Seen((Evidence(says, "postgres", "expire against sess.cookie.expires"),))
    return NotSeen()


def _repeated_logins(facts: Facts) -> Look:
    rows = facts.rows
    if rows is None or rows.never_returned + rows.returning < ENOUGH_ROWS:
        return None
    if _used_at_once(rows, facts):
        return NotSeen()
    if rows.repeated_logins >= ENOUGH_ROWS and rows.repeated_logins > rows.returning:
        says = f"{rows.repeated_logins} sessions are repeated logins of the same users within minutes, none of them used again"
        return Seen((Evidence(says, "postgres", "sess, grouped by identity"),))
    return NotSeen()


def _used_at_once(rows: Rows, facts: Facts) -> bool:
    """Whether the logs show as many sessions used right after their login as rows show none: no answer touched them."""
    return sum(log.login_then_authorized for log in facts.logs) >= rows.never_returned


def _empty_table(facts: Facts) -> Look:
    rows = facts.rows
    if rows is None or not rows.complete:
        return None
    return Seen((Evidence("the session table is empty", "postgres", "count(*)"),)) if rows.read == 0 else NotSeen()


def _rows_missing_after_login(facts: Facts) -> Look:
    empty = _empty_table(facts)
    logins = sum(log.count(Kind.LOGIN) + log.count(Kind.SAVED) for log in facts.logs)
    if empty is None or not facts.logs:
        return None
    if isinstance(empty, Seen) and logins:
        return Seen((Evidence(f"the log has {logins} logins, and the session table is empty", "postgres", "count(*)"),))
    return NotSeen()


def _headers_too_large(facts: Facts) -> Look:
    found = [wire.evidence(one, str(one)) for wire in facts.wires for one in wire.exchanges if one.status == 431]
    found += [visit.wire.evidence(one, f"{one}, let in before") for visit in visits(facts) for one in _bad(visit)]
    return (Seen(tuple(found)) if found else NotSeen()) if facts.wires else None


def _bad(visit: Visit) -> Iterator[Exchange]:
    """The questions that nginx answers with 400 (it has 494 for it within) once their header fields have grown."""
    asked = [one.request.address for one in visit.let_in]
    yield from (one for one in visit.after if one.status in (400, 494) and one.request.address in asked)


def _withheld(facts: Facts) -> Look:
    found = crossing.hidden(facts)
    return (Seen(found) if found else NotSeen()) if facts.wires else None


def _only_preflighted(facts: Facts) -> Look:
    shown = crossing.hidden_by_preflight(facts) if crossing.hidden(facts) else None
    return None if shown is None else Seen(shown) if shown else NotSeen()


def _own_statement_fails(facts: Facts) -> Look:
    """The doctor tried what a login does, and was refused."""
    stores = (facts.database, facts.redis)
    tried = [one.experiment for one in stores if isinstance(one, Database | Redis) and isinstance(one.experiment, Experiment)]
    failed = [step for one in tried for step in one.steps if step.name in ("save", "find") and step.failure]
    evidence = tuple(
        Evidence(f"a login's own statement fails: {step.failure.code} {step.failure.message}", "experiment", step.name)
        for step in failed
        if step.failure
    )
    return Seen(evidence) if evidence else NotSeen() if tried else None


OBSERVATIONS: Mapping[str, Observation] = {
    "a login's own statement fails": Observation(_own_statement_fails, symptom=True),
    "login, then 401": Observation(_login_then_401, symptom=True, stations=AFTER_LOGIN),
    "one login, then 401": Observation(symptoms.one_login_then_401, symptom=True, stations=AFTER_LOGIN),
    "errors of sessions": Observation(symptoms.errors_of_sessions, symptom=True),
    "rows that cannot live": Observation(symptoms.ends_amiss, symptom=True, stations=(Station.LIVE,)),
    "session rows missing after login": Observation(
        _rows_missing_after_login, symptom=True, stations=(Station.SAVE, Station.FIND)
    ),
    "server errors with a cookie": Observation(_server_errors, symptom=True),
    "401 after a restart": Observation(
        _unauthorized_after_restart, symptom=True, stations=(Station.VERIFY, Station.FIND, Station.READ)
    ),
    "intermittent 401": Observation(_mixed_answers, symptom=True, stations=(Station.VERIFY, Station.FIND)),
    "mostly refused": Observation(symptoms.mostly_refused, symptom=True, stations=(Station.VERIFY, Station.FIND)),
    "signature invalid": Observation(_signature_invalid, symptom=True, stations=(Station.VERIFY,)),
    "sessions called expired": Observation(_called_expired, symptom=True, stations=(Station.LIVE,)),
    "refused as forged": Observation(symptoms.refused_as_forged, symptom=True, stations=(Station.ARRIVE,)),
    "login fails": Observation(attempts.failing, symptom=True, stations=(Station.BOOT, Station.REACH, Station.SAVE)),
    "login refused as forged": Observation(attempts.refused_as_forged, symptom=True, stations=(Station.ARRIVE,)),
    "sign-ins whose state was lost": Observation(
        symptoms.states_lost, symptom=True, stations=(Station.SEND, Station.VERIFY, Station.FIND)
    ),
    "no row for a cookie": Observation(_logged(Kind.NO_SESSION)),
    "no cookie came": Observation(_logged(Kind.NO_COOKIE)),
    "not secured": Observation(_logged(Kind.NOT_SECURED), symptom=True, stations=(Station.SET,)),
    "sessions never seen again": Observation(_never_returning, symptom=True, stations=AFTER_LOGIN),
    "same user logs in again and again": Observation(_repeated_logins, symptom=True, stations=AFTER_LOGIN),
    "save errors": Observation(_in_last_run(Kind.SAVE_ERROR, outcomes=("save:",)), symptom=True, stations=(Station.SAVE,)),
    "store out of reach": Observation(_in_last_run(outcomes=("reach:",)), symptom=True, stations=(Station.REACH,)),
    "boot failed": Observation(_in_last_run(Kind.EXIT), symptom=True, stations=(Station.BOOT,)),
    "table empty": Observation(_empty_table),
    "turned away after the login": Observation(aftermath.turned_away, symptom=True, stations=AFTER_LOGIN),
    "server errors after the login": Observation(
        of_visits(aftermath.fails_at_last), symptom=True, stations=(Station.REACH, Station.FIND, Station.READ)
    ),
    "login without Set-Cookie": Observation(of_visits(aftermath.without_cookie), symptom=True, stations=(Station.SET,)),
    "cookie not kept": Observation(of_visits(aftermath.not_kept), symptom=True, stations=(Station.KEEP,)),
    "cookie does not come back": Observation(of_visits(aftermath.not_returned), symptom=True, stations=(Station.SEND,)),
    "asked on another host": Observation(hosts.seen, symptom=True, stations=(Station.SEND,)),
    "header fields refused as too large": Observation(_headers_too_large, symptom=True, stations=(Station.ARRIVE,)),
    crossing.WITHHELD: Observation(_withheld, symptom=True, stations=(Station.AGREE,)),
    crossing.ONLY_PREFLIGHTED: Observation(_only_preflighted),
    "cookie comes back in vain": Observation(of_visits(aftermath.returned_in_vain), symptom=True, stations=COMING_BACK),
}
