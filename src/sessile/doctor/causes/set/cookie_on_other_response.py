"""The login sets its cookie on the response that FastAPI hands in, and returns another one, which has no cookie.

Symptom: the login answers 200, the row is written, and the browser is given no cookie.
Evidence: in the code, `response.set_cookie(...)` on a parameter, and after it `return JSONResponse(...)` or a RedirectResponse.
    FastAPI takes over the headers of its parameter only where the handler returns plain data.
Tell apart: a proxy that strips Set-Cookie takes it from every answer. A Secure cookie that is held back comes back over https.
Fix: set the cookie on the response that is returned, or return plain data. No session is lost.
"""

from sessile.doctor.causes import code
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Deed
from sessile.doctor.findings import Change, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen

ENTRIES = ()
FREQUENCY = Frequency.COMMON
REMEDY = Remedy(
    "Set the cookie on the response that is returned",
    changes=(
        Change(
            "FastAPI",
            'response.set_cookie("sid", sid)\nreturn JSONResponse({"ok": True})',
            'answer = JSONResponse({"ok": True})\nanswer.set_cookie("sid", sid)\nreturn answer',
        ),
    ),
)
LINKS = {
    "login without Set-Cookie": Level.ALWAYS,
    "login, then 401": Level.USUALLY,
    "same user logs in again and again": Level.USUALLY,
    "not secured": Level.NEVER,
}


def judge(facts: Facts) -> Finding:
    proof = code.shown(
        code.in_python(facts, Deed.SETS_COOKIE_UNSENT), "{detail} is not what the handler returns, so its cookie goes nowhere"
    )
    if proof:
        return code.certain(facts, *proof[:3])
    if code.any_python(facts):
        return RuledOut("every cookie is set on the response that is returned")
    return Unseen(Need.SOURCE, "no source of a service in Python was given")
