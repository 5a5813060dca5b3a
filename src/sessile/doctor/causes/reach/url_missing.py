"""Nothing answers on the service's own machine, where the driver looks when DATABASE_URL is missing.

Symptom: right after a deploy every request with a cookie answers 500, while login still answers 200 with a cookie.
Evidence: ECONNREFUSED 127.0.0.1:5432 (or ::1) in the log of a service whose database is elsewhere: drivers go there when
    they are given no address at all.
Tell apart: a database that is down is refused at its own address. Where PostgreSQL is meant to run on the same machine, it
    is the one that is not running.
Fix: set DATABASE_URL for this service and restart it. The sessions are untouched.
"""

from sessile.doctor.causes import signs
from sessile.doctor.causes.address import Address
from sessile.doctor.causes.errors.reach import REFUSED
from sessile.doctor.facts import Environment, Evidence, Facts
from sessile.doctor.findings import Confirmed, Finding, Level, Remedy, RuledOut

ENTRIES = ("db-url-missing-fallback-localhost",)
REMEDY = Remedy(
    "Set DATABASE_URL where the service runs, and restart it; start PostgreSQL if it is meant to run on the same machine",
    "export DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/DATABASE",
)
LINKS = {"save errors": Level.USUALLY, "server errors with a cookie": Level.USUALLY, "boot failed": Level.SOMETIMES}


def judge(facts: Facts) -> Finding:
    finding = signs.judge(facts, REFUSED)
    if finding is None:
        return signs.absent(facts)
    addresses = [Address.of(s.error.message) for s in signs.sightings(facts, REFUSED) if s.log]
    if not any(address and address.default for address in addresses):
        return RuledOut("what refuses is not the address without any URL, 127.0.0.1:5432")
    if local := [e for e in facts.environments if e.database_address and e.database_address.startswith(_LOOPBACK)]:
        return RuledOut(f"{local[0].source} names {local[0].database_address} as the database")
    if not isinstance(finding, Confirmed):
        return finding
    without = [_without(environment) for environment in facts.environments if _lacks_address(environment)]
    return Confirmed((*finding.evidence, *without), certainty=finding.certainty)


_LOOPBACK = ("localhost:5432", "127.0.0.1:5432", "[::1]:5432")


def _lacks_address(environment: Environment) -> bool:
    return environment.service_like and not {"DATABASE_URL", "PGHOST"} & set(environment.names)


def _without(environment: Environment) -> Evidence:
    return Evidence("DATABASE_URL is not set", "environment", environment.source)
