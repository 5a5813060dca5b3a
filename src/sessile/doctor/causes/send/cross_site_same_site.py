"""The page calls a service of another site, and the cookie is not SameSite=None.

Symptom: the login answers 200 and the next call 401; in Postman everything works.
Evidence: Sec-Fetch-Site: cross-site, or an Origin of another registrable domain, and a Set-Cookie that says SameSite=Lax or
    Strict, or nothing of it: SameSiteLax, SameSiteStrict or SameSiteUnspecifiedTreatedAsLax, at the login already.
Tell apart: app.example.com and api.example.com are one site, and two names below onrender.com are two, for it is a public
    suffix. A form or a link of another site is send-cross-site-post or send-strict-after-external-link.
    A cookie that is SameSite=None; Secure and still missing is send-third-party-blocked.
Fix: bring page and service under one registrable domain, best of all one origin by a rewrite: that works in every browser.
    SameSite=None; Secure and calls with credentials help only where third-party cookies are allowed. Sessions that
    express-session saved keep their own sameSite in the row: they end, or have it changed there.
"""

from sessile.doctor.causes import crossing, hosts, withheld
from sessile.doctor.causes.withheld import Withheld
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Remedy

ENTRIES = ("cross-site-samesite-lax",)
FREQUENCY = Frequency.VERY_COMMON
REMEDY = Remedy(
    "Serve page and service from one site, or else set SameSite=None; Secure and ask with credentials",
    changes=(
        Change(
            "Vite, Vercel, Netlify, Render",
            "const API = 'https://shop-api.onrender.com'",
            "const API = ''   // and a rewrite of /api/* to https://shop-api.onrender.com/api/*",
        ),
        Change("Express", "cookie: { sameSite: 'lax' }", "cookie: { sameSite: 'none', secure: true }"),
        Change("Starlette and FastAPI", 'CookiePolicy(same_site="lax")', 'CookiePolicy(same_site="none", secure=True)'),
        Change(
            "Flask",
            'SESSION_COOKIE_SAMESITE = "Lax"',
            'SESSION_COOKIE_SAMESITE = "None"\nSESSION_COOKIE_SECURE = True',
        ),
        Change(
            "Django",
            'SESSION_COOKIE_SAMESITE = "Lax"',
            'SESSION_COOKIE_SAMESITE = "None"\nSESSION_COOKIE_SECURE = True',
        ),
        crossing.PAGE,
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    if found := next((one for one in withheld.withheld(facts) if _calls_another_site(one)), None):
        return Confirmed(found.evidence)
    return withheld.nothing(facts, "SameSite keeps the cookie back from no call of a script")


def _calls_another_site(one: Withheld) -> bool:
    of_no_site = one.exchange.request.origin == "null"
    return not (one.opens_page or one.by_scheme or of_no_site or one.between(hosts.one_machine))
