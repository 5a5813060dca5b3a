"""A Secure cookie is set over plain http, so the browser drops it.

Symptom: login works in production, and not on an http staging host or in the local network; Set-Cookie is there.
Evidence: the login's response came over plain http from a host other than localhost, and its cookie is Secure: SecureOnly.
    Quart-Auth sets Secure unless it is told otherwise, and warns "Secure cookies will be ignored on insecure requests".
Tell apart: express-session leaves such a cookie out instead, which is set-secure-on-plain-http. Browsers but Safari take
    http://localhost for safe, and keep it there.
Fix: https, also on the staging host; or Secure only where the visitor comes by https.
"""

from sessile.cookies import Reason
from sessile.doctor.causes import code, unkept
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Change, Finding, Level, Remedy

ENTRIES = ("starlette-https-only-on-http",)
REMEDY = Remedy(
    "Serve it over https, or ask for Secure only where the visitor comes by https",
    changes=(
        Change("sessile (Starlette, FastAPI, Flask)", "CookiePolicy(secure=True)", 'CookiePolicy(secure="auto")'),
        Change(
            "Starlette and FastAPI",
            "app.add_middleware(SessionMiddleware, secret_key=key, https_only=True)",
            'app.add_middleware(SessionMiddleware, secret_key=key, https_only=os.environ.get("ENV") == "production")',
        ),
        Change("Flask", "SESSION_COOKIE_SECURE = True", 'SESSION_COOKIE_SECURE = os.environ.get("ENV") == "production"'),
        Change("Django", "SESSION_COOKIE_SECURE = True", "SESSION_COOKIE_SECURE = not DEBUG"),
        Change(
            "Express, behind a proxy that says https to it and http to the visitor",
            "cookie: { secure: true }",
            "cookie: { secure: 'auto' }",
        ),
    ),
)
LINKS = {
    "cookie not kept": Level.ALWAYS,
    "cookie does not come back": Level.ALWAYS,
    "login, then 401": Level.USUALLY,
    "one login, then 401": Level.USUALLY,
}
WHY = "behind a proxy that ends TLS and does not say so, the visitor comes by https all the same"
REMARK = "Secure cookies are set on requests that look like plain http"


def judge(facts: Facts) -> Finding:
    if warned := () if facts.wires else _warned(facts):
        return code.possible(facts, LINKS, warned, WHY, REMARK)
    return unkept.judge(facts, Reason.SECURE_ONLY, "no login sets a Secure cookie over plain http")


def _warned(facts: Facts) -> tuple[Evidence, ...]:
    return tuple(log.evidence(event) for log in facts.logs for event in log.of(Kind.WARNING, "SECURE_UNSENT"))
