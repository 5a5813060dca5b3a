"""Saving the session fails after the login was answered 200, so nobody is told.

Symptom: the login answers 200 with a cookie, the next request 401, and the access log shows nothing wrong.
Evidence: the log has an error of the database for each login that was answered with success. express-session answers
    first and hands the error to `next(err)` when the headers are gone; with `req.session.save(callback)` the same error
    is a 500. In the code, no login saves explicitly, or the callback does not look at its error.
Tell apart: this hides a cause and is none itself: the SQLSTATE in the log names the one that must be cured.
Fix: cure what the error names; then save explicitly in the login, and answer 500 when it fails.
"""

from sessile.doctor.causes import code, signs
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import SESSION_STORE, Kind
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Noted, Remedy

ENTRIES = ("save-error-swallowed-after-200",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Cure what the error in the log names; then let the login save and look at the error",
    changes=(
        Change(
            "Express",
            "req.session.userId = user.id\nres.json({ ok: true })",
            "req.session.userId = user.id\nreq.session.save((err) => (err ? next(err) : res.json({ ok: true })))",
        ),
    ),
)
LINKS = {"save errors": Level.SOMETIMES}
WHY = "it hides the error from users; the cause is what the error names"


def judge(facts: Facts) -> Finding:
    swallowed = _swallowed(facts)
    ignored = code.shown(code.did(facts, Deed.IGNORES_SAVE_ERROR), "this callback does not look at the save's error")
    if swallowed or (ignored and not facts.logs):
        return Noted((*swallowed, *ignored), WHY)
    return signs.absent(facts)


def _swallowed(facts: Facts) -> tuple[Evidence, ...]:
    """The save errors of runs in which every login was answered with success all the same."""
    found = []
    for log in facts.logs:
        of_the_store = (event for event in log.of(Kind.ERROR) if SESSION_STORE in event.values)
        failed = [event for event in (*log.of(Kind.SAVE_ERROR), *of_the_store) if event.last.boot == log.boots]
        if failed and log.count(Kind.LOGIN) and not log.count(Kind.SERVER_ERROR):
            found += [log.evidence(event) for event in failed]
    return tuple(found)
