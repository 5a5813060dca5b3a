"""The cookie names the Domain of another host than the one that sets it, so the browser drops it.

Symptom: Set-Cookie is there, the browser has no cookie; often since a move to a new domain.
Evidence: Domain is neither the host of the login nor a domain above it: the front end's set by the service's host, the old
    one after a move. InvalidDomain.
Tell apart: by the two names alone. A Domain that is a public suffix is keep-domain-is-public-suffix; where a proxy or a
    rewrite passes on the cookie of the service behind it, it is keep-development-proxy or keep-rewrite-keeps-domain.
Fix: leave Domain out. No host can set a cookie for another one: where page and service have different domains, the
    cookie belongs to the service. No session is lost: hosts that the Domain did cover still get their cookie.
"""

from sessile.doctor.causes import foreign_domain
from sessile.doctor.causes.foreign_domain import Kind
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("cookie-domain-other-host", "django-cookie-settings")
REMEDY = Remedy(
    "Leave the cookie's Domain out",
    changes=(
        Change("Express", "cookie: { domain: 'shop.vercel.app' }", "cookie: {}"),
        Change(
            ".env", "COOKIE_DOMAIN=old-shop.example", "# COOKIE_DOMAIN is not needed: the cookie is for the host that sets it"
        ),
        Change("sessile (Starlette, FastAPI, Flask)", 'CookiePolicy(domain="old-shop.example")', "CookiePolicy()"),
        Change("Flask", 'SESSION_COOKIE_DOMAIN = "old-shop.example"', "SESSION_COOKIE_DOMAIN = None"),
        Change("Django", 'SESSION_COOKIE_DOMAIN = "old-shop.example"', "SESSION_COOKIE_DOMAIN = None"),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return foreign_domain.judge(
        facts,
        Kind.OTHER,
        "no login sets a cookie with another host's Domain",
        lambda domain: f"The cookie names the Domain {domain}, of another host than the one that sets it",
    )
