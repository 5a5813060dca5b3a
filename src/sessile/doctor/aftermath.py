"""What a user meets after a login that a recording or a probe shows."""

from collections.abc import Callable

from sessile.doctor import recorded
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import NotSeen, Seen
from sessile.doctor.symptoms import Look
from sessile.doctor.visits import Visit, visits


def of_visits(wanted: Callable[[Visit], Evidence | None]) -> Callable[[Facts], Look]:
    """A look over the logins in recordings: `wanted` gives what shows it, or None."""

    def look(facts: Facts) -> Look:
        logins = visits(facts)
        found = [evidence for visit in logins if (evidence := wanted(visit))]
        return Seen(tuple(found)) if found else NotSeen() if logins else None

    return look


def without_cookie(visit: Visit) -> Evidence | None:
    if visit.cookies != () or not visit.turned_away:
        return None
    return visit.wire.evidence(visit.login, "the login's response sets no session cookie, and the user is then turned away")


def not_kept(visit: Visit) -> Evidence | None:
    setting = visit.setting
    if visit.cookie is None or setting is None or setting.stored:
        return None
    says = f"a browser does not store {visit.name}: {'; '.join(map(str, setting.objections)) or setting.outcome.value}"
    return visit.wire.evidence(visit.login, says)


def not_returned(visit: Visit) -> Evidence | None:
    without = [one for one in visit.turned_away if visit.sent(one) == () and not visit.taken_by(one)]
    if visit.cookie is None or not without:
        return None
    return visit.wire.evidence(without[0], f"{visit.name} was set at the login, and this request went out without it")


def turned_away_at_last(visit: Visit) -> Evidence | None:
    """Whatever is known of its cookies: a recording without them shows this all the same."""
    last = visit.personal[-1] if visit.personal else None
    if last is None or last not in visit.turned_away:
        return None
    return visit.wire.evidence(last, f"{visit.login} succeeded, and {last} was answered as if nobody were logged in")


def turned_away(facts: Facts) -> Look:
    """By the logins after which it happened, and by what all that were turned away have in common."""
    look = of_visits(turned_away_at_last)(facts)
    return Seen((*look.evidence, *recorded.common(facts))) if isinstance(look, Seen) else look


def returned_in_vain(visit: Visit) -> Evidence | None:
    refused = [one for one in visit.turned_away if visit.came_back(one)]
    says = f"{visit.name} came back as it was set, and the user was turned away"
    return visit.wire.evidence(refused[0], says) if refused else None


def fails_at_last(visit: Visit) -> Evidence | None:
    """The login is answered, and what is the user's own fails from then on."""
    failing = [one for one in visit.personal if one.status >= 500]
    if not failing or visit.let_in or visit.turned_away:
        return None
    return visit.wire.evidence(failing[0], f"{visit.login} succeeded, and {failing[0]} failed")
