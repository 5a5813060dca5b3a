"""The cookie says SameSite=None without Secure, so no browser stores it.

Symptom: the login answers 200 with a Set-Cookie that everybody can see, and the browser has no cookie afterwards; older
    browsers and Postman work.
Evidence: the login's Set-Cookie has SameSite=None and no Secure: SameSiteNoneInsecure. express-session sends it without
    complaint, also with `secure: 'auto'` where it does not trust the proxy that speaks https for it.
Tell apart: by the line itself. With `secure: true` behind such a proxy there is no Set-Cookie at all, which is
    set-secure-without-trust-proxy. A cookie with SameSite=None and Secure that is not kept is send-third-party-blocked.
Fix: Secure, and trust the proxy; or SameSite=Lax where page and service are of one site. Sessions stored by Express keep
    their cookie's attributes: those of live rows change with the next login.
"""

from sessile.cookies import Reason
from sessile.doctor.causes import unkept
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("samesite-none-without-secure", "flask-cookie-scope")
REMEDY = Remedy(
    "Set Secure together with SameSite=None, and trust the proxy in front; or use Lax where all is one site",
    changes=(
        Change(
            "Express",
            "cookie: { sameSite: 'none', secure: 'auto' }",
            "app.set('trust proxy', 1)\ncookie: { sameSite: 'none', secure: true }",
        ),
        Change(
            "sessile (Starlette, FastAPI, Flask)",
            'CookiePolicy(same_site="none", secure=False)',
            'CookiePolicy(same_site="none", secure=True)',
        ),
        Change(
            "Starlette and FastAPI",
            'app.add_middleware(SessionMiddleware, secret_key=key, same_site="none")',
            'app.add_middleware(SessionMiddleware, secret_key=key, same_site="none", https_only=True)',
        ),
        Change("Flask", 'SESSION_COOKIE_SAMESITE = "None"', 'SESSION_COOKIE_SAMESITE = "None"\nSESSION_COOKIE_SECURE = True'),
        Change("Django", 'SESSION_COOKIE_SAMESITE = "None"', 'SESSION_COOKIE_SAMESITE = "None"\nSESSION_COOKIE_SECURE = True'),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return unkept.judge(facts, Reason.SAMESITE_NONE_INSECURE, "no login sets a cookie with SameSite=None and without Secure")
