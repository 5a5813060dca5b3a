"""An error handler ends the session of whoever meets an error.

Symptom: users are logged out now and then, after something else has failed: a form with a missing field, an upload too large, a
    page that is not there.
Evidence: in the code, a handler of errors (the one with four parameters) calls `req.session.destroy()`, `req.logout()` or
    `req.session.regenerate()`, whatever the error; in Python, one of exception_handler() or errorhandler() calls
    `session.clear()`. In the log, a 4xx or 5xx, and 401 from then on.
Tell apart: rows that a job or a deploy removes are gone for everybody at once. A handler that ends the session for one error
    alone, a forged token or a session that cannot be read, is a remark.
Fix: answer the error, and let the session be. Whoever was logged out so logs in again.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import AT_ANY_ERROR, Deed
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

FREQUENCY = Frequency.RARE
ENTRIES: tuple[str, ...] = ()
REMEDY = Remedy(
    "Answer the error, and let the session be",
    changes=(
        Change(
            "Express",
            "app.use((err, req, res, next) => {\n  req.session.destroy(() => {})\n  res.status(500).end()\n})",
            "app.use((err, req, res, next) => {\n  res.status(err.status ?? 500).end()\n})",
        ),
        Change(
            "Flask",
            "@app.errorhandler(404)\ndef missing(error):\n    session.clear()\n    return page(), 404",
            "@app.errorhandler(404)\ndef missing(error):\n    return page(), 404",
        ),
    ),
)
LINKS = {
    "login, then 401": Level.SOMETIMES,
    "session rows missing after login": Level.SOMETIMES,
    "no row for a cookie": Level.SOMETIMES,
    "turned away after the login": Level.SOMETIMES,
}
REMARK = "An error handler ends the session for some errors"
WHY = "that is right for a session that cannot be read; nothing that was given shows that users meet it"


def judge(facts: Facts) -> Finding:
    found = [*code.did(facts, Deed.ENDS_ON_ERROR), *code.in_python(facts, Deed.ENDS_ON_ERROR)]
    proof = code.shown(found, "it {deed}")
    if any(act.detail == AT_ANY_ERROR for _, act in found):
        return Confirmed(proof, certainty=code.BY_CODE)
    return code.possible(facts, LINKS, proof, WHY, REMARK) if proof else code.absent(facts, "no error handler ends the session")
