"""The load: wrk over a set of cookies, from connections that are never idle."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("load.lua")
METHODS = {"me": "GET", "count": "GET", "login": "POST"}


@dataclass(frozen=True, slots=True, order=True)
class Load:
    """One route under requests from so many connections at once."""

    route: str
    connections: int

    def __str__(self) -> str:
        return f"{self.route} {self.connections}"


ME_1, ME_16, ME_64 = Load("me", 1), Load("me", 16), Load("me", 64)
COUNT_16, COUNT_64 = Load("count", 16), Load("count", 64)
LOGIN_16 = Load("login", 16)

EVERY_LOAD = (ME_1, ME_16, ME_64, COUNT_16, COUNT_64, LOGIN_16)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the load met. `errors` counts failed connections, timeouts and every status from 400 on; times in milliseconds."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    errors: int


def version() -> str:
    """Which wrk there is. Raises FileNotFoundError, with what to do, where there is none."""
    if shutil.which("wrk") is None:
        raise FileNotFoundError("wrk, which makes the load, is not installed: apt-get install wrk")
    said = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout
    return said.partition(" Copyright")[0]


def put(load: Load, url: str, cookies: Path | None, seconds: float) -> Answers:
    """Put a load on the server at `url`, with the Cookie headers of a file, one a line, or with none.

    Raises RuntimeError if wrk fails, or no request was answered.
    """
    if load.route == "login":
        cookies = None
    command = ["wrk", "-t", "1", "-c", str(load.connections), "-d", f"{seconds:.0f}s", "-s", str(SCRIPT), f"{url}/{load.route}"]
    command += ["--", METHODS[load.route], *([str(cookies)] if cookies else [])]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + 60)
    lines = ended.stdout.strip().splitlines()
    if ended.returncode or not lines or not lines[-1].startswith("{"):
        raise RuntimeError(f"wrk failed: {(ended.stderr or ended.stdout).strip()[-500:]}")
    said = json.loads(lines[-1])
    if not said["requests"]:
        raise RuntimeError(f"/{load.route} answered no request in {seconds:.0f} s: {said['errors']}")
    p50, p99, most = (said[name] / 1000 for name in ("p50_us", "p99_us", "max_us"))
    return Answers(said["requests"], said["duration_us"] / 1e6, p50, p99, most, sum(said["errors"].values()))
