"""The cookie is SameSite=Strict, and another site opened the page.

Symptom: after a login with Google, or by the link in an email, the user is logged out; a reload helps.
Evidence: another site's link, form or redirect opens a page by GET, and the request goes without the cookie: SameSiteStrict.
    The next one, from the service's own page, carries it. In the log, "mismatching_state" at each return from the identity
    provider, while the code asks for Strict.
Tell apart: only the first page of the way is affected, and only with Strict: Lax goes along with a GET that opens a page.
    A POST from another site is send-cross-site-post.
Fix: SameSite=Lax for the session cookie. Where Strict must stay, answer the first request with a page of your own that goes
    on by itself (meta refresh): the request after it comes from your site.
"""

import re
from typing import Final

from sessile.cookies import Reason
from sessile.doctor import layers
from sessile.doctor.causes import code, withheld
from sessile.doctor.causes.withheld import Withheld
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.facts.source import Literal, Part
from sessile.doctor.findings import Change, Confirmed, Finding, Level, Remedy

ENTRIES = ("samesite-strict-after-external-redirect",)
REMEDY = Remedy(
    "Set the session cookie with SameSite=Lax",
    changes=(
        Change("Express", "cookie: { sameSite: 'strict' }", "cookie: { sameSite: 'lax' }"),
        Change("Starlette and FastAPI", 'CookiePolicy(same_site="strict")', 'CookiePolicy(same_site="lax")'),
        Change("Flask", 'SESSION_COOKIE_SAMESITE = "Strict"', 'SESSION_COOKIE_SAMESITE = "Lax"'),
        Change("Django", 'SESSION_COOKIE_SAMESITE = "Strict"', 'SESSION_COOKIE_SAMESITE = "Lax"'),
    ),
)
LINKS = {
    "cookie does not come back": Level.ALWAYS,
    "login, then 401": Level.SOMETIMES,
    "sign-ins whose state was lost": Level.USUALLY,
}
REMARK = "The cookie is SameSite=Strict, and another site sends users back to a page that needs it"
WHY = "it comes along where that other host belongs to the same site; elsewhere the first page after it knows nobody"
BY_BOTH: Final = 0.9
_RETURN: Final = re.compile(r"/(?:\w+[-_])?(?:callback|oauth2?|oidc|sso|saml|acs)(?:/|$)", re.IGNORECASE)


def judge(facts: Facts) -> Finding:
    if lost := _lost_on_the_way_back(facts):
        return Confirmed(lost, certainty=BY_BOTH)
    if not facts.wires and (coded := _coded(facts)):
        return code.possible(facts, LINKS, coded, WHY, REMARK)
    if found := next((one for one in withheld.withheld(facts) if _opened_from_outside(one)), None):
        return Confirmed(found.evidence)
    return withheld.nothing(facts, "no page that another site opened lacks a cookie with SameSite=Strict")


def _lost_on_the_way_back(facts: Facts) -> tuple[Evidence, ...]:
    """A service in Python that asks for Strict, and whose answers from the identity provider came without their session."""
    lost = tuple(log.evidence(event) for log in facts.logs for event in log.events if event.code == "OAUTH_STATE")
    strict = tuple(
        layer.evidence(layer.option("same_site"), "the cookie is SameSite=Strict")
        for layer in layers.layers(facts)
        if str(layer.plain("same_site")).lower() == "strict"
    )
    return (*strict[:1], *lost[:1]) if strict and lost else ()


def _coded(facts: Facts) -> tuple[Evidence, ...]:
    """The code that asks for Strict, and its routes to which an identity provider or a bank sends users back."""
    for source, _, setting in code.options(facts, "cookie.sameSite"):
        back = [step for step in source.of(Part.ROUTE) if step.needs_session and _RETURN.search(step.path)]
        if back and code.effective(facts, setting.value) in (Literal("strict"), Literal("Strict"), Literal(value=True)):
            strict = source.evidence(setting.place, "the cookie is SameSite=Strict")
            return (strict, *(source.evidence(step.place, f"another site sends users back to {step.path}") for step in back))
    return ()


def _opened_from_outside(one: Withheld) -> bool:
    return one.opens_page and not one.posts and not one.by_scheme and one.objection.reason is Reason.SAMESITE_STRICT
