"""The facts that looks have found, put together, and what the collectors remark on them."""

from collections.abc import Sequence
from datetime import datetime

from sessile.doctor.evidence.looking import Look
from sessile.doctor.evidence.render_api import Platform
from sessile.doctor.evidence.site import Probed, Visits
from sessile.doctor.evidence.source import Code, CodeNotRead
from sessile.doctor.facts import Database, Deployment, Deployments, Environment, Facts, Log, Redis, Unknown, Wire

Fact = Database | Redis | Environment | Wire | Probed | Visits | Code | Deployment | Platform | tuple[Log, ...]


def assembled(looks: Sequence[Look[Fact]], own: Sequence[Environment], now: datetime) -> tuple[Facts, tuple[str, ...]]:
    """The facts as of `now`, with the process's `own` environment where it counts; then the remarks."""
    found = [look.found for look in looks]
    visits = next((fact for fact in found if isinstance(fact, Visits)), Visits())
    probes = [fact for fact in (*found, *visits.probed) if isinstance(fact, Probed)]
    sites = tuple(probe.site for probe in probes)
    remarks = tuple(f"{one.source}: {remark}" for one in sites for remark in one.remarks)
    remarks += tuple(remark for fact in found if isinstance(fact, Wire | Redis) for remark in fact.remarks)
    codes = tuple(fact for fact in found if isinstance(fact, Code))
    remarks += tuple(f"{one.source}: {remark}" for one in codes for remark in one.remarks)
    platforms = tuple(fact for fact in found if isinstance(fact, Platform))
    remarks += tuple(f"{one.deployment.source}: {remark}" for one in platforms for remark in one.remarks)
    deployments = Deployments(
        (*(fact for fact in found if isinstance(fact, Deployment)), *(platform.deployment for platform in platforms))
    )
    unseen = next((Unknown(look.why) for look in looks if look.of_database), Unknown("no database URL was given"))
    facts = Facts(
        now=now,
        database=next((fact for fact in found if isinstance(fact, Database)), unseen),
        redis=next((fact for fact in found if isinstance(fact, Redis)), Unknown("no Redis URL was given")),
        environments=tuple(fact for fact in found if isinstance(fact, Environment)) + tuple(own) + deployments.environments,
        deployments=deployments,
        logs=tuple(log for fact in found if isinstance(fact, tuple) for log in fact)
        + tuple(log for platform in platforms for log in platform.logs),
        wires=(*(probe.wire for probe in probes), *(fact for fact in found if isinstance(fact, Wire))),
        sites=sites,
        sources=tuple(application for one in codes for application in one.applications),
        unread=tuple(look.error.unread for look in looks if isinstance(look.error, CodeNotRead)),
    )
    return facts, remarks
