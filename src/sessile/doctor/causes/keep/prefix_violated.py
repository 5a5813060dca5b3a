"""The cookie's name starts with __Host- or __Secure-, and the cookie does not keep what that promises.

Symptom: Set-Cookie is there, the browser has no cookie, in every browser and from the first day of the new name.
Evidence: `__Host-` without Secure, with a Domain or with another Path than /, `__Secure-` without Secure, or either over
    plain http: InvalidPrefix. express-session sends such a cookie without complaint.
Tell apart: by name and attributes alone. The same cookie under a plain name is stored.
Fix: Secure, Path=/ and no Domain, over https; or a name without the prefix. Nobody could keep the cookie, so no session is
    lost by it.
"""

from sessile.cookies import Reason
from sessile.doctor.causes import unkept
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("cookie-prefix-violated",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Give a __Host- cookie Secure, Path=/ and no Domain, or take the prefix off its name",
    changes=(
        Change(
            "Express",
            "session({ name: '__Host-sid', cookie: { domain: 'shop.example' } })",
            "app.set('trust proxy', 1)\nsession({ name: '__Host-sid', cookie: { secure: true, path: '/' } })",
        ),
        Change(
            "sessile (Starlette, FastAPI, Flask)",
            'CookiePolicy(name="__Host-sid", domain="shop.example")',
            'CookiePolicy(name="__Host-sid", secure=True)',
        ),
        Change(
            "Flask",
            'SESSION_COOKIE_NAME = "__Host-session"',
            'SESSION_COOKIE_NAME = "__Host-session"\nSESSION_COOKIE_SECURE = True\nSESSION_COOKIE_PATH = "/"',
        ),
        Change(
            "Django",
            'SESSION_COOKIE_NAME = "__Host-sessionid"',
            'SESSION_COOKIE_NAME = "__Host-sessionid"\nSESSION_COOKIE_SECURE = True',
        ),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return unkept.judge(facts, Reason.INVALID_PREFIX, "no login sets a cookie that breaks the promise of its name's prefix")
