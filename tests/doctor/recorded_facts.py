"""What a cause and the whole diagnosis say of recordings, with or without what database and secrets say of them."""

from datetime import timedelta

from sessile.doctor.causes import cause_named
from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence
from sessile.doctor.facts import Correlations, Database, Facts, Log, Unknown, Wire
from sessile.doctor.facts.correlation import Correlation, Held, Login, Missing, Signature, Stored, Unsigned
from sessile.doctor.findings import Finding
from tests.doctor.facts_builder import NOW
from tests.doctor.recording import value_of

SIGNED = Signature("SESSION_SECRET (.env:2)", "0a1b2c3d")
AT = NOW + timedelta(minutes=2)
LIVING = Stored(expires=(NOW + timedelta(days=1)).timestamp() * 1000, identities=("userId",), other_keys=1)


def seen(*wires: Wire, database: Database | None = None, logs: tuple[Log, ...] = (), found: Correlations | None = None) -> Facts:
    """The facts two minutes after the recordings."""
    return Facts(
        now=AT,
        database=database or Unknown("no database URL was given"),
        logs=logs,
        wires=wires,
        correlations=found or Correlations(),
    )


def known(
    cookie: str,
    row: Stored | Held | Missing | Unknown = LIVING,
    signature: Signature | Unsigned | Unknown = SIGNED,
    *,
    damage: str = "",
) -> Correlation:
    """What was found out about one cookie's value."""
    return Correlation(value=value_of(cookie), masked_id="Zb3x…", damage=damage, signature=signature, row=row)


def correlated(*cookies: Correlation, logins: tuple[Login, ...] = ()) -> Correlations:
    """All that was found out."""
    return Correlations(cookies, logins, '"public"."session"')


def judge(cause_id: str, facts: Facts) -> Finding:
    """What one cause says."""
    cause = cause_named(cause_id)
    if cause is None or cause.id != cause_id:
        raise LookupError(cause_id)
    return cause.judge(facts)


def first(facts: Facts) -> str:
    """The cause that stands first."""
    return diagnose(facts).causes[0].cause.id


def proven(facts: Facts) -> set[str]:
    """The causes that the diagnosis calls proven."""
    return {one.cause.id for one in diagnose(facts).causes if one.confidence is Confidence.CONFIRMED}
