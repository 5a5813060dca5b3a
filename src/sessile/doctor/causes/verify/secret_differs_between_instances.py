"""Two instances of the service sign with different secrets, so each rejects the other's cookies.

Symptom: 401 at random, the less often the fewer instances there are; reloading helps. With saveUninitialized the wrong
    instance even replaces the good cookie.
Evidence: the environments of two instances, or the keys that they name in their logs, have no secret in common.
Tell apart: a memory store on several instances gives the same mix, but then the row is not in the table. If the values
    differ only by quotes, a line end or a cut, that has a cause of its own.
Fix: one secret for all, from one place. Until the old cookies have aged out, let every instance accept the common one
    and its own old one: SESSION_SECRET common, SESSION_SECRET_PREVIOUS its own.
"""

from collections.abc import Iterator
from itertools import chain, combinations, pairwise

from sessile.doctor import alternation, secrets
from sessile.doctor.causes import signed
from sessile.doctor.causes.find import sessions_kept_elsewhere
from sessile.doctor.facts import Environment, Evidence, Facts
from sessile.doctor.facts.deployment import Origin, Service
from sessile.doctor.facts.environment import Dialect
from sessile.doctor.findings import Confirmed, Finding, Level, Need, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("secret-differs-between-instances", "keyring-rolled-out-in-one-step")
REMEDY = Remedy(
    "Give every instance the same SESSION_SECRET, and each its own old one as SESSION_SECRET_PREVIOUS until old cookies"
    " have aged out",
    "sessile secret rotate",
)
LINKS = {
    "intermittent 401": Level.ALWAYS,
    "signature invalid": Level.SOMETIMES,
    "login, then 401": Level.SOMETIMES,
    "cookie comes back in vain": Level.SOMETIMES,
}


def judge(facts: Facts) -> Finding:
    if apart := next(chain(secrets.running_apart(facts), _in_turn(facts)), None):
        return Confirmed(apart)
    if balanced := _balanced(facts):
        return Confirmed(balanced, certainty=0.95)
    pairs = list(secrets.instances(facts))
    strangers = [pair for pair in pairs if not secrets.fingerprints(pair[0]) & secrets.fingerprints(pair[1])]
    for one, other in strangers:
        if not secrets.is_process(one) and not secrets.is_process(other):
            certainty = 0.99 if one.database_address == other.database_address is not None else 0.95
            return Confirmed(_side_by_side(one, other), certainty=certainty)
    by_turns = () if sessions_kept_elsewhere.gone(facts) else alternation.alternating(facts)
    if mixed := signed.lives_and_is_refused(facts) + signed.by_none(facts) + by_turns:
        return Undecided(mixed)
    if strangers:
        return Undecided(_side_by_side(*strangers[0]))
    one_sided = [pair for pair in pairs if not any(secrets.agree(*pair, dialect) for dialect in Dialect)]
    if one_sided:
        return Undecided(_side_by_side(*one_sided[0]))
    if pairs:
        return RuledOut(f"{len({one.source for pair in pairs for one in pair})} environments give the same secret")
    if len(facts.logs) > 1:
        return Undecided(secrets.rejected(facts))
    return Unseen(Need.ENVIRONMENT, "the environments of two instances were not given")


def _balanced(facts: Facts) -> tuple[Evidence, ...]:
    """Two services of one file that a proxy spreads requests over, and whose secrets are certainly two."""
    services = {service.name: service for service in facts.deployments.web if service.name}
    for location in facts.deployments.locations:
        behind = [services[name] for name in location.servers if name in services]
        for one, other in combinations(behind, 2):
            mine, theirs = _declared(one), _declared(other)
            if mine and theirs and not mine[1] & theirs[1]:
                spread = Evidence(
                    f"requests to {location.path} are spread over {one.name} and {other.name}", "deployment", location.pointer
                )
                return spread, mine[0], theirs[0]
    return ()


def _declared(service: Service) -> tuple[Evidence, frozenset[str]] | None:
    """The secret of a service, as far as it is a value of its own: written in the file, or generated for it alone."""
    if service.environment and service.environment.secret:
        return secrets.describe(service.environment.secret), secrets.fingerprints(service.environment)
    generated = next(
        (one for one in service.variables if one.origin is Origin.GENERATED and not one.group and "SECRET" in one.name), None
    )
    says = f"{generated.name} of {service.name} is generated for it alone" if generated else ""
    return (Evidence(says, "deployment", generated.pointer), frozenset({service.name})) if generated else None


def _side_by_side(one: Environment, other: Environment) -> tuple[Evidence, ...]:
    return tuple(secrets.describe(environment.secrets[0]) for environment in (one, other))


def _in_turn(facts: Facts) -> Iterator[tuple[Evidence, Evidence]]:
    """Two starts in one log that accept none of each other's keys, of which the later one has keys that were there before."""
    for log in facts.logs:
        new = [start for _, start in secrets.changes(log)]
        for one, other in pairwise(secrets.starts(log)):
            if other not in new and not set(one.keys) & set(other.keys):
                yield one.evidence, other.evidence
