"""Django refuses the login for its CSRF check, which is taken for a session that does not last.

Symptom: the login, or every form, is answered 403, often only behind the proxy or from the new domain; reading pages works.
Evidence: the log has "Forbidden (CSRF cookie not set.)", "Origin checking failed" or "Referer checking failed", or the
    recorded 403 names CSRF. Behind a proxy that ends TLS Django takes the request for http unless SECURE_PROXY_SSL_HEADER
    says how to know, and then the Origin https://... is none of its own.
Tell apart: 403 and not 401; the session is there, and a GET with it is let in. Whoever posts without having read a page, as
    robots do, lacks the token as well: while logins succeed that is no fault.
Fix: SECURE_PROXY_SSL_HEADER where a proxy ends TLS, CSRF_TRUSTED_ORIGINS with the scheme for a page of another origin, and
    the token in the request. No session is lost.
"""

from sessile.doctor import layers
from sessile.doctor.causes.send import csrf_cookie_of_same_name
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.logs import Kind
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Noted, Remedy, RuledOut, Unseen
from sessile.doctor.layers import Keeper

ENTRIES = ("django-cookie-settings",)
FREQUENCY = Frequency.COMMON
REMEDY = Remedy(
    "Tell Django how it is reached: the proxy's header, and the origins it may be asked from",
    changes=(
        Change(
            "Django",
            "CSRF_TRUSTED_ORIGINS = []",
            'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")\nCSRF_TRUSTED_ORIGINS = ["https://shop.example"]',
        ),
    ),
)
LINKS = {"login, then 401": Level.RARELY}
ORIGIN, TOKEN = "CSRF_REFUSED", "CSRF_TOKEN"
CERTAINTY = 0.9
WHY = "logins succeed all the same: robots, and pages that were opened long ago, have no valid token"


def judge(facts: Facts) -> Finding:
    of_origin, of_token = _refused(facts, ORIGIN), _refused(facts, TOKEN)
    if of_token and csrf_cookie_of_same_name.shared(facts):
        return RuledOut("the session's cookie takes the place of the CSRF cookie: both have one name")
    if of_origin or (of_token and not any(log.count(Kind.LOGIN) for log in facts.logs)):
        return Confirmed((*of_origin, *of_token, *_settings(facts)), certainty=CERTAINTY)
    if of_token:
        return Noted(of_token, WHY, "Django refuses requests for their CSRF token")
    return (
        RuledOut("no line of the log tells of a CSRF check that failed") if facts.logs else Unseen(Need.LOG, "no log was given")
    )


def _refused(facts: Facts, code: str) -> tuple[Evidence, ...]:
    return tuple(log.evidence(event) for log in facts.logs for event in log.events if event.code == code)[:2]


def _settings(facts: Facts) -> tuple[Evidence, ...]:
    """What the settings leave out of it."""
    return tuple(
        layer.evidence(None, f"the settings have no {name}")
        for layer in layers.layers(facts, Keeper.DJANGO)
        for name in ("SECURE_PROXY_SSL_HEADER", "CSRF_TRUSTED_ORIGINS")
        if layer.step.setting(name) is None
    )
