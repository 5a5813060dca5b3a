"""The keys that hold sessions: met by SCAN, told by their names and by what stands in some of them; no id or value is kept."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sessile.doctor.evidence.redis.family import family, holds_express
from sessile.doctor.evidence.redis.inspection import Inspection
from sessile.doctor.facts.redis import Family, Keys

MOST_KEYS: Final = 100_000
SCAN_SECONDS: Final = 5.0
BATCH: Final = 1000
SAMPLE: Final = 300
"""So many sessions of a family are read. SCAN meets keys in the order of their hashes: the first are as good as any."""
MOST_GROUPS: Final = 1000
LONGEST_KEY: Final = 400
MOST_FAMILIES: Final = 8
FEW: Final = 3

_NAMED = re.compile(r"(?:[\w-]{1,40}[:.])?(?:sess|sessions?|flask_session|starsessions)[:.](?=.)", re.IGNORECASE)
_SEPARATED = re.compile(r"(?P<prefix>.*[:./])[A-Za-z0-9_-]{16,128}")
_NUMBER = re.compile(r"\d+")
"""What differs between keys of one kind: `cache:17:...` and `cache:18:...` are one."""
_JOINED = re.compile(r"(?P<prefix>.{0,40}?)[A-Za-z0-9_-]{32}")
"""Without a separator only the length of express-session's ids (24 random bytes in base64url) tells where one begins."""


@dataclass(slots=True)
class _Group:
    """Keys of one prefix: how many, and some of them."""

    prefix: str
    keys: int = 0
    sample: list[bytes] = field(default_factory=list)

    @property
    def named(self) -> bool:
        return _NAMED.match(f"{self.prefix}x") is not None


def prefix_of(key: str) -> str | None:
    """The prefix of a key that may be a session's; None of any other."""
    if named := _NAMED.match(key):
        return named[0]
    found = _SEPARATED.fullmatch(key) or _JOINED.fullmatch(key)
    return found["prefix"] if found else None


def keys(inspection: Inspection, now: datetime, *, full_scan: bool = False, most: int = MOST_KEYS) -> Keys:
    """Meet the keys, `most` of them at most unless `full_scan`, and read some of the sessions. Raises RedisError or OSError."""
    groups: dict[str, _Group] = {}
    seen, cursor = 0, b""
    ends = time.monotonic() + (inspection.left / 2 if full_scan else min(SCAN_SECONDS, inspection.left / 2))
    while cursor != b"0" and (full_scan or seen < most) and time.monotonic() < ends:
        cursor, batch = inspection.ask("SCAN", cursor or b"0", "COUNT", BATCH)
        seen += len(batch)
        for key in batch:
            if len(key) <= LONGEST_KEY:
                _note(groups, key)
    return Keys(seen=seen, complete=cursor == b"0", families=tuple(_families(inspection, groups, now)))


def _note(groups: dict[str, _Group], key: bytes) -> None:
    prefix = prefix_of(key.decode("utf-8", "surrogateescape"))
    kind = _NUMBER.sub("#", prefix or "")
    if prefix is None or (kind not in groups and len(groups) >= MOST_GROUPS):
        return
    group = groups.setdefault(kind, _Group(prefix))
    group.keys += 1
    if len(group.sample) < SAMPLE:
        group.sample.append(key)


def _families(inspection: Inspection, groups: dict[str, _Group], now: datetime) -> Iterator[Family]:
    candidates = sorted(groups.values(), key=lambda group: (not group.named, -group.keys))
    for group in candidates[: 3 * MOST_FAMILIES]:
        if group.named or holds_express(inspection, group.sample[:FEW]):
            yield family(inspection, group.prefix, group.keys, group.sample, now)
