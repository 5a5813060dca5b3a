"""What a service's own code does that stops sessions, and at which station: told by the deed, whichever cause it is of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Act, Deed, Framework, Part, Source
from sessile.doctor.layers import Storage
from sessile.doctor.signed_data import IDENTITIES
from sessile.session.outcome import Station

OF_EXPRESS: Final = "express-session"
STOPS_AT: Final[Mapping[Deed, Station]] = {
    Deed.NEVER_LOADS: Station.BOOT,
    Deed.REPLACES: Station.SAVE,
    Deed.CHANGES_AFTER_ANSWER: Station.SAVE,
    Deed.CHANGES_INSIDE: Station.SAVE,
    Deed.SETS_COOKIE_UNSENT: Station.SET,
    Deed.REPLACES_SET_COOKIE: Station.SET,
    Deed.TAKES_COOKIE_AWAY: Station.ARRIVE,
    Deed.UNSIGNS_UNDECODED: Station.VERIFY,
    Deed.KEEPS_IN_MEMORY: Station.FIND,
    Deed.FORGETS_EACH_REQUEST: Station.FIND,
    Deed.ENDS_IN_HOOK: Station.FIND,
    Deed.ASKS_IN_VAIN: Station.READ,
    Deed.WITHOUT_SESSION: Station.READ,
    Deed.CHECKS_WITHOUT_LOGIN: Station.READ,
    Deed.SETS_BEFORE_LOGIN: Station.READ,
    Deed.LEAVES_USER_BEHIND: Station.READ,
    Deed.OUTDATES_SESSION: Station.READ,
    Deed.HASHES_AT_LOGIN: Station.READ,
    Deed.HASHES_PER_START: Station.READ,
    Deed.LOOKS_UP_TEXT: Station.READ,
    Deed.LOOKS_UP_OBJECT: Station.READ,
    Deed.LOGS_IN_INACTIVE: Station.READ,
    Deed.BINDS_TO_CLIENT: Station.AGREE,
    Deed.LIMITS_IDLING: Station.AGREE,
}
"""Where a session stops that meets the deed. It may be meant, or met by few: it tells only which of several stations it is."""

PUTS_NOTHING: Final = (Deed.CHANGES_INSIDE, Deed.CHANGES_AFTER_ANSWER, Deed.WITHOUT_SESSION, Deed.CHECKS_WITHOUT_LOGIN)
"""After such a login the session that its answer could have told of is as empty as before."""

Stop = tuple[Station, Evidence]


def narrowed(stations: Sequence[Station], facts: Facts) -> tuple[Station, ...]:
    """Those of the stations at which the code is seen to stop sessions; all of them where it is at none."""
    told = {station for station, _ in stops(facts)}
    return tuple(one for one in stations if one in told) or tuple(stations)


def stops(facts: Facts) -> tuple[Stop, ...]:
    """What all of the code does that stops sessions, each with its line."""
    of_sources = (stop for source in facts.sources for stop in (*_of_acts(source, *STOPS_AT), *_of_steps(source)))
    return (*of_sources, *_of_secrets(facts), *_of_keys(facts), *_of_memory(facts))


def unnoticed(facts: Facts) -> tuple[Stop, ...]:
    """Where the login's change stays unnoticed, so that there is no session to send a cookie of, whatever the cookie is like."""
    return tuple(stop for source in facts.sources for stop in _of_acts(source, Deed.CHANGES_INSIDE))


def puts_nothing(facts: Facts) -> tuple[Stop, ...]:
    """What the code does, and where, that keeps a login from putting anything into the session before it answers."""
    return tuple(stop for source in facts.sources for stop in _of_acts(source, *PUTS_NOTHING))


def _of_acts(source: Source, *deeds: Deed) -> Iterator[Stop]:
    for act in source.did(*deeds):
        if _strikes_logins(source, act):
            yield _station(source, act), source.evidence(act.place, act.deed.value)


def _strikes_logins(source: Source, act: Act) -> bool:
    """Whether a change that is lost is the login's own; whatever else is done strikes the session itself."""
    match act.deed:
        case Deed.CHANGES_AFTER_ANSWER:
            return any(login.place == act.place for login in source.did(Deed.LOGS_IN))
        case Deed.CHANGES_INSIDE:
            within = any(login.place == act.place for login in source.did(Deed.LOGS_IN_INSIDE))
            return within or IDENTITIES.match(act.detail) is not None
    return True


def _station(source: Source, act: Act) -> Station:
    """Without the header express-session takes the cookie from whoever has verified it before."""
    verified = any(step.setting("secret") for step in source.of(Part.COOKIES))
    return Station.VERIFY if act.deed is Deed.TAKES_COOKIE_AWAY and verified else STOPS_AT[act.deed]


def _of_secrets(facts: Facts) -> Iterator[Stop]:
    """A list of secrets whose blanks are kept, where it has some: what such a part should verify, it does not."""
    spaced = frozenset(name for environment in facts.environments for name in environment.spaced)
    for source in facts.sources:
        for act in source.did(Deed.SPLITS_SECRETS):
            if act.detail in spaced:
                yield Station.VERIFY, source.evidence(act.place, act.deed.value)


def _of_keys(facts: Facts) -> Iterator[Stop]:
    """The keys of a cache that has the sessions alone: another host asks it for other ones."""
    for layer in layers.layers(facts):
        for act in layer.source.did(Deed.KEYS_BY_HOST) if layer.cached else ():
            yield Station.FIND, layer.source.evidence(act.place, act.deed.value)


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


def _of_memory(facts: Facts) -> Iterator[Stop]:
    """Where sessions are kept that no other process has, nor the same one after its next start."""
    for layer in layers.layers(facts):
        if layer.storage is Storage.MEMORY:
            yield Station.FIND, layer.evidence(layer.memory, f"sessions are kept in {Storage.MEMORY}")
