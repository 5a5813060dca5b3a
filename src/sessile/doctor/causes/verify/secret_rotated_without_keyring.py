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
from sessile.doctor.facts.other_tables import Library
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Need, Remedy, RuledOut, Undecided, Unseen

ENTRIES = ("secret-rotated-without-keyring", "django-secret-key-changed")
REMEDY = Remedy(
    "Add the old secret behind the new one, so that both are accepted; sessions of before are valid again at once",
    "sessile secret rotate",
    changes=(
        Change(
            "Django",
            'SECRET_KEY = os.environ["SECRET_KEY"]',
            'SECRET_KEY = os.environ["SECRET_KEY"]\nSECRET_KEY_FALLBACKS = [os.environ["SECRET_KEY_PREVIOUS"]]',
        ),
        Change(
            "Flask",
            'SECRET_KEY=os.environ["SECRET_KEY"]',
            'SECRET_KEY=os.environ["SECRET_KEY"], SECRET_KEY_FALLBACKS=[os.environ["SECRET_KEY_PREVIOUS"]]',
        ),
    ),
)
LINKS = {
    "401 after a restart": Level.USUALLY,
    "signature invalid": Level.USUALLY,
    "boot failed": Level.NEVER,
    "cookie comes back in vain": Level.SOMETIMES,
}

ENOUGH_ROWS = 2


def judge(facts: Facts) -> Finding:
    if proven := _told_by_the_starts(facts) or _of_django(facts):
        return proven
    if next(secrets.running_apart(facts), None) or secrets.rejecting_apart(facts):
        return RuledOut("instances with different keys turn each other's cookies away: neither key has followed the other")
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
    if not any(log.boots > 1 for log in facts.logs):
        return Unseen(Need.LOG, "no log over a restart was given" if facts.logs else "no log was given")
    return Undecided(needs=Need.DATABASE, alike=True)


def _told_by_the_starts(facts: Facts) -> Confirmed | None:
    """A log whose starts name their keys, between two of which the key changed."""
    changed = next((found for log in facts.logs if (found := _changed_once(log, facts))), ())
    return Confirmed(changed) if changed else None


def _of_django(facts: Facts) -> Confirmed | RuledOut | None:
    """Live rows of Django's that the given secrets did not sign: its log then says that the data is corrupted."""
    table = next((one for one in facts.other_tables if one.library is Library.DJANGO and one.tried), None)
    foreign = table.sampled - table.signed - table.unreadable if table else 0
    if table and table.signed and not foreign:
        return RuledOut(f"the {table.signed} newest live rows in {table.name} are signed by {table.tried[0]}")
    if table is None or foreign < ENOUGH_ROWS or foreign < table.signed:
        return None
    says = f"{foreign} of {table.sampled} live rows are whole, and {', '.join(table.tried[:2])} did not sign them"
    rejected = secrets.rejected(facts)
    return Confirmed((Evidence(says, "postgres", table.name), *rejected[:1]), certainty=0.97 if rejected else 0.85)


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
