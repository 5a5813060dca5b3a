"""The seven items that the page which began sessile ends with, answered from evidence."""

from collections.abc import Sequence

from sessile.doctor import journey, written
from sessile.doctor.causes import awaited, crossing, in_redis, sight
from sessile.doctor.diagnosis import Confidence, Item, Suspect
from sessile.doctor.facts import Database, Facts, Redis
from sessile.doctor.facts.database import Server
from sessile.doctor.facts.logs import Kind
from sessile.doctor.visits import visits
from sessile.session.outcome import Station
from sessile.stores.postgres.shape import TableShape

Answer = tuple[str, str]

TROUBLE = (Kind.SAVE_ERROR, Kind.ERROR, Kind.SIGNATURE_INVALID, Kind.TABLE_WARNING, Kind.EXIT, Kind.OUTCOME)


def items(facts: Facts, suspects: Sequence[Suspect]) -> tuple[Item, ...]:
    """All seven, always in the same order and wording; the state is `yes`, `no` or `unknown`."""
    sure = [suspect for suspect in suspects if suspect.confidence is not Confidence.POSSIBLE]
    answers = {
        "Session table exists and is not corrupted": _table(facts, sure),
        "SESSION_SECRET is set in the environment variables": _secret(facts),
        "Session cookie is present in the browser": _kept(facts),
        "Cookie is being sent with requests": _sent(facts),
        "No session-related errors in the logs": _log(facts),
        "Database connection is working": _connection(facts),
        "CORS is configured correctly (credentials: true)": _cors(facts),
    }
    return tuple(Item(item, state, because) for item, (state, because) in answers.items())


def _table(facts: Facts, sure: Sequence[Suspect]) -> Answer:
    if (kept := in_redis.kept(facts)) and not isinstance(sight.table(facts), TableShape):
        return "yes", f"it takes none: {kept}"
    if not isinstance(facts.database, Database) or isinstance(facts.database.server, Server) is False:
        keeper = awaited.in_cookies(facts)
        return "unknown", _none_to_be(keeper) if keeper else "the database was not seen"
    table = facts.database.table
    if not isinstance(table, TableShape) and (other := next((one for one in facts.other_tables if not one.gone), None)):
        return "yes", f"{other.library} keeps its sessions in {other.name} ({other.live} live)"
    if not isinstance(table, TableShape) and (keeper := awaited.in_cookies(facts)):
        return "unknown", _none_to_be(keeper)
    if not isinstance(table, TableShape):
        return ("no", "there is no session table") if table is None else ("unknown", table.why)
    about_table = [s for s in sure if any(e.source in ("postgres", "experiment") for e in s.evidence)]
    if about_table:
        return "no", about_table[0].title
    return (
        ("yes", f"{table.qualified} has its columns and a usable key") if table.holds_sessions else ("no", "it is another table")
    )


def _none_to_be(keeper: str) -> str:
    return f"{keeper} keeps its sessions in the cookies: there is none to be"


def _secret(facts: Facts) -> Answer:
    if not facts.environments:
        return "unknown", "no environment was seen"
    own = written.variables(facts)
    if own and all(own <= {*environment.names} - {*environment.empty} for environment in facts.environments):
        return (
            "yes",
            f"{', '.join(sorted(own))}, by the code's own name, set in {', '.join(one.source for one in facts.environments)}",
        )
    without = [environment.source for environment in facts.environments if environment.secret is None]
    return (
        ("no", f"not set in {', '.join(without)}")
        if without
        else ("yes", f"set in {', '.join(environment.source for environment in facts.environments)}")
    )


def _station(facts: Facts, station: Station) -> Answer:
    proof = journey.passed(station, facts)
    return ("yes", proof) if proof else ("unknown", "nothing that was given shows it")


def _kept(facts: Facts) -> Answer:
    for visit in visits(facts):
        setting = visit.setting
        if setting and setting.reasons and visit.turned_away:
            return "no", f"{visit.login} sets {visit.name}, and it is not stored: {setting.objections[0].because}"
    return _station(facts, Station.KEEP)


def _sent(facts: Facts) -> Answer:
    for visit in visits(facts):
        lacking = next((one for one in visit.turned_away if visit.cookie and visit.sent(one) == ()), None)
        if lacking:
            return "no", f"{lacking} went without {visit.name}"
    return _station(facts, Station.SEND)


def _cors(facts: Facts) -> Answer:
    crossings = crossing.crossings(facts)
    if refused := next((one.refusal for one in crossings if one.refusal), None):
        return "no", refused.says
    answered = [one for one in crossings if not one.preflight and crossing.credentials(one.exchange)]
    if answered:
        return "yes", f"a page of {answered[0].origin} may read {answered[0].exchange}"
    seen = "no request to another origin was seen" if facts.wires else "no request of a browser was seen"
    return "unknown", seen


def _log(facts: Facts) -> Answer:
    if not facts.logs:
        return "unknown", "no log was seen"
    found = [(log, event) for log in facts.logs for kind in TROUBLE for event in log.of(kind)]
    if not found:
        return "yes", f"none in {sum(log.lines for log in facts.logs)} lines"
    log, event = found[0]
    return "no", f"{event.text} ({log.source}:{event.first.line})"


def _connection(facts: Facts) -> Answer:
    if isinstance(facts.redis, Redis) and (in_redis.kept(facts) or not isinstance(facts.database, Database)):
        failure = facts.redis.failure or facts.redis.broken_off
        return ("no", failure.message) if failure else ("yes", f"connected to {facts.redis.address}")
    if not isinstance(facts.database, Database):
        return "unknown", "no database URL was given"
    if facts.database.failure:
        return "no", facts.database.failure.message
    if facts.database.broken_off:
        return "no", f"the connection was ended in the middle: {facts.database.broken_off.message}"
    return "yes", f"connected to {facts.database.address}"
