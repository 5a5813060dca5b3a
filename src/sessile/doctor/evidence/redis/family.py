"""Figures over a sample of the sessions under one prefix."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from redis.exceptions import ResponseError

from sessile.doctor.evidence.payload import Payload
from sessile.doctor.evidence.redis.inspection import Inspection, Reply
from sessile.doctor.facts.redis import Family

LARGEST: Final = 65536
"""The length in bytes of a value that is read; a longer one is no session."""
APART: Final = timedelta(minutes=1)
SHORT_LIFE: Final = timedelta(milliseconds=100_000)
LONGEST: Final = timedelta.max / 4
NO_END, GONE = -1, -2
OTHER_TYPE = "WRONGTYPE"


@dataclass(frozen=True, slots=True)
class Session:
    """One key's value: how long it lives in milliseconds (-1 for ever), and its payload, None where it is no string."""

    left: int
    payload: Payload | None

    @property
    def span(self) -> timedelta | None:
        """How long it lives; None for ever."""
        return None if self.left == NO_END else timedelta(milliseconds=min(self.left, LONGEST // timedelta(milliseconds=1)))


def read(inspection: Inspection, keys: Sequence[bytes]) -> tuple[Session | None, ...]:
    """What stands under the keys; None for one that is not there, or may not be read. Raises RedisError or OSError."""
    lives = inspection.ask_all([("PTTL", key) for key in keys])
    lengths = inspection.ask_all([("STRLEN", key) for key in keys])
    wanted = [not isinstance(length, int) or length <= LARGEST for length in lengths]
    values = iter(inspection.ask_all([("GET", key) for key, want in zip(keys, wanted, strict=True) if want]))
    texts = [next(values) if want else b"" for want in wanted]
    return tuple(_session(left, text) for left, text in zip(lives, texts, strict=True))


def _session(left: Reply, text: Reply) -> Session | None:
    if isinstance(text, ResponseError):
        return Session(left, None) if str(text).startswith(OTHER_TYPE) and isinstance(left, int) else None
    return Session(left, Payload.of(text)) if isinstance(left, int) and left != GONE and text is not None else None


def holds_express(inspection: Inspection, keys: Sequence[bytes]) -> bool:
    """Whether a session of express-session's stands under one of the keys. Raises RedisError or OSError."""
    return any(one.payload.of_express for one in read(inspection, keys) if one and one.payload)


def family(inspection: Inspection, prefix: str, count: int, sample: Sequence[bytes], now: datetime) -> Family:
    """Read the sample into figures; `count` keys there are in all. Raises RedisError or OSError."""
    found = list(zip(sample, read(inspection, sample), strict=True))
    sessions = [one for _, one in found if one]
    payloads = [(one, one.payload) for one in sessions if one.payload]
    saved = [payload.saved for _, payload in payloads if payload.saved]
    others = [key for key, one in found if one and one.payload is None]
    return Family(
        prefix=prefix,
        keys=count,
        read=len(sessions),
        express=any(payload.of_express for _, payload in payloads),
        endless=sum(one.left == NO_END for one in sessions),
        ending_early=sum(_ends_early(one, payload, now) for one, payload in payloads),
        outliving=sum(_outlives(one, payload, now) for one, payload in payloads),
        wrong_type=len(others),
        types=tuple(dict.fromkeys(_types(inspection, others[:5]))),
        unreadable=sum(not payload.readable for _, payload in payloads),
        without_cookie=sum(payload.readable and payload.cookie is None for _, payload in payloads),
        of_nobody=sum(payload.readable and not payload.identities and not payload.other_keys for _, payload in payloads),
        short_lived=sum(timedelta(0) < (payload.life or LONGEST) < SHORT_LIFE for _, payload in payloads),
        saved_first=min(saved, default=None),
        saved_last=max(saved, default=None),
    )


def _ends_early(one: Session, payload: Payload, now: datetime) -> bool:
    return payload.expires is not None and one.span is not None and one.span + APART < payload.expires - now


def _outlives(one: Session, payload: Payload, now: datetime) -> bool:
    """A touch moves the key's end to a whole life from then, and leaves the value as it is."""
    if payload.expires is None or payload.life is None or one.span is None:
        return False
    return one.span > max(payload.expires - now, payload.life) + APART


def _types(inspection: Inspection, keys: Sequence[bytes]) -> Iterator[str]:
    replies = inspection.ask_all([("TYPE", key) for key in keys])
    return (reply.decode() for reply in replies if isinstance(reply, bytes))
