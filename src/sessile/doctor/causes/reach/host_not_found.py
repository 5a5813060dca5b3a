"""The database's host name does not resolve where the service runs.

Symptom: every request with a cookie answers 500, while login still answers 200 with a cookie.
Evidence: getaddrinfo ENOTFOUND or EAI_AGAIN with the host's name. A provider's internal name (dpg-...-a, *.internal)
    resolves only inside its own network; the name of an expired database resolves nowhere.
Tell apart: the host called "base" is a URL in quotes. A host that is found and refuses is ECONNREFUSED.
Fix: use the internal name from inside the same region, the external name with TLS from anywhere else.
"""

import re
from collections.abc import Sequence

from sessile.doctor.causes import sight, signs
from sessile.doctor.causes.signs import Sighting, Sign
from sessile.doctor.facts import Facts
from sessile.doctor.facts.database import Server
from sessile.doctor.findings import Confirmed, Finding, Level, Need, Remedy, RuledOut, Unseen

ENTRIES = ("db-host-not-found", "db-suspended-or-expired")
REMEDY = Remedy(
    "Use the provider's internal host name inside its network and region, its external name with TLS elsewhere",
    "getent hosts HOST",
)
LINKS = {"save errors": Level.USUALLY, "server errors with a cookie": Level.USUALLY}

SIGN = Sign(
    ("ENOTFOUND", "EAI_AGAIN"),
    only=r"^(?!.*\b(ENOTFOUND|EAI_AGAIN) base\b)",
    text=r"could not translate host name|failed to resolve host|Name or service not known",
)
INTERNAL = re.compile(r"\b(dpg-[\w-]+-a(?![\w.])|[\w.-]+\.(?:internal|local|lan|flycast|svc)\b)")
LABEL = re.compile(r"host(?: name)? [\"'](?P<name>[\w-]+)[\"']")
"""A name without a dot: that of a container, which the network of its neighbours knows, and no other."""
NO_RESOLVER = re.compile("EAI_AGAIN|Temporary failure in name resolution")


def judge(facts: Facts) -> Finding:
    seen = signs.sightings(facts, SIGN)
    finding = signs.judge(facts, SIGN)
    if finding is None:
        if isinstance(sight.server(facts), Server):
            return RuledOut("the doctor found the host and connected")
        return signs.absent(facts)
    internal = next((found[0] for s in seen if (found := INTERNAL.search(s.error.message))), None)
    if all(sighting.log is None for sighting in seen) and (because := _only_here(seen, internal)):
        return Unseen(Need.LOG, because)
    if isinstance(finding, Confirmed) and internal:
        title = f"{internal} is an internal name, which does not resolve where the service runs"
        return Confirmed(finding.evidence, title, finding.certainty)
    return finding


def _only_here(seen: Sequence[Sighting], internal: str | None) -> str:
    """Why a name that the doctor does not resolve may resolve where the service runs, "" if nothing says so."""
    if internal:
        return f"{internal} resolves only inside the provider's network, and the doctor runs outside it"
    for sighting in seen:
        if NO_RESOLVER.search(f"{sighting.error.code} {sighting.error.message}"):
            return "the doctor's own machine resolves no names at the moment"
        if label := LABEL.search(sighting.error.message):
            return f"{label['name']} is the name of a neighbour, which resolves only in the network of the service's containers"
    return ""
