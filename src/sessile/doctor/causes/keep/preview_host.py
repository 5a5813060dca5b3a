"""The cookie names the production Domain, so no preview of a branch can keep it.

Symptom: login works in production and not on preview URLs.
Evidence: the host is that of a pull request or a branch, and the Domain of Set-Cookie does not cover it:
    InvalidDomain. Nothing can, where previews are siblings under a public suffix (vercel.app, onrender.com).
Tell apart: a preview without a secret of its own answers 500; one whose host is not on the CORS list is
    agree-cors-origin-not-allowed.
Fix: set Domain only in production, where COOKIE_DOMAIN goes on to name it: nobody is logged out there.
"""

from sessile.doctor.causes import foreign_domain
from sessile.doctor.causes.foreign_domain import Kind
from sessile.doctor.facts import Facts
from sessile.doctor.findings import Change, Finding, Frequency, Level, Remedy

ENTRIES = ("preview-or-alternate-host",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy(
    "Leave Domain out of the cookie, or set it in production only",
    changes=(
        Change("Express", "cookie: { domain: 'shop.example' }", "cookie: { domain: process.env.COOKIE_DOMAIN || undefined }"),
        Change(
            "Starlette and FastAPI",
            'CookiePolicy(domain="shop.example")',
            'CookiePolicy(domain=os.environ.get("COOKIE_DOMAIN"))',
        ),
        Change(
            "Flask",
            'app.config["SESSION_COOKIE_DOMAIN"] = "shop.example"',
            'app.config["SESSION_COOKIE_DOMAIN"] = os.environ.get("COOKIE_DOMAIN")',
        ),
        Change("Django", 'SESSION_COOKIE_DOMAIN = "shop.example"', 'SESSION_COOKIE_DOMAIN = os.environ.get("COOKIE_DOMAIN")'),
    ),
)
LINKS = {"cookie not kept": Level.ALWAYS, "cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    return foreign_domain.judge(facts, Kind.PREVIEW, "no login on a preview's host sets a cookie with another host's Domain")
