"""The login answers first and changes the session afterwards, when Set-Cookie can no longer be added.

Symptom: the login answers 200 without a cookie; its row may be saved a moment later.
Evidence: the response goes out before the session is changed: res.json, res.write or flushHeaders come first, the
    login is a stream, or the change is made in a callback after the answer. The session is saved, and the log, with
    DEBUG=express-session, has neither "not secured" nor a TypeError.
Tell apart: a proxy that strips Set-Cookie looks the same where it strips every cookie. "Session saved" after the
    login's line in the log hints at it and proves nothing: a session changed in time may be saved without waiting. A
    login that never changes its session leaves no row. The handler's own order is the last word.
Fix: change the session, save it, and answer then.
"""

from typing import Final

from sessile.doctor.causes import code, passing, unset
from sessile.doctor.causes.unset import Unset
from sessile.doctor.facts import Evidence, Facts, Log
from sessile.doctor.facts.logs import Event, Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy, RuledOut
from sessile.doctor.placement import orphans

ENTRIES = ("headers-already-sent",)
REMEDY = Remedy(
    "Change and save the session before the first byte of the answer",
    changes=(
        Change(
            "Express",
            "res.json({ user })\nreq.session.userId = user.id",
            "req.session.userId = user.id\nawait new Promise((ok, no) => req.session.save((err) => (err ? no(err) : ok())))\n"
            "res.json({ user })",
        ),
        Change(
            "Starlette and FastAPI",
            "async def body():\n    yield b'...'\n    request.session['userId'] = user.id\nreturn StreamingResponse(body())",
            "request.session['userId'] = user.id\nreturn StreamingResponse(body())",
        ),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "not secured": Level.NEVER,
    "sessions never seen again": Level.USUALLY,
    "same user logs in again and again": Level.USUALLY,
}
BEGINS: Final = "res.write"
BY_EXCLUSION: Final = 0.9
_STREAMS: Final = ("text/event-stream", "application/x-ndjson", "application/stream+json", "application/jsonl")


def judge(facts: Facts) -> Finding:
    logins = unset.unset(facts)
    if not logins:
        coded = () if facts.wires else _coded(facts)
        return code.possible(facts, LINKS, coded, WHY, REMARK) if coded else unset.nothing(facts)
    if unset.not_secured(facts):
        return RuledOut('the log says "not secured": the session had been changed in time')
    if unset.refused_options(facts):
        return RuledOut("the log has the TypeError of a cookie that cannot be written: the session had been changed in time")
    if any(direct.line for one in logins for direct in one.directly if direct.proxied is one.visit.login):
        return RuledOut("the same login, asked directly, sets the cookie")
    late = tuple(evidence for log in facts.logs for evidence in _answered_first(log))
    one = logins[0]
    saved = orphans(facts) or late
    if saved and unset.listened(facts, one.visit.login) and not _may_be_stripped(one):
        return Confirmed((one.evidence, *saved, *_streamed(one)), certainty=BY_EXCLUSION)
    never = code.absent(facts, "no handler changes the session after its answer has begun")
    if isinstance(never, RuledOut) and not late and not any(code.did(facts, Deed.CHANGES_AFTER_ANSWER)):
        return never
    return unset.undecided(facts, logins, *late, *_streamed(one), *_complaints(facts), *_coded(facts))


REMARK = "A handler changes the session after its answer has begun"
WHY = "what is changed then is saved when the stream ends, and its cookie is not set; nothing given shows that it is a login's"


def _coded(facts: Facts) -> tuple[Evidence, ...]:
    """The handlers that begin their answer and change the session afterwards."""
    return tuple(
        source.evidence(act.place, f"the headers have gone before ({act.detail})")
        for source, act in code.did(facts, Deed.CHANGES_AFTER_ANSWER)
        if act.detail.startswith(BEGINS)
    )


def _may_be_stripped(one: Unset) -> bool:
    login = one.visit.login
    return bool(passing.marks(login)) and not (login.response and login.response.set_cookies)


def _answered_first(log: Log) -> tuple[Evidence, ...]:
    """A log from the start in which the first and the last login were answered before their session was saved.

    An access log writes its line when the answer has gone.
    """
    booted, answered, saved = (_ends(log, kind) for kind in (Kind.BOOT, Kind.LOGIN, Kind.SAVED))
    if not (booted and answered and saved) or booted[0] > answered[0] or log.count(Kind.LOGIN) != log.count(Kind.SAVED):
        return ()
    if not (answered[0] < saved[0] and answered[1] < saved[1]):
        return ()
    return tuple(log.evidence(event) for event in (_first(log, Kind.LOGIN), _first(log, Kind.SAVED)))


def _ends(log: Log, kind: Kind) -> tuple[int, int] | None:
    events = log.of(kind)
    return (min(event.first.line for event in events), max(event.last.line for event in events)) if events else None


def _first(log: Log, kind: Kind) -> Event:
    return min(log.of(kind), key=lambda event: event.first.line)


def _streamed(one: Unset) -> tuple[Evidence, ...]:
    login = one.visit.login
    media = (login.response.headers.get("content-type") or "").partition(";")[0].strip().lower() if login.response else ""
    return (one.visit.wire.evidence(login, f"{login} is answered as a stream ({media})"),) if media in _STREAMS else ()


def _complaints(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(
        log.evidence(event)
        for log in facts.logs
        for event in log.of(Kind.ERROR, "ERR_HTTP_HEADERS_SENT")
        if event.last.boot == log.boots
    )
