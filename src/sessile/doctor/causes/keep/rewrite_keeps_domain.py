"""A hosting's rewrite passes on a cookie that names the backend's Domain, so the browser on the front end's host drops it.

Symptom: behind the rewrites of Vercel, Netlify or Next.js the login succeeds and its cookie is not kept; asked
    directly, the backend works.
Evidence: the answer comes from the front end's host, and Set-Cookie has the Domain of the backend: InvalidDomain.
    Rewrites pass Set-Cookie on as it is.
Tell apart: on a host of its own for each branch it is keep-preview-host; on localhost keep-development-proxy.
Fix: leave Domain out, so that the cookie belongs to the host that the browser asked. Browsers that have asked the backend
    itself still send it the cookie with Domain: nobody is logged out; the login removes that one, or both are sent there.
"""

from sessile.doctor.causes import foreign_domain
from sessile.doctor.causes.foreign_domain import Kind
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("hosting-rewrite-domain",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Leave Domain out of the cookie: behind a rewrite it belongs to the front end's host",
    changes=(
        Change(
            "Express",
            "cookie: { domain: 'api.shop.example' }",
            "cookie: {}\n// in the login, where browsers have asked api.shop.example itself:\n"
            "res.clearCookie('connect.sid', { domain: 'api.shop.example', path: '/' })",
        ),
        Change("Starlette and FastAPI", 'CookiePolicy(domain="api.shop.example")', "CookiePolicy()"),
        Change("Flask", 'app.config["SESSION_COOKIE_DOMAIN"] = "api.shop.example"', 'app.config["SESSION_COOKIE_DOMAIN"] = None'),
        Change("Django", 'SESSION_COOKIE_DOMAIN = "api.shop.example"', "SESSION_COOKIE_DOMAIN = None"),
        Change(
            "nginx",
            "proxy_pass https://api.shop.example;",
            "proxy_pass https://api.shop.example;\nproxy_cookie_domain api.shop.example $host;",
        ),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return foreign_domain.judge(
        facts, Kind.REWRITE, "no login behind a hosting's rewrite sets a cookie with another host's Domain"
    )
