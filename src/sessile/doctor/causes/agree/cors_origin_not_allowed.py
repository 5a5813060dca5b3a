"""The service does not allow the origin of the page, so the browser keeps its answers from the page.

Symptom: the login works from one address of the front end and not from another, or from none.
Evidence: Access-Control-Allow-Origin is missing, or names another origin than the request's Origin: one with a slash at
    its end, http for https, with or without www, an old preview address. The browser's reasons are
    MissingAllowOriginHeader and AllowOriginMismatch.
Tell apart: a header that is there on good answers and missing on errors is agree-cors-missing-on-error; one that
    belongs to another page and came out of a cache is agree-cors-answer-cached.
Fix: list every origin of the front end exactly as browsers write it: scheme, host and, where it is unusual, port,
    without a slash.
"""

from sessile.doctor import timeline
from sessile.doctor.causes import crossing
from sessile.doctor.causes.crossing import Crossing
from sessile.doctor.cors import Rule
from sessile.doctor.facts import Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Remedy, RuledOut, Undecided

ENTRIES = ("cors-origin-mismatch",)
REMEDY = Remedy(
    "List the page's origin exactly as the browser writes it", changes=crossing.server_changes(origin="https://shop.example/")
)
LINKS = crossing.LINKS


def judge(facts: Facts) -> Finding:
    refused = crossing.refused(facts, Rule.MISSING, Rule.MISMATCH, Rule.MULTIPLE)
    fresh = [one for one in refused if not timeline.cached(one.exchange)]
    readable = {one.origin for one in crossing.crossings(facts) if one.refusal is None}
    told = [one for one in fresh if one.exchange.status < 400 and one.origin not in readable]
    if told:
        return Confirmed((*told[0].evidence, *_almost(told[0])), certainty=max(one.certainty for one in told))
    if mixed := [one for one in fresh if one.exchange.status < 400]:
        return Undecided(mixed[0].evidence)
    if unclear := [one for one in fresh if one.origin not in readable]:
        return Undecided(unclear[0].evidence)
    if refused and not fresh:
        return RuledOut("the answer that names another origin came from a cache")
    if refused:
        return RuledOut("other answers allow this very origin")
    return crossing.nothing(facts)


def _almost(crossed: Crossing) -> tuple[Evidence, ...]:
    """In which way the origin that is allowed differs from the page's, where it is nearly the same."""
    response = crossed.exchange.response
    allowed = response.headers.get("access-control-allow-origin") if response else None
    if allowed is None or crossed.refusal is None or crossed.refusal.rule is not Rule.MISMATCH:
        return ()
    page = crossed.origin
    differences = (
        ("a slash at its end", allowed.rstrip("/") == page),
        ("its scheme", allowed.partition("://")[2] == page.partition("://")[2]),
        ("www.", allowed.replace("://www.", "://") == page.replace("://www.", "://")),
        ("its port", allowed.rpartition(":")[0] == page or page.rpartition(":")[0] == allowed),
        ("capital letters", allowed.lower() == page),
    )
    return tuple(
        crossed.wire.evidence(crossed.exchange, f"the two differ by {what} only") for what, differs in differences if differs
    )[:1]
