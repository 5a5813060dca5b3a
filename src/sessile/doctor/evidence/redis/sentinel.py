"""A Sentinel names the primary to clients that ask it, and keeps no key: whoever wants to look at sessions is sent on."""

from redis.exceptions import ResponseError

from sessile.doctor.evidence.opening import EvidenceError
from sessile.doctor.evidence.redis.inspection import Inspection
from sessile.doctor.evidence.redis.server import fields, parsed
from sessile.doctor.masking import excerpt


def send_on(inspection: Inspection) -> None:
    """Raises EvidenceError with the primary's address where a Sentinel answers; RedisError or OSError where nothing does."""
    try:
        said = parsed(inspection.ask("INFO", "sentinel"))
    except ResponseError:
        return
    if "sentinel_masters" not in said:
        return
    primaries = [
        found["address"] for name, text in said.items() if name.startswith("master") and "address" in (found := fields(text))
    ]
    instead = f"give the primary that it names, redis://{excerpt(primaries[0], 120)}" if primaries else "give the primary's URL"
    raise EvidenceError(f"a Redis Sentinel answers at {inspection.address.masked}, which keeps no sessions: {instead}")
