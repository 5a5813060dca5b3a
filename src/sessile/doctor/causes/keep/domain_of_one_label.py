"""The cookie's Domain is localhost, one word or an address, which covers no other host.

Symptom: in development, or where a development setting came along to a server, Set-Cookie is there and no cookie is kept.
Evidence: Domain=localhost, =127.0.0.1 or a word without a dot, in the answer of a host of another name: InvalidDomain.
Tell apart: the host itself may name itself: Domain=localhost from localhost is stored as if there were no Domain. Names
    with a dot are keep-domain-of-another-host.
Fix: leave Domain out, in development and elsewhere. No session is lost.
"""

from sessile.doctor.causes import foreign_domain
from sessile.doctor.causes.foreign_domain import Kind
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("cookie-domain-localhost-or-ip",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Leave the cookie's Domain out",
    changes=(
        Change("Express", "cookie: { domain: 'localhost' }", "cookie: {}"),
        Change(".env", "COOKIE_DOMAIN=localhost", "# COOKIE_DOMAIN is not needed: the cookie is for the host that sets it"),
        Change("sessile (Starlette, FastAPI, Flask)", 'CookiePolicy(domain="localhost")', "CookiePolicy()"),
        Change("Flask", 'SESSION_COOKIE_DOMAIN = "localhost"', "SESSION_COOKIE_DOMAIN = None"),
        Change("Django", 'SESSION_COOKIE_DOMAIN = "localhost"', "SESSION_COOKIE_DOMAIN = None"),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return foreign_domain.judge(
        facts,
        Kind.SINGLE_LABEL,
        "no login sets a cookie with localhost, one word or another host's address for its Domain",
        lambda domain: f"The cookie's Domain, {domain}, covers no host but itself",
    )
