"""Django refuses the login for its CSRF check, which is taken for a session that does not last.

Symptom: the login, or every form, is answered 403, often only behind the proxy or from the new domain; reading pages works.
Evidence: the log has "Forbidden (CSRF cookie not set.)", "Origin checking failed" or "Referer checking failed", or the
    recorded 403 names CSRF. Behind a proxy that ends TLS Django takes the request for http unless SECURE_PROXY_SSL_HEADER
    says how to know, and then the Origin https://... is none of its own.
Tell apart: 403 and not 401; the session is there, and a GET with it is let in.
Fix: SECURE_PROXY_SSL_HEADER where a proxy ends TLS, CSRF_TRUSTED_ORIGINS with the scheme for a page of another origin, and
    the token in the request. No session is lost.
"""

from sessile.doctor import layers
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Change, Confirmed, Finding, Frequency, Level, Need, Remedy, RuledOut, Unseen
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
CODE = "CSRF_REFUSED"
CERTAINTY = 0.9


def judge(facts: Facts) -> Finding:
    refused = tuple(log.evidence(event) for log in facts.logs for event in log.events if event.code == CODE)
    if refused:
        return Confirmed((*refused[:2], *_settings(facts)), certainty=CERTAINTY)
    return (
        RuledOut("no line of the log tells of a CSRF check that failed") if facts.logs else Unseen(Need.LOG, "no log was given")
    )


def _settings(facts: Facts) -> tuple[Evidence, ...]:
    """What the settings leave out of it."""
    return tuple(
        layer.evidence(None, f"the settings have no {name}")
        for layer in layers.layers(facts, Keeper.DJANGO)
        for name in ("SECURE_PROXY_SSL_HEADER", "CSRF_TRUSTED_ORIGINS")
        if layer.step.setting(name) is None
    )
