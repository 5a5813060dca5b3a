"""The login answers without having put anything into the session, so there is nothing to save and no cookie to set.

Symptom: the login answers 200, and there is neither a cookie nor a row, nor any error.
Evidence: the response sets no session cookie, and the session table, to which sessions came within a day, got no row
    meanwhile: with `saveUninitialized: false` a session is saved and its cookie set once a key is assigned.
    `req.session.user = undefined` assigns none; often the user was looked up under another name, or the value was put
    on another object, or after the answer (set-headers-already-sent).
Tell apart: every other reason for a missing cookie leaves a row: a proxy that is not trusted, one that strips
    Set-Cookie, a cookie that cannot be written. An empty or a quiet table may also mean that sessions are kept elsewhere.
Fix: assign a defined id before answering.
"""

from datetime import timedelta
from typing import Final

from sessile.doctor import deeds
from sessile.doctor.causes import unset
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut

ENTRIES = ("session-not-modified",)
UNPROVOKED = (
    "No service of the lab forgets what its login is for; it is tested on recordings and tables as they are after such a login."
)
REMEDY = Remedy(
    "Put a defined user id into the session before answering",
    changes=(
        Change(
            "Express",
            "req.session.user = rows.user\nres.json({ ok: true })",
            "req.session.userId = rows[0].id\nres.json({ ok: true })",
        ),
        Change(
            "Starlette and FastAPI",
            "session = dict(request.session)\nsession['userId'] = user.id",
            "request.session['userId'] = user.id",
        ),
        Change("Flask", "session['roles'].append('admin')", "session['roles'] = [*session['roles'], 'admin']"),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "not secured": Level.NEVER,
    "save errors": Level.NEVER,
    "table empty": Level.SOMETIMES,
}
LATELY: Final = timedelta(days=1)
CONTRADICTED_BY: Final = {
    Kind.SAVED: "the log says that a session was saved",
    Kind.SAVE_ERROR: "the log says that saving failed, so there was something to save",
}


def judge(facts: Facts) -> Finding:
    logins = unset.unset(facts)
    if not logins:
        return unset.nothing(facts)
    if because := _contradiction(facts):
        return RuledOut(because)
    if any(one.saved and one.saved.orphaned for one in logins):
        return RuledOut("the login saved a row that no cookie opens")
    if any(direct.line for one in logins for direct in one.directly if direct.proxied is one.visit.login):
        return RuledOut("the same login, asked directly, sets the cookie")
    unsaved = [one for one in logins if one.saved and one.saved.unsaved]
    if not unsaved:
        return unset.undecided(facts, logins)
    one, table = unsaved[0], facts.correlations.table
    none = Evidence(f"{table} got no row while {one.visit.login} was answered", "postgres", table)
    if one.visit.turned_away and _in_use(facts):
        return Confirmed((one.evidence, none), certainty=unset.SURE)
    why = next((line for _, line in deeds.puts_nothing(facts)), None)
    return RuledOut(f"the code tells why the session is empty: {why.says}") if why else unset.undecided(facts, unsaved, none)


def _in_use(facts: Facts) -> bool:
    """Whether sessions have come to this table lately, so that it is the one that the service writes to."""
    newest = facts.rows.newest if facts.rows else None
    return newest is not None and facts.now - newest < LATELY


def _contradiction(facts: Facts) -> str:
    if unset.refused_options(facts):
        return "the log has the TypeError of a cookie that cannot be written, so there was one to set"
    if unset.not_secured(facts):
        return 'the log says "not secured": there was a cookie to set'
    lately = {event.kind for log in facts.logs for event in log.events if event.last.boot == log.boots}
    return next((because for kind, because in CONTRADICTED_BY.items() if kind in lately), "")
