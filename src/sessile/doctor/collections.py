"""What to collect next: the evidence that would tell most among what is still open, at least cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from sessile.doctor.diagnosis import Collection, Confidence, Suspect, Unchecked
from sessile.doctor.facts import Database, Facts
from sessile.doctor.facts.wire import Seen
from sessile.doctor.findings import Need

MOST = 3


@dataclass(frozen=True, slots=True)
class _Offer:
    """One thing that can be collected: the need it meets, how to get it, and its cost in seconds of somebody's time."""

    need: Need
    collect: str
    command: str
    seconds: int


OFFERS = (
    _Offer(Need.DATABASE, "the session table, as the service's own role sees it", 'sessile doctor "$DATABASE_URL"', 10),
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
        "the site's own answers: one login with a test account, then one page that needs it",
        "sessile doctor https://YOUR-SITE --login /login --data user=TEST --data password --protected /me",
        180,
    ),
)


def worth_collecting(
    facts: Facts, suspects: Sequence[Suspect], unchecked: Sequence[Unchecked], symptoms: bool
) -> tuple[Collection, ...]:
    """The next things to collect, the most telling first; nothing once a cause is proven.

    Where users suffer, what their browser did comes first: half of all causes lie on the cookie's way.
    """
    if any(suspect.confidence is Confidence.CONFIRMED for suspect in suspects):
        return ()
    open_causes = {need: tuple(u.cause.id for u in unchecked if u.needs is need) for need in Need}
    offers = [offer for offer in OFFERS if open_causes[offer.need] and not _given(facts, offer.need)]
    gain = {offer: len(open_causes[offer.need]) / offer.seconds for offer in offers}
    offers.sort(key=lambda offer: (symptoms and offer.need is Need.WIRE, gain[offer]), reverse=True)
    return tuple(Collection(offer.collect, offer.command, open_causes[offer.need][:6]) for offer in offers[:MOST])


def _given(facts: Facts, need: Need) -> bool:
    match need:
        case Need.DATABASE:
            return isinstance(facts.database, Database) and facts.database.failure is None
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
