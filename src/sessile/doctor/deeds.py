"""What a service's own code does that stops sessions, and at which station: told by the deed, whichever cause it is of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Act, Deed, Framework, Part, Source
from sessile.session.outcome import Station

OF_EXPRESS: Final = "express-session"
STOPS_AT: Final[Mapping[Deed, Station]] = {
    Deed.REPLACES: Station.SAVE,
    Deed.CHANGES_AFTER_ANSWER: Station.SAVE,
    Deed.TAKES_COOKIE_AWAY: Station.ARRIVE,
    Deed.WITHOUT_SESSION: Station.READ,
    Deed.CHECKS_WITHOUT_LOGIN: Station.READ,
    Deed.SETS_BEFORE_LOGIN: Station.READ,
    Deed.LEAVES_USER_BEHIND: Station.READ,
    Deed.BINDS_TO_CLIENT: Station.AGREE,
    Deed.LIMITS_IDLING: Station.AGREE,
}
"""Where a session stops that meets the deed. It may be meant, or met by few: it tells only which of several stations it is."""

PUTS_NOTHING: Final = (Deed.CHANGES_AFTER_ANSWER, Deed.WITHOUT_SESSION, Deed.CHECKS_WITHOUT_LOGIN)
"""After such a login the session that its answer could have told of is as empty as before."""

Stop = tuple[Station, Evidence]


def narrowed(stations: Sequence[Station], facts: Facts) -> tuple[Station, ...]:
    """Those of the stations at which the code is seen to stop sessions; all of them where it is at none."""
    told = {station for station, _ in stops(facts)}
    return tuple(one for one in stations if one in told) or tuple(stations)


def stops(facts: Facts) -> tuple[Stop, ...]:
    """What all of the code does that stops sessions, each with its line."""
    return tuple(stop for source in facts.sources for stop in (*_of_acts(source, *STOPS_AT), *_of_steps(source)))


def puts_nothing(facts: Facts) -> tuple[Stop, ...]:
    """What the code does, and where, that keeps a login from putting anything into the session before it answers."""
    return tuple(stop for source in facts.sources for stop in _of_acts(source, *PUTS_NOTHING))


def _of_acts(source: Source, *deeds: Deed) -> Iterator[Stop]:
    for act in source.did(*deeds):
        if act.deed is not Deed.CHANGES_AFTER_ANSWER or _logs_in(source, act):
            yield _station(source, act), source.evidence(act.place, act.deed.value)


def _logs_in(source: Source, late: Act) -> bool:
    """Whether the change that comes too late is the login's own."""
    return any(act.place == late.place for act in source.did(Deed.LOGS_IN))


def _station(source: Source, act: Act) -> Station:
    """Without the header express-session takes the cookie from whoever has verified it before."""
    verified = any(step.setting("secret") for step in source.of(Part.COOKIES))
    return Station.VERIFY if act.deed is Deed.TAKES_COOKIE_AWAY and verified else STOPS_AT[act.deed]


def _of_steps(source: Source) -> Iterator[Stop]:
    """What lacks in an application on Express whose steps are all known."""
    if source.framework is not Framework.EXPRESS or not source.ordered:
        return
    sessions = source.of(Part.SESSION)
    if sessions and all(step.library not in ("", OF_EXPRESS) for step in sessions):
        yield Station.BOOT, source.evidence(sessions[0].place, f"it has not all that a session of {OF_EXPRESS} has")
    logins = source.did(Deed.LOGS_IN_BY_LIBRARY)
    if sessions and logins and not source.of(Part.IDENTITY):
        yield Station.READ, source.evidence(logins[0].place, "a library logs in here, and nothing reads the user back")
