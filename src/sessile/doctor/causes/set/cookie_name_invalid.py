"""The session cookie's name holds a character that no cookie's name may, so the cookie cannot be written.

Symptom: the login answers 200 without a cookie, everywhere and from the start, and leaves a row.
Evidence: `TypeError: argument name is invalid` in the log: the name has a space, a separator such as `;`, `=`, `/` or
    a letter beyond ASCII (RFC 6265, 4.1.1: a token).
Tell apart: the TypeError names what is wrong: `option domain` and `option sameSite` are other causes. Without a
    TypeError, and with "not secured", it is set-secure-without-trust-proxy.
Fix: letters, digits and `. _ -` only, such as `shop.sid`. Nobody could keep the old name, so no session is lost.
"""

from sessile.doctor.causes import unwritten
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("cookie-name-invalid",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Name the cookie with letters, digits, dots, underscores and hyphens only",
    changes=(
        Change("Express", "session({ name: 'my app.sid' })", "session({ name: 'my-app.sid' })"),
        Change("sessile (Starlette, FastAPI, Flask)", 'CookiePolicy(name="my app.sid")', 'CookiePolicy(name="my-app.sid")'),
    ),
)
LINKS = {"login without Set-Cookie": Level.ALWAYS, "not secured": Level.NEVER, "sessions never seen again": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    return unwritten.judge(facts, "argument name is invalid")
