"""SameSite is set to a word that does not exist, so the cookie cannot be written.

Symptom: the login answers 200 without a cookie, and leaves a row.
Evidence: `TypeError: option sameSite is invalid` in the log: the value is `secure`, `lax;`, a text in quotes, or
    anything else than lax, strict, none, true and false.
Tell apart: the TypeError names what is wrong: `option domain` and `argument name` are other causes. A SameSite that
    is written and does not fit (None without Secure) arrives in Set-Cookie, and the browser drops it.
Fix: 'lax', 'strict' or 'none', 'none' only with Secure. No session is lost.
"""

from sessile.doctor.causes import unwritten
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("samesite-value-invalid",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Set SameSite to lax, strict or none",
    changes=(
        Change("Express", "cookie: { sameSite: 'secure' }", "cookie: { sameSite: 'lax', secure: true }"),
        Change("sessile (Starlette, FastAPI, Flask)", 'CookiePolicy(same_site="secure")', 'CookiePolicy(same_site="lax")'),
        Change("Django", 'SESSION_COOKIE_SAMESITE = "secure"', 'SESSION_COOKIE_SAMESITE = "Lax"'),
    ),
)
LINKS = {"login without Set-Cookie": Level.ALWAYS, "not secured": Level.NEVER, "sessions never seen again": Level.USUALLY}


def judge(facts: Facts) -> Finding:
    return unwritten.judge(facts, "option sameSite is invalid")
