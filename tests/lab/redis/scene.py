"""Sessions in a real Redis, and the doctor looking at them, for the tests."""

import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis

from sessile.doctor.diagnose import diagnose
from sessile.doctor.diagnosis import Confidence, Diagnosis
from sessile.doctor.evidence import environment, logs
from sessile.doctor.evidence.correlation import correlate
from sessile.doctor.evidence.redis import collect
from sessile.doctor.evidence.sorting import Item, Kind
from sessile.doctor.facts import Facts, Wire
from tests.doctor.recording import SECRET, asked, cookie, login, recording

DAY_MS = 86_400_000
AFTER_THE_START = -600.0
"""A recording of ten minutes ahead is of after the server's start, however long this machine takes."""
UNKNOWN_ID = "Zb3xY0aB1cD2eF3gH4iJ5kL6mN7oP8qR"


def client(url: str) -> Any:
    """A client of the driver's, for breaking things."""
    return redis.Redis.from_url(url)


def session(*, age: int = DAY_MS, **data: object) -> str:
    """A session as express-session writes it, `age` in milliseconds; of user 7 unless `data` says something else."""
    expires = (datetime.now(UTC) + timedelta(milliseconds=age)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    kept = {"originalMaxAge": age, "expires": expires, "httpOnly": True, "path": "/"}
    return json.dumps({"cookie": kept, **(data or {"userId": 7})})


def save(url: str, count: int = 3, *, prefix: str = "sess:", seconds: int | None = 86_400, text: str | None = None) -> list[str]:
    """Save sessions as connect-redis does; their ids."""
    ids = [secrets.token_urlsafe(24) for _ in range(count)]
    with client(url) as server:
        for one in ids:
            server.set(f"{prefix}{one}", text or session(), ex=seconds)
    return ids


def visit(sid: str, *, ago: float = 30, status: int = 401) -> Wire:
    """A recording of a login so many seconds ago, and of a request with its cookie five seconds later."""
    since = datetime.now(UTC) - timedelta(seconds=ago)
    value = cookie(sid=sid)
    line = f"connect.sid={value}; Path=/; HttpOnly"
    return recording(login(since=since, sets=line), asked(5, status=status, sends=f"connect.sid={value}", since=since))


def facts(url: str, folder: Path, *wires: Wire, **options: Any) -> Facts:
    """What the doctor sees of Redis, of the service's environment, and of recordings."""
    path = folder / ".env"
    path.write_text(f"PORT=3000\nSESSION_SECRET={SECRET}\n")
    seen = collect(url, now=datetime.now(UTC), **options)
    known = Facts(now=datetime.now(UTC), redis=seen, environments=(environment.collect(path),), wires=wires)
    found = correlate(known, [Item(Kind.ENVIRONMENT, ".env", path=path)], None, None, url)
    return Facts(now=known.now, redis=seen, environments=known.environments, wires=wires, correlations=found)


def of_log(text: str, folder: Path) -> Diagnosis:
    """The diagnosis of a service's log alone."""
    path = folder / "given.log"
    path.write_text(text)
    return diagnose(Facts(now=datetime.now(UTC), logs=logs.collect(path)))


def confirmed(found: Diagnosis) -> list[str]:
    """The causes that are proven."""
    return [one.cause.id for one in found.causes if one.confidence is Confidence.CONFIRMED]


def notes(found: Diagnosis) -> list[str]:
    """The remarks about Redis."""
    return [one.id for one in found.notes if "redis" in one.id]


def diagnosed(url: str, folder: Path, *wires: Wire, **options: Any) -> Diagnosis:
    """The diagnosis of what the doctor sees."""
    return diagnose(facts(url, folder, *wires, **options))


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what comes by itself; the time is generous, for it only bounds a failure."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)
