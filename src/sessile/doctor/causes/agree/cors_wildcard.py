"""The service allows every origin with *, and a browser does not accept that for a request with cookies.

Symptom: the page says "network error" or shows the login form, while the service's log has a 200. Tools that are no
    browser see nothing wrong.
Evidence: Access-Control-Allow-Origin: * on the answer to a request with credentials; the browser's reason is
    WildcardOriginNotAllowed.
Tell apart: agree-cors-origin-not-allowed names another origin or none, agree-cors-credentials-not-allowed names the
    right one. A request without credentials may be read under *, but then no cookie goes along:
    send-credentials-omitted.
Fix: name the page's origin, exactly, and say that credentials are allowed.
"""

from sessile.doctor.causes import code, crossing
from sessile.doctor.cors import Rule
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Literal, Part
from sessile.doctor.findings import Confirmed, Finding, Noted, Remedy

ENTRIES = ("cors-wildcard-with-credentials",)
REMEDY = Remedy(
    "Allow the page's own origin instead of *, with credentials",
    changes=crossing.server_changes(origin="*"),
)
LINKS = crossing.LINKS


def judge(facts: Facts) -> Finding:
    if refused := crossing.refused(facts, Rule.WILDCARD):
        return Confirmed(refused[0].evidence, certainty=max(one.certainty for one in refused))
    for one in crossing.crossings(facts):
        response = one.exchange.response
        if response and response.set_cookies and response.headers.get("access-control-allow-origin") == "*":
            says = f"{one.exchange} sets a cookie for a page of {one.origin}, and Access-Control-Allow-Origin is *"
            return Noted(
                (one.wire.evidence(one.exchange, says),),
                "a browser lets the page read it as long as the page asks without credentials; once it sends cookies, no longer",
            )
    for source, step in code.steps(facts, Part.CORS):
        origin, credentials = step.setting("origin"), step.setting("credentials")
        allowed = credentials is not None and credentials.value == Literal(value=True)
        if not facts.wires and allowed and (origin is None or origin.value == Literal("*")):
            proof = source.evidence(step.place, "it allows every origin with *, and credentials, which exclude each other")
            return Noted((proof,), "pages of the service's own origin do not meet it; pages of another one cannot read an answer")
    return crossing.nothing(facts)
