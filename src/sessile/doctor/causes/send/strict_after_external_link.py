"""The cookie is SameSite=Strict, and another site opened the page.

Symptom: after a login with Google, or by the link in an email, the user is logged out; a reload helps.
Evidence: another site's link, form or redirect opens a page by GET, and the request goes without the cookie: SameSiteStrict.
    The next one, from the service's own page, carries it.
Tell apart: only the first page of the way is affected, and only with Strict: Lax goes along with a GET that opens a page.
    A POST from another site is send-cross-site-post.
Fix: SameSite=Lax for the session cookie. Where Strict must stay, answer the first request with a page of your own that goes
    on by itself (meta refresh): the request after it comes from your site.
"""

from sessile.cookies import Reason
from sessile.doctor.causes import withheld
from sessile.doctor.causes.withheld import Withheld
from sessile.doctor.facts import Facts
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
LINKS = {"cookie does not come back": Level.ALWAYS}


def judge(facts: Facts) -> Finding:
    if found := next((one for one in withheld.withheld(facts) if _opened_from_outside(one)), None):
        return Confirmed(found.evidence)
    return withheld.nothing(facts, "no page that another site opened lacks a cookie with SameSite=Strict")


def _opened_from_outside(one: Withheld) -> bool:
    return one.opens_page and not one.posts and not one.by_scheme and one.objection.reason is Reason.SAMESITE_STRICT
