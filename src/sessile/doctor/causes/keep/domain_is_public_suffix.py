"""The cookie's Domain is a public suffix, under which strangers have their sites, so no browser stores it.

Symptom: Set-Cookie is there, the browser has no cookie; on localhost, and with curl, it works.
Evidence: Domain is onrender.com, vercel.app, co.in or another entry of the public suffix list, its private part included:
    InvalidDomain.
Tell apart: the list decides. A Domain that is on no list and is not the host's own is keep-domain-of-another-host.
Fix: leave Domain out: the cookie then belongs to the host that set it. Two services under such a suffix can share no
    cookie: give them a domain of your own, or let one pass requests on to the other. No session is lost.
"""

from sessile.doctor.causes import foreign_domain
from sessile.doctor.causes.foreign_domain import Kind
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("cookie-domain-public-suffix", "flask-cookie-scope")
REMEDY = Remedy(
    "Leave Domain out, or serve all from a domain of your own",
    changes=(
        Change("Express", "cookie: { domain: '.onrender.com' }", "cookie: {}"),
        Change(".env", "COOKIE_DOMAIN=.onrender.com", "# COOKIE_DOMAIN is not needed: the cookie is for the host that sets it"),
        Change("sessile (Starlette, FastAPI, Flask)", 'CookiePolicy(domain="onrender.com")', "CookiePolicy()"),
        Change("Flask", 'SESSION_COOKIE_DOMAIN = "onrender.com"', "SESSION_COOKIE_DOMAIN = None"),
        Change("Django", 'SESSION_COOKIE_DOMAIN = ".onrender.com"', "SESSION_COOKIE_DOMAIN = None"),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return foreign_domain.judge(
        facts,
        Kind.PUBLIC_SUFFIX,
        "no login sets a cookie with a public suffix for its Domain",
        lambda domain: f"The cookie's Domain, {domain}, is a public suffix, so no browser stores it",
    )
