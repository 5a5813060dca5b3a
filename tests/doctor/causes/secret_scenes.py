"""Scenes for the causes of the secret: .env files and logs as they really are, seen through the collectors."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from sessile.doctor.causes import cause_named
from sessile.doctor.evidence import environment, logs
from sessile.doctor.facts import Environment, Facts, Log
from sessile.doctor.findings import Finding
from sessile.session import events
from sessile.session.keyring import Keyring, fingerprint

SECRET = "Zx8fQ2mN4vB7kL1pR9sT3wY6uE0aD5gH"
OTHER = "hG5Da0Eu6Yw3Ts9Rp1Lk7Bv4Nm2Qf8xZ"
THIRD = "Qw7eR5tY3uI1oP9aS8dF6gH4jK2lZ0xC"
RECORDED = Path(__file__).parents[2] / "fixtures" / "logs" / "express"
REJECTED = "Mon, 23 Nov 2026 20:10:24 GMT express-session cookie signature invalid"
EXPRESS = (
    "2026-11-23T20:10:24.600Z Server running on port 3000",
    "2026-11-23T20:10:25.600Z POST /api/auth/login 200 13.199 ms",
    "2026-11-23T20:10:26.600Z GET /api/me 200 4.153 ms",
    "2026-11-23T20:10:27.600Z Server stopped",
)


def key(value: str) -> str:
    return fingerprint(value.encode())


def env(folder: Path, content: str, name: str = ".env") -> Environment:
    """A .env file of a service, collected."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"PORT=3000\n{content}\n".encode())
    return environment.collect(path)


def process(**variables: str) -> Environment:
    return environment.from_process({"DATABASE_URL": "postgres://db.example/shop", "PORT": "3000", **variables})


def log(*lines: str, name: str = "app.log") -> Log:
    """One log of one instance, collected."""
    [found] = logs.collect(Path(name), text=BytesIO("\n".join(lines).encode()), instance=name)
    return found


def recorded(name: str) -> Log:
    """What the lab's Express service wrote."""
    [found] = logs.collect(RECORDED / f"{name}.log")
    return found


def starts(*keyrings: str | tuple[str, ...], name: str = "app.log", hour: int = 10) -> Log:
    """The log of a sessile service that started once with each of the keyrings."""
    lines = []
    for number, secrets in enumerate(keyrings):
        said = events.keys(Keyring(secrets)).message
        lines += [
            f"2026-11-23 {hour:02}:{number:02}:00,000 INFO uvicorn.error: Started server process [{100 + number}]",
            f"2026-11-23 {hour:02}:{number:02}:00,100 INFO sessile: {said}",
            f"2026-11-23 {hour:02}:{number:02}:00,200 INFO uvicorn.error: Application startup complete.",
            f"2026-11-23 {hour:02}:{number:02}:30,000 INFO uvicorn.error: Finished server process [{100 + number}]",
        ]
    return log(*lines, name=name)


def judge(cause_id: str, *evidence: Environment | Log) -> Finding:
    """What a cause says of the evidence."""
    cause = cause_named(cause_id)
    if cause is None:
        raise LookupError(cause_id)
    environments = tuple(one for one in evidence if isinstance(one, Environment))
    seen = tuple(one for one in evidence if isinstance(one, Log))
    return cause.judge(Facts(now=datetime.now(UTC), environments=environments, logs=seen))
