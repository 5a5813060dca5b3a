"""Another response clears the cookie that the login has just set.

Symptom: the login succeeds, and is undone a moment later.
Evidence: a response that came after the login's, to a call that was under way or asked without the new session, removes
    the cookie: of the same name, Domain and Path. In the code, `res.clearCookie()` of the session's name, or of every cookie
    that came, in a handler that is no logout.
Tell apart: a logout removes it on purpose. A 401 that clears a cookie which it had been sent comes after something else
    had already gone wrong: look for that.
Fix: do not clear cookies in the handler of every 401; let the page stop its pending calls before it logs in.
"""

from collections.abc import Iterator

from sessile.doctor import timeline
from sessile.doctor.causes import code, unsent
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.exchange import Exchange, Role
from sessile.doctor.facts.source import ANY_COOKIE, Deed, Literal, Source
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy, RuledOut, Unseen
from sessile.doctor.visits import Visit, turned_away, visits

ENTRIES = ("clear-cookie-on-other-response",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Clear the cookie at the logout only, and stop pending calls before a login",
    changes=(
        Change(
            "Express",
            "if (!req.session.userId) { res.clearCookie('connect.sid'); return res.sendStatus(401) }",
            "if (!req.session.userId) return res.sendStatus(401)",
        ),
        Change(
            "Starlette and FastAPI",
            'response = Response(status_code=401)\nresponse.delete_cookie("sid")\nreturn response',
            "return Response(status_code=401)",
        ),
        Change(
            "the page",
            "await fetch('/login', { method: 'POST', body })",
            "pending.abort()   // an AbortController whose signal all calls before the login have\n"
            "await fetch('/login', { method: 'POST', body })",
        ),
    ),
)
LINKS = {
    "cookie does not come back": Level.ALWAYS,
    "login, then 401": Level.RARELY,
    "one login, then 401": Level.RARELY,
}
REMARK = "A handler that is no logout clears the session's cookie"
WHY = "whoever is logged in and comes there is logged out; nothing that was given shows that users come there"
BY_DEFAULT = "connect.sid"


def judge(facts: Facts) -> Finding:
    for visit in visits(facts):
        if cleared := next(_clearing(visit), None):
            return Confirmed((unsent.set_to(visit), cleared))
    if coded := _coded(facts):
        return code.possible(facts, LINKS, coded, WHY, REMARK)
    found = unsent.nothing(facts)
    return found if isinstance(found, Unseen) else RuledOut("no other response clears the cookie after the login")


def _coded(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(
        source.evidence(act.place, "no logout, and it clears the session's cookie")
        for source, act in code.did(facts, Deed.CLEARS_COOKIE)
        if act.detail == ANY_COOKIE or act.detail in _names(facts, source)
    )


def _names(facts: Facts, source: Source) -> frozenset[object]:
    """The names that the service's session cookie has, as far as they are known."""
    named = [step.setting("name") for step in code.sessions(source)]
    values = [code.effective(facts, one.value) if one else Literal(BY_DEFAULT) for one in named]
    return frozenset(one.value for one in values if isinstance(one, Literal))


def _clearing(visit: Visit) -> Iterator[Evidence]:
    later = (*timeline.overtaken(visit.wire, visit.login), *visit.after)
    for one in sorted(later, key=lambda one: one.answered or one.started):
        if one.role in (Role.LOGOUT, Role.LOGIN) or (turned_away(one) and visit.came_back(one)) or visit.taken_by(one):
            continue
        if _removes(visit, one):
            yield visit.wire.evidence(one, f"{one} was answered after the login and clears {visit.name}")


def _removes(visit: Visit, one: Exchange) -> bool:
    """Whether the last of its lines for the very cookie of the login (name, Domain and Path) removes it."""
    passage, ours = visit.passages.get(one.pointer), visit.setting
    if passage is None or ours is None or ours.cookie is None or not ours.stored:
        return False
    key = ours.cookie.key
    same = [line for line, setting in passage.settings if setting.cookie and setting.cookie.key == key and not setting.objections]
    return bool(same) and same[-1].removes
