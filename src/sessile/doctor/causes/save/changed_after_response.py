"""The login puts the user into the session after it has answered, when nothing is saved any more.

Symptom: every login answers 200, and there is neither a cookie nor a row, nor an error.
Evidence: in the code, `res.json()` comes before `req.session.userId = ...`, with an await or a timer in between perhaps.
    express-session decides at the answer's end whether there is something to save. In Starlette and FastAPI, a background task
    that writes to request.session. sessile says so itself: "session change lost", with the key that was changed.
Tell apart: a stream that has begun, and not ended, gets its row saved and no cookie (set-headers-already-sent). A value that
    is undefined leaves nothing to save, either (set-session-not-modified).
Fix: change the session, save it, and answer then. No session is lost.
"""

import re
from collections.abc import Iterator
from typing import Final

from sessile.doctor.causes import code, signs
from sessile.doctor.causes.set.headers_already_sent import BEGINS
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.facts.source import Act, Deed, Source
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Noted, Remedy

ENTRIES = ("mutation-after-response",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Change and save the session before the answer",
    changes=(
        Change(
            "Express",
            "res.json({ ok: true })\nreq.session.userId = await idOf(user)",
            "req.session.userId = await idOf(user)\nreq.session.save((err) => (err ? next(err) : res.json({ ok: true })))",
        ),
        Change(
            "sessile, in an answer that streams",
            'async def parts():\n    request.session["user"] = user.id\n    yield b"done"',
            'request.session["user"] = user.id\n\nasync def parts():\n    yield b"done"',
        ),
        Change("Starlette and FastAPI", "tasks.add_task(remember, request, user)", 'request.session["user"] = user.id'),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "login, then 401": Level.USUALLY,
    "table empty": Level.SOMETIMES,
    "session rows missing after login": Level.SOMETIMES,
    "save errors": Level.NEVER,
}


def judge(facts: Facts) -> Finding:
    lost = _lost(facts)
    if lost and not (works := code.users_let_in(facts)):
        return Confirmed(lost, certainty=signs.A_LOGS_WORD)
    if lost:
        return Noted(lost, f"it is no login that is lost: {works}", REMARK)
    of_users, others = _late(facts, of_users=True), _late(facts, of_users=False)
    if of_users and _elsewhere_in_time(facts):
        return code.possible(facts, LINKS, of_users, WHY, REMARK)
    if of_users:
        return code.certain(facts, *of_users)
    if others:
        return Noted(others, "what is lost is no user", REMARK)
    return code.absent(facts, "no handler changes the session after its answer")


_USERS: Final = re.compile(
    r"session change lost: '_?(?:user|uid|account|member|auth|login|identity|email|passport)", re.IGNORECASE
)


def _lost(facts: Facts) -> tuple[Evidence, ...]:
    """What sessile says of changes that came too late and tell who the user is."""
    said = ((log, event) for log in facts.logs for event in log.of(Kind.ERROR, "CHANGE_LOST"))
    return tuple(log.evidence(event) for log, event in said if _USERS.search(event.text))


WHY = "another login of the code comes in time; nothing that was given shows that users take this one"
REMARK = "A handler changes the session after it has answered"


def _elsewhere_in_time(facts: Facts) -> bool:
    """Whether the code logs in somewhere before it answers, too: then the late one may be a branch that is never taken."""
    late = {act.place for _, act in _did(facts, Deed.CHANGES_AFTER_ANSWER)}
    return any(act.place not in late for _, act in _did(facts, Deed.LOGS_IN, Deed.LOGS_IN_BY_LIBRARY))


def _did(facts: Facts, *deeds: Deed) -> Iterator[tuple[Source, Act]]:
    yield from code.did(facts, *deeds)
    yield from code.in_python(facts, *deeds)


def _late(facts: Facts, *, of_users: bool) -> tuple[Evidence, ...]:
    logins = {act.place for _, act in _did(facts, Deed.LOGS_IN)}
    return tuple(
        source.evidence(act.place, f"the answer has gone before ({act.detail})")
        for source, act in _did(facts, Deed.CHANGES_AFTER_ANSWER)
        if (act.place in logins) is of_users and not act.detail.startswith(BEGINS)
    )
