"""The secret was changed, and the cookies signed with the old one are no longer accepted.

Symptom: everybody is logged out exactly once, at a deploy or a change of the environment; fine before and after.
Evidence: one start names keys of which none was there at the start before, and only that one; or cookies fail their
    signature after a restart although a fixed secret is set. The rows are still in the table.
Tell apart: a secret made up at every start does this at every start. A restored database takes the rows away as well.
Fix: put the old secret behind the new one (SESSION_SECRET_PREVIOUS, or secret: [new, old]); every session that still
    lives is valid again at once. Take the old one out when the longest maxAge is over.
"""

from sessile.doctor import secrets
from sessile.doctor.causes import signed
from sessile.doctor.facts import Evidence, Facts, Log
from sessile.doctor.findings import Confirmed, Finding, Level, Need, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("secret-rotated-without-keyring",)
REMEDY = Remedy(
    "Add the old secret behind the new one, so that both are accepted; sessions of before are valid again at once",
    "sessile secret rotate",
)
LINKS = {
    "401 after a restart": Level.USUALLY,
    "signature invalid": Level.USUALLY,
    "boot failed": Level.NEVER,
    "cookie comes back in vain": Level.SOMETIMES,
}


def judge(facts: Facts) -> Finding:
    for log in facts.logs:
        if changed := _changed_once(log, facts):
            return Confirmed(changed)
    if any(len(secrets.starts(log)) > 1 and not secrets.changes(log) for log in facts.logs):
        return RuledOut("every start accepts the keys of the start before")
    if secrets.absences(facts) and not any(secrets.gives_secret(one) for one in facts.environments):
        return RuledOut("no secret is set that could have been changed")
    replaced = _replaced(facts)
    if old := signed.by_keys(facts, _given_up(facts)):
        return Confirmed(replaced + old, certainty=signed.WITH_ITS_ROW)
    rejected = secrets.rejected(facts)
    if replaced and rejected:
        return Confirmed(replaced + rejected, certainty=0.95)
    if replaced or rejected or any(secrets.changes(log) for log in facts.logs):
        return Undecided(replaced + rejected)
    if foreign := signed.by_none(facts):
        return Undecided(foreign)
    if not facts.logs:
        return Unseen(Need.LOG, "no log was given")
    return Undecided() if any(log.boots > 1 for log in facts.logs) else Unseen(Need.LOG, "no log over a restart was given")


def _changed_once(log: Log, facts: Facts) -> tuple[Evidence, ...]:
    """The two starts between which the key changed: once in three or more, or to the very secret that is set now."""
    starts, changes = secrets.starts(log), secrets.changes(log)
    if len(changes) != 1:
        return ()
    old, new = changes[0]
    is_set = any(new.keys[0] in secrets.fingerprints(environment) for environment in facts.environments)
    returned = any(set(start.keys) & set(old.keys) for start in starts[starts.index(new) :])
    return (old.evidence, new.evidence) if (len(starts) > 2 or is_set) and not returned else ()


def _given_up(facts: Facts) -> frozenset[str]:
    """The keys of earlier versions of an environment that no later one accepts."""
    keys = [(secrets.is_earlier(one), secrets.fingerprints(one)) for one in facts.environments if secrets.keyring(one)]
    accepted = frozenset().union(*(of for earlier, of in keys if not earlier))
    return frozenset().union(*(of for earlier, of in keys if earlier)) - accepted if accepted else frozenset()


def _replaced(facts: Facts) -> tuple[Evidence, ...]:
    """The secret of an earlier version of an environment that no later one accepts."""
    current = [one for one in facts.environments if not secrets.is_earlier(one) and secrets.keyring(one)]
    accepted = frozenset().union(*(secrets.fingerprints(one) for one in current))
    earlier = (one.secret for one in facts.environments if current and secrets.is_earlier(one))
    return tuple(secrets.describe(secret) for secret in earlier if secret and not secret.fingerprints & accepted)
