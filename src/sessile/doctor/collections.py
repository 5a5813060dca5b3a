"""What to collect next: the evidence that would tell most among what is still open, at least cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from sessile.doctor.diagnosis import Collection, Confidence, Suspect, Unchecked
from sessile.doctor.facts import Database, Facts
from sessile.doctor.findings import Need
from sessile.session.outcome import Station

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
)

BROWSER = (
    "what the browser does with the cookie: the login's response must show Set-Cookie, the next request must show Cookie "
    "(DevTools, Network; or curl -i on the login)",
    "curl -i -X POST https://YOUR-SITE/login -H 'Content-Type: application/json' -d @login.json",
)

COOKIE_STATIONS = (Station.SET, Station.KEEP, Station.SEND, Station.ARRIVE, Station.VERIFY)


def worth_collecting(
    facts: Facts, suspects: Sequence[Suspect], unchecked: Sequence[Unchecked], symptoms: bool
) -> tuple[Collection, ...]:
    """The next things to collect, the most telling first; nothing once a cause is proven."""
    if any(suspect.confidence is Confidence.CONFIRMED for suspect in suspects):
        return ()
    open_causes = {need: tuple(u.cause.id for u in unchecked if u.needs is need) for need in Need}
    offers = [offer for offer in OFFERS if open_causes[offer.need] and not _given(facts, offer.need)]
    offers.sort(key=lambda offer: len(open_causes[offer.need]) / offer.seconds, reverse=True)
    found = [Collection(offer.collect, offer.command, open_causes[offer.need][:6]) for offer in offers]
    if symptoms:
        found.insert(0, Collection(*BROWSER, tuple(str(station) for station in COOKIE_STATIONS)))
    return tuple(found[:MOST])


def _given(facts: Facts, need: Need) -> bool:
    match need:
        case Need.DATABASE:
            return isinstance(facts.database, Database) and facts.database.failure is None
        case Need.ENVIRONMENT:
            return bool(facts.environments)
        case Need.LOG:
            return bool(facts.logs)
        case _:
            return False
