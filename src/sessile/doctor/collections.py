"""What to collect next: the evidence that would tell most among what is still open, at least cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sessile.doctor.causes import awaited
from sessile.doctor.diagnosis import Collection, Confidence, Suspect, Unchecked
from sessile.doctor.facts import Database, Facts, Redis
from sessile.doctor.facts.wire import Seen
from sessile.doctor.findings import Need
from sessile.doctor.visits import visits
from sessile.stores.postgres.shape import TableShape

_STORED = (Need.DATABASE, Need.ROWS, Need.REDIS)
MOST = 3
SEPARATED = 6
TRIFLE = 0.002
"""How plausible a cause is that explains nothing of what was seen."""


@dataclass(frozen=True, slots=True)
class _Offer:
    """One thing that can be collected: the need it meets, how to get it, and its cost in seconds of somebody's time."""

    need: Need
    collect: str
    command: str
    seconds: int


OFFERS = (
    _Offer(Need.DATABASE, "the session table, as the service's own role sees it", 'sessile doctor "$DATABASE_URL"', 10),
    _Offer(Need.REDIS, "the Redis that keeps the sessions, as the service's own user sees it", 'sessile doctor "$REDIS_URL"', 10),
    _Offer(
        Need.ENVIRONMENT,
        "the service's environment (a .env file, one an instance)",
        'sessile doctor "$DATABASE_URL" .env',
        20,
    ),
    _Offer(Need.LOG, "the service's log, from its start to a failing request", 'sessile doctor "$DATABASE_URL" app.log', 60),
    _Offer(Need.ROWS, "all rows of the table, not a sample", 'sessile doctor --scan "$DATABASE_URL"', 120),
    _Offer(
        Need.COOKIE,
        "the cookie of one user who was logged out (browser: DevTools, Application, Cookies)",
        'sessile why - "$DATABASE_URL"',
        120,
    ),
    _Offer(Need.SOURCE, "the service's own code", 'sessile doctor "$DATABASE_URL" ./YOUR-SERVICE', 30),
    _Offer(
        Need.WIRE,
        "a recording of one login that does not last (DevTools, Network, Preserve log; export HAR with sensitive data)",
        "sessile doctor recording.har",
        120,
    ),
    _Offer(
        Need.SITE,
        "the site's own answers: one login with a test account, then one page that needs it (with --origin https://YOUR-PAGE "
        "where the page is of another origin)",
        "sessile doctor https://YOUR-SITE --login /login --data user=TEST --data password --protected /me",
        180,
    ),
)


def worth_collecting(
    facts: Facts, suspects: Sequence[Suspect], unchecked: Sequence[Unchecked], plausible: Mapping[str, float], *, symptoms: bool
) -> tuple[Collection, ...]:
    """The next things to collect, the most telling first; nothing once a cause is proven.

    What an offer gains is how plausible the causes are that it would decide, by `plausible`, for each second of somebody's time.
    The causes it separates stand likeliest first, a suspect before those it cannot be told from. Where users suffer, what
    their browser did comes first, unless the suspect is one of several that something else tells apart: half of all causes lie on
    the cookie's way. Where requests fail, the log comes first: it has the error. Then what would decide the first suspect itself.
    """
    if any(suspect.confidence is Confidence.CONFIRMED for suspect in suspects):
        return ()
    sure = {suspect.cause.id: suspect.probability for suspect in suspects}

    def weight(cause_id: str) -> float:
        return sure.get(cause_id, 0.0) + plausible.get(cause_id, 0.0) + TRIFLE

    open_causes = {
        need: sorted((u.cause.id for u in unchecked if u.needs is need), key=lambda one: -weight(one)) for need in Need
    }
    offers = [
        offer for offer in OFFERS if open_causes[offer.need] and not _given(facts, offer.need) and not _in_vain(facts, offer.need)
    ]
    gain = {offer: sum(map(weight, open_causes[offer.need])) / offer.seconds for offer in offers}
    blind = symptoms and not any(suspect.cause.rivals for suspect in suspects[:1])
    telling = Need.LOG if _fails(facts) else Need.WIRE
    leading = {need for need in Need for one in suspects[:1] if one.cause.id in open_causes[need]}
    offers.sort(key=lambda offer: (blind and offer.need is telling, offer.need in leading, gain[offer]), reverse=True)
    first = [suspects[0].cause.id] if suspects else []
    return tuple(
        Collection(offer.collect, offer.command, tuple(dict.fromkeys((*first, *open_causes[offer.need])))[:SEPARATED])
        for offer in offers[:MOST]
    )


def _in_vain(facts: Facts, need: Need) -> bool:
    """Whether it was given and is nothing that anybody here reads, or lies where this service keeps no sessions."""
    return bool(facts.unread) if need is Need.SOURCE else need in _STORED and bool(awaited.in_cookies(facts))


def _fails(facts: Facts) -> bool:
    """Whether anything that a user asked for failed on the server."""
    return any(one.status >= 500 for visit in visits(facts) for one in visit.personal)


def given(facts: Facts) -> frozenset[Need]:
    """The kinds of evidence that there were, whatever they lacked."""
    found = {need for need in Need if _given(facts, need)}
    no_table = Need.DATABASE in found and not (
        isinstance(facts.database, Database) and isinstance(facts.database.table, TableShape)
    )
    return frozenset(found | {Need.ROWS} if no_table or facts.rows is not None else found)


def _given(facts: Facts, need: Need) -> bool:
    match need:
        case Need.DATABASE:
            return isinstance(facts.database, Database) and not (facts.database.failure or facts.database.broken_off)
        case Need.REDIS:
            return isinstance(facts.redis, Redis) and not (facts.redis.failure or facts.redis.broken_off)
        case Need.ENVIRONMENT:
            return bool(facts.environments)
        case Need.LOG:
            return bool(facts.logs)
        case Need.SOURCE:
            return bool(facts.sources)
        case Need.WIRE:
            return any(wire.seen_by is not Seen.SITE for wire in facts.wires)
        case Need.SITE:
            return any(wire.seen_by is Seen.SITE for wire in facts.wires)
        case _:
            return False
