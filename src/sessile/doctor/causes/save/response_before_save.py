"""The login redirects before its session is saved, and the next request is faster than the save.

Symptom: after the login the user lands on the login page, or on a 401, now and then; a reload is fine. The slower or the
    farther the database, the more often.
Evidence: a recording shows a request sent when the login's headers had come and its end had not; it was turned away, and
    the same cookie was let in later. In the code, `res.redirect()` follows the change without `req.session.save()`, or
    save() is called and not waited for: without a callback it returns no promise.
Tell apart: express-session sends the headers, saves, and sends the last byte, so what waits for the whole body never
    meets this. A replica that lags needs a second server; a lost update leaves a row that names nobody.
Fix: save, and redirect in the callback. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
from sessile.doctor.placement import at, placed
from sessile.session.outcome import Station

ENTRIES = ("response-before-save", "save-not-awaited")
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Save the session, and answer when it is saved",
    changes=(
        Change(
            "Express",
            "req.session.userId = user.id\nres.redirect('/')",
            "req.session.userId = user.id\nreq.session.save((err) => (err ? next(err) : res.redirect('/')))",
        ),
    ),
)
LINKS = {"login, then 401": Level.SOMETIMES, "cookie comes back in vain": Level.SOMETIMES}
REMARK = "A login does not wait until its session is saved"
WHY = "the next request may come before the row; nothing that was given shows that it does"


def judge(facts: Facts) -> Finding:
    raced = tuple(one.evidence for one in at(facts, Station.SAVE))
    proof = _proof(facts)
    if raced:
        return Confirmed((*raced, *proof), certainty=code.BOTH)
    if placed(facts) and all(one.station is not None for one in placed(facts)):
        return RuledOut("no request was sent between a login's headers and its end")
    if proof:
        return code.possible(facts, LINKS, proof, WHY, REMARK)
    if code.express(facts):
        return code.absent(facts, "no login redirects before its session is saved")
    return Unseen(Need.WIRE, "no recording was given")


def _proof(facts: Facts) -> tuple[Evidence, ...]:
    early = code.shown(code.did(facts, Deed.ANSWERS_BEFORE_SAVE), "the redirect does not wait for the save ({detail})")
    unawaited = code.shown(code.did(facts, Deed.SAVES_UNAWAITED), "nothing waits for this save")
    return (*early, *unawaited)
