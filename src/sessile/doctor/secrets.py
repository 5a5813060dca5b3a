"""What the facts say about secrets when they are put side by side: environments, readers, and the keys of each start."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise

from sessile.doctor.facts import Environment, Evidence, Facts, Log
from sessile.doctor.facts.environment import Dialect, Secret
from sessile.doctor.facts.logs import Event, Kind
from sessile.session.outcome import Outcome, Reason

READERS = (Dialect.NODE, Dialect.PYTHON, Dialect.SHELL)
"""The readers that take quotes away; docker keeps them, so that every quoted .env file differs for it."""

_FORMS = ("_PREVIOUS", "_FILE", "S")
_STAGES = frozenset({"dev", "development", "test", "testing", "ci", "staging", "preview", "prod", "production", "local"})
_EARLIER = re.compile(r"(?:[._-](?:bak|backup|old|orig|previous|save)|~)$", re.IGNORECASE)
_ONLY_EXPRESS = (
    Kind.SIGNATURE_INVALID, Kind.COOKIE_UNSIGNED, Kind.NO_COOKIE, Kind.NO_SESSION, Kind.NOT_SECURED, Kind.PATH_MISMATCH,
    Kind.STORE_DISCONNECTED,
)  # fmt: skip
_BAD_SIGNATURE = str(Outcome(Reason.BAD_SIGNATURE))


def keyring(environment: Environment) -> tuple[Secret, ...]:
    """The secrets that belong together: the first signs, all verify."""
    if not environment.secrets:
        return ()
    family = _family(environment.secrets[0])
    return tuple(secret for secret in environment.secrets if _family(secret) == family)


def gives_secret(environment: Environment) -> bool:
    """Whether a secret is set, or a file that holds one is named."""
    return bool(environment.secrets) or "SESSION_SECRET_FILE" in environment.names


def absences(facts: Facts) -> tuple[Evidence, ...]:
    """What shows that the service is given no secret: an environment without one, or a log that tells of a fallback."""
    lacking = [one for one in facts.environments if one.service_like and not gives_secret(one)]
    fallbacks = [(log, event) for log in facts.logs for event in log.of(Kind.WARNING, "SECRET_FALLBACK")]
    return tuple(Evidence("no session secret is set here", "environment", one.source) for one in lacking) + tuple(
        log.evidence(event) for log, event in fallbacks
    )


def seen_by(environment: Environment, dialect: Dialect) -> tuple[str, ...]:
    """The fingerprints of the keyring as that reader sees it; a process's own environment is the same for all."""
    found = (secret.fingerprint(dialect) or secret.fingerprint(Dialect.PROCESS) for secret in keyring(environment))
    return tuple(fingerprint for fingerprint in found if fingerprint)


def agree(one: Environment, other: Environment, dialect: Dialect) -> bool:
    """Whether two instances accept each other's cookies if that reader reads both environments."""
    return accept(seen_by(one, dialect), seen_by(other, dialect))


def accept(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether two keyrings verify what the other one's first key signs."""
    return bool(ours and theirs) and ours[0] in theirs and theirs[0] in ours


def fingerprints(environment: Environment) -> frozenset[str]:
    """Every value that some reader sees in the keyring, those without their flaws included."""
    return frozenset().union(*(secret.fingerprints for secret in keyring(environment)))


def is_process(environment: Environment) -> bool:
    """Whether this is a process's own environment, which goes before any file's."""
    return any(reading.dialect is Dialect.PROCESS for secret in environment.secrets for reading in secret.readings)


def is_earlier(environment: Environment) -> bool:
    """Whether this is an earlier version of another file, by its name (`.env.bak`)."""
    return bool(_EARLIER.search(environment.source))


def instances(facts: Facts) -> Iterator[tuple[Environment, Environment]]:
    """Each two environments with a secret that can be instances of one service: same stage, same database where known."""
    current = [
        one for one in facts.environments if one.service_like and not one.declared and keyring(one) and not is_earlier(one)
    ]
    return (pair for pair in combinations(current, 2) if _same_service(*pair))


def describe(secret: Secret) -> Evidence:
    """What may be said of a secret: its place, its length and its fingerprint as its readers see it."""
    seen: dict[tuple[str, int], list[str]] = {}
    for reading in secret.readings:
        seen.setdefault((reading.fingerprint, reading.length), []).append(str(reading.dialect))
    several = len(seen) > 1
    parts = [
        f"key {fingerprint} of {length} characters" + (f" for {', '.join(who)}" if several else "")
        for (fingerprint, length), who in seen.items()
    ]
    return Evidence(f"{secret.name} is {'; '.join(parts)}", "environment", secret.pointer)


def rejected(facts: Facts) -> tuple[Evidence, ...]:
    """The log lines that say a cookie's signature matched no key."""
    return tuple(log.evidence(event) for log in facts.logs for event in bad_signatures(log))


def bad_signatures(log: Log) -> tuple[Event, ...]:
    """The events of one log that say a cookie's signature matched no key, by Express or by sessile."""
    return log.of(Kind.SIGNATURE_INVALID) + log.of(Kind.OUTCOME, _BAD_SIGNATURE)


def readers(facts: Facts) -> frozenset[Dialect]:
    """Whose dialects the service is known to speak, from what only Express or only sessile writes to a log."""
    node = any(log.count(kind) for log in facts.logs for kind in _ONLY_EXPRESS) or any(e.node_env for e in facts.environments)
    python = any(log.count(kind) for log in facts.logs for kind in (Kind.KEYS, Kind.OUTCOME))
    return frozenset({dialect for dialect, known in ((Dialect.NODE, node), (Dialect.PYTHON, python)) if known})


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a sessile service: the fingerprints of its keys, the first of which signs."""

    boot: int
    keys: tuple[str, ...]
    evidence: Evidence


def starts(log: Log) -> tuple[Start, ...]:
    """The starts of one log that named their keys, in order."""
    named = [(boot, event) for event in log.of(Kind.KEYS) for boot in event.boots if event.values]
    return tuple(_start(log, boot, event) for boot, event in sorted(named, key=lambda one: one[0]))


def _start(log: Log, boot: int, event: Event) -> Start:
    says = f"start {boot} signs with key {event.values[0]}"
    return Start(boot, event.values, Evidence(says, "log", f"{log.source}:{event.first.line}"))


def changes(log: Log) -> tuple[tuple[Start, Start], ...]:
    """The starts whose keys were never there before, each with the start before it."""
    named = starts(log)
    seen: set[str] = set()
    found = []
    for old, new in pairwise(named):
        seen |= set(old.keys)
        if not seen & set(new.keys):
            found.append((old, new))
    return tuple(found)


def running_apart(facts: Facts) -> Iterator[tuple[Evidence, Evidence]]:
    """The last starts of two instances that ran at the same time and accept none of each other's keys."""
    named = [(log, starts(log)) for log in facts.logs if starts(log) and not changes(log)]
    for (log, ours), (other_log, theirs) in combinations(named, 2):
        apart = not set(ours[-1].keys) & set(theirs[-1].keys)
        if apart and log.instance != other_log.instance and _overlap(log, other_log):
            yield ours[-1].evidence, theirs[-1].evidence


def rejecting_apart(facts: Facts) -> bool:
    """Whether logs of the same time, of starts that accept none of each other's keys, both tell of foreign signatures."""
    named = [(log, starts(log)[-1].keys) for log in facts.logs if starts(log) and bad_signatures(log)]
    return any(not set(ours) & set(theirs) and _overlap(one, other) for (one, ours), (other, theirs) in combinations(named, 2))


def _overlap(one: Log, other: Log) -> bool:
    """Whether two logs tell of the same time; so it is taken where one of them has no times."""
    times, other_times = _times(one), _times(other)
    return not times or not other_times or (min(times) <= max(other_times) and min(other_times) <= max(times))


def _times(log: Log) -> list[datetime]:
    return [mark.time for event in log.events for mark in (event.first, event.last) if mark.time]


def _same_service(one: Environment, other: Environment) -> bool:
    databases = {environment.database_address for environment in (one, other)} - {None}
    stages = {environment.node_env for environment in (one, other)} - {None}
    alike = len(databases) < 2 and len(stages) < 2 and _stage(one) == _stage(other)
    return alike and _family(one.secrets[0]) == _family(other.secrets[0])


def _family(secret: Secret) -> str:
    """The name that a secret, its list, its file and the secret before it share."""
    return next((secret.name.removesuffix(form) for form in _FORMS if secret.name.endswith(form)), secret.name)


def _stage(environment: Environment) -> str:
    """The stage that the file's name or a folder's name says it is for, or ""."""
    *folders, name = re.split(r"[/\\]", environment.source.lower())
    return next((part for part in (*re.split(r"[._-]", name), *reversed(folders)) if part in _STAGES), "")
