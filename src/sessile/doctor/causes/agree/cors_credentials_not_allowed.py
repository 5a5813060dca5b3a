"""The service does not say that credentials are allowed, so the browser keeps its answers from the page.

Symptom: the login succeeds on the service, and the cookie is even stored, but the page sees an error and takes the user
    for logged out.
Evidence: Access-Control-Allow-Origin names the page, and Access-Control-Allow-Credentials: true is missing; the
    browser's reason is InvalidAllowCredentials. The value is the word true, in small letters.
Tell apart: with agree-cors-wildcard and agree-cors-origin-not-allowed the first of the two headers is wrong already. If
    the cookie is not sent at all, see send-credentials-omitted.
Fix: answer Access-Control-Allow-Credentials: true, on errors and preflights, too.
"""

from sessile.doctor.causes import code, crossing
from sessile.doctor.cors import Rule
from sessile.doctor.facts import Facts
from sessile.doctor.facts.source import Literal, Part
from sessile.doctor.findings import Confirmed, Finding, Noted, Remedy

ENTRIES = ("cors-allow-credentials-missing",)
REMEDY = Remedy("Allow credentials for the page's origin", changes=crossing.server_changes(credentialed=False))
LINKS = crossing.LINKS


def judge(facts: Facts) -> Finding:
    if refused := crossing.refused(facts, Rule.CREDENTIALS):
        return Confirmed(refused[0].evidence, certainty=max(one.certainty for one in refused))
    for source, step in code.steps(facts, Part.CORS):
        origin = step.setting("origin")
        named = origin is not None and origin.value not in (Literal("*"), Literal(value=False))
        if not facts.wires and named and step.setting("credentials") is None:
            proof = source.evidence(step.place, "it names the origins of pages, and does not allow credentials")
            return Noted((proof,), "pages that log in from another origin cannot read an answer; others do not meet it")
    return crossing.nothing(facts)
