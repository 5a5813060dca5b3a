"""DATABASE_URL carries its quotes along, so the driver looks for a host called "base".

Symptom: every request with a cookie answers 500, while login still answers 200 with a cookie.
Evidence: getaddrinfo ENOTFOUND base, or a variable whose value itself begins with a quote: a dashboard or `docker
    --env-file` keeps the quotes that a .env file's readers take off.
Tell apart: any other host in the message is a name that really stands in the URL.
Fix: take the quotes out of the variable's value.
"""

from sessile.doctor.causes import signs
from sessile.doctor.causes.signs import Sign
from sessile.doctor.facts import Database, Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Frequency, Level, Remedy, RuledOut

ENTRIES = ("db-host-not-found",)
FREQUENCY = Frequency.RARE
REMEDY = Remedy("Take the quotes out of DATABASE_URL's value", "DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/DATABASE")
LINKS = {"save errors": Level.USUALLY, "server errors with a cookie": Level.USUALLY}

SIGN = Sign(("ENOTFOUND", "EAI_AGAIN"), only=r"\b(ENOTFOUND|EAI_AGAIN) base\b")

BY_LOOKS = 0.9


def judge(facts: Facts) -> Finding:
    quoted = [
        Evidence("DATABASE_URL begins or ends with a quote that is part of its value", "environment", environment.source)
        for environment in facts.environments
        if environment.service_like and environment.database_quoted
    ]
    if isinstance(facts.database, Database) and facts.database.quoted:
        given = "the URL that the doctor was given stands in quotes, which it left out and a driver does not"
        quoted.append(Evidence(given, "postgres", facts.database.address))
    finding = signs.judge(facts, SIGN)
    if isinstance(finding, Confirmed):
        return Confirmed((*finding.evidence, *quoted), certainty=finding.certainty)
    if quoted:
        return Confirmed(tuple(quoted), certainty=BY_LOOKS)
    if finding is None and any(environment.database_address for environment in facts.environments):
        return RuledOut("the environment's DATABASE_URL has no quotes in its value")
    return finding or signs.absent(facts)
