"""The journey as the evidence shows it: which stations are passed, which is broken, which nobody has seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sessile.doctor import stopping
from sessile.doctor.causes import in_redis
from sessile.doctor.diagnosis import LIKELY, SomethingElse, State, Stop, Suspect
from sessile.doctor.facts import Database, Facts, Redis
from sessile.doctor.facts.database import Experiment, Failure, Server
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.redis import RedisServer
from sessile.doctor.visits import visits
from sessile.session.outcome import Station
from sessile.stores.postgres.shape import TableShape


def stops(facts: Facts, suspects: Sequence[Suspect], something_else: SomethingElse | None = None) -> tuple[Stop, ...]:
    """Every station in order with its state: broken beats passed, and passed needs something that shows it."""
    trouble = failing(facts) | _unexplained(something_else) | broken(suspects)
    return tuple(_stop(station, trouble.get(station), passed(station, facts)) for station in Station)


def failing(facts: Facts) -> dict[Station, str]:
    """The stations where the doctor itself was stopped: it could not connect, was cut off, or a login's own statement failed."""
    trouble: dict[Station, str] = {}
    for store in (facts.redis if not in_redis.incidental(facts) else None, facts.database):
        if isinstance(store, Database | Redis):
            trouble |= _failing(store, facts)
    return trouble


def _failing(store: Database | Redis, facts: Facts) -> dict[Station, str]:
    if store.failure:
        return {Station.REACH: f"the doctor could not connect to {store.address}"}
    if store.broken_off:
        return {Station.REACH: f"the connection to {store.address} was ended in the middle: {store.broken_off.message}"}
    experiment = store.experiment
    steps = {name: experiment.step(name) for name in ("save", "find")} if isinstance(experiment, Experiment) else {}
    return {
        _stopping(name, step.failure, facts): f"a login's own statement fails: {step.failure.code} {step.failure.message}"
        for name, step in steps.items()
        if step and step.failure
    }


def _stopping(step: str, failure: Failure, facts: Facts) -> Station:
    """A statement that finds no way, no table or only damaged pages fails before what it is for."""
    told = stopping.of_code(failure.code, facts)
    return told if told and (told is not Station.SAVE or failure.code in stopping.MISTYPED) else Station(step)


def broken(suspects: Sequence[Suspect]) -> dict[Station, str]:
    """The stations where sessions stop, each with its first suspect's title: where one cause is at least likely, or where several
    that cannot be told apart are so together.
    """
    first = {suspect.cause.station: suspect.title for suspect in reversed(suspects)}
    together: dict[Station, float] = {}
    for suspect in suspects:
        together[suspect.cause.station] = together.get(suspect.cause.station, 0.0) + suspect.probability
    return {station: title for station, title in first.items() if together[station] >= LIKELY}


def _unexplained(something_else: SomethingElse | None) -> dict[Station, str]:
    """The station where sessions stop for a reason that nobody knows, if it is certain which."""
    if something_else is None or len(something_else.stations) != 1:
        return {}
    shown = something_else.evidence[0].says if something_else.evidence else ""
    return {something_else.stations[0]: f"{shown}; no cause known here explains it" if shown else something_else.says}


def passed(station: Station, facts: Facts) -> str | None:
    """What shows that sessions pass a station, or None."""
    return next((proof for look in _SHOWN_BY[station] if (proof := look(facts))), None)


def _stop(station: Station, trouble: str | None, proof: str | None) -> Stop:
    if trouble is not None:
        return Stop(station, State.BROKEN, trouble)
    return (
        Stop(station, State.OK, proof) if proof else Stop(station, State.UNSEEN, f"not seen whether this holds: {station.holds}")
    )


def _boots(facts: Facts) -> str | None:
    if any(log.count(Kind.BOOT) and not log.count(Kind.EXIT) for log in facts.logs) and _table(facts):
        return "the service started and the session table is there"
    if _table(facts) and any(environment.secret for environment in facts.environments):
        return "the secret is set and the session table is there"
    if in_redis.families(facts) and any(environment.secret for environment in facts.environments):
        return "the secret is set and sessions stand in Redis"
    return None


def _reaches(facts: Facts) -> str | None:
    if not isinstance(facts.database, Database) or not isinstance(facts.database.server, Server):
        return None
    server = facts.database.server
    room = f"{server.connections} of {server.max_connections} connections in use"
    return f"{server.user} reaches PostgreSQL {server.version // 10000}, {room}"


def _saves(facts: Facts) -> str | None:
    if shown := _step(facts, "save", "a login's own statement succeeds (rolled back)"):
        return shown
    saved = sum(log.count(Kind.SAVED) for log in facts.logs)
    failed = sum(log.count(Kind.SAVE_ERROR) for log in facts.logs)
    return f"the log has {saved} saved sessions and no save error" if saved and not failed else None


def _sets(facts: Facts) -> str | None:
    setting = next((visit for visit in visits(facts) if visit.cookie), None)
    return f"the login's response sets {setting.name}" if setting else None


def _keeps(facts: Facts) -> str | None:
    """By the model of a browser, where no setting of its own (third-party cookies) has a say."""
    for visit in visits(facts):
        passage = visit.passages.get(visit.login.pointer)
        if passage and visit.setting and visit.setting.stored and not passage.context.third_party:
            return f"a browser stores {visit.name} from the login's response"
    return None


def _let_in(facts: Facts) -> str | None:
    """A request that carried the cookie of its login and was answered for a user."""
    came = (one for visit in visits(facts) for one in visit.let_in if visit.came_back(one))
    exchange = next(came, None)
    return f"{exchange} was let in with the cookie of its login" if exchange else None


def _returns(facts: Facts) -> str | None:
    if shown := _let_in(facts):
        return shown
    rows = facts.rows
    if rows and rows.returning:
        return f"{rows.returning} sessions saved within a day were used again, so their cookies came back and verified"
    if authorized := sum(log.count(Kind.AUTHORIZED) for log in facts.logs):
        let_in = "1 request that was" if authorized == 1 else f"{authorized} requests that were"
        return f"the log has {let_in} let in by their session"
    return None


def _lives(facts: Facts) -> str | None:
    experiment = facts.database.experiment if isinstance(facts.database, Database) else None
    rows = facts.rows
    if isinstance(experiment, Experiment) and experiment.life_difference is not None and rows and rows.live:
        return f"{rows.live} rows are live for this reader"
    return None


def _reads(facts: Facts) -> str | None:
    rows = facts.rows
    if rows and rows.read and not rows.without_cookie and not rows.not_objects:
        return f"{rows.read} rows hold what Express expects"
    return None


def _step(facts: Facts, name: str, says: str) -> str | None:
    experiment = facts.database.experiment if isinstance(facts.database, Database) else None
    step = experiment.step(name) if isinstance(experiment, Experiment) else None
    return says if step and step.failure is None and step.rows == 1 else None


def _table(facts: Facts) -> TableShape | None:
    table = facts.database.table if isinstance(facts.database, Database) else None
    return table if isinstance(table, TableShape) and table.holds_sessions else None


def _finds(facts: Facts) -> str | None:
    return _step(facts, "find", "a row written here is found here")


def _reaches_redis(facts: Facts) -> str | None:
    server = in_redis.server(facts)
    if not isinstance(server, RedisServer) or in_redis.incidental(facts):
        return None
    return f"{server.user} reaches Redis {server.version}, {server.clients} of {server.max_clients or '?'} clients connected"


def _saves_in_redis(facts: Facts) -> str | None:
    tried = isinstance(in_redis.redis(facts), Redis) and in_redis.passed(facts) and not in_redis.incidental(facts)
    return "a login's own commands are not refused (tried on a key that is not there)" if tried else None


def _stands_in_redis(facts: Facts) -> str | None:
    found = in_redis.families(facts)
    return f"{sum(family.keys for family in found)} sessions stand in Redis, under {found[0].prefix}" if found else None


def _reads_in_redis(facts: Facts) -> str | None:
    found = [family for family in in_redis.families(facts) if family.read]
    odd = sum(family.wrong_type + family.unreadable + family.without_cookie for family in found)
    return f"{sum(family.read for family in found)} sessions in Redis hold what Express expects" if found and not odd else None


_SHOWN_BY: Final[Mapping[Station, tuple[Callable[[Facts], str | None], ...]]] = {
    Station.BOOT: (_boots,),
    Station.REACH: (_reaches, _reaches_redis),
    Station.SAVE: (_saves, _saves_in_redis),
    Station.SET: (_sets, _returns),
    Station.KEEP: (_keeps, _returns),
    Station.SEND: (_returns,),
    Station.ARRIVE: (_returns,),
    Station.VERIFY: (_returns,),
    Station.FIND: (_finds, _let_in, _stands_in_redis),
    Station.LIVE: (_lives, _let_in, _stands_in_redis),
    Station.READ: (_reads, _let_in, _reads_in_redis),
    Station.AGREE: (),
}
