"""A log of 1 GB, read by the doctor and searched by ripgrep for the same patterns: `python -m bench.logs` prints both and the
ratio.

Each runs in processes of its own, by turns. Time is that of the processor, which other load on the machine changes little; the
doctor's starts before its patterns are compiled. Exit status: 0, or 1 where the median of the ratios misses its floor.
"""

import argparse
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sessile.doctor.evidence.log_sieve import PATTERNS

FLOOR = 1.0
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari/604.1",
    "kube-probe/1.31",
)
PATHS = ("/", "/health", "/assets/index-4f2a91c7.js", "/api/products?page=%d", "/api/cart", "/api/orders/%d", "/img/%d.webp")
SAVE_ERROR = """Session save error: error: relation "session" does not exist
    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:283:98)
    at Parser.handlePacket (/app/node_modules/pg-protocol/dist/parser.js:122:29) {
  code: '42P01',
  routine: 'parserOpenTable'
}"""
READ = """
import resource, sys
from sessile.doctor.evidence.logs import collect
began = resource.getrusage(resource.RUSAGE_SELF)
events = sum(len(log.events) for log in collect(sys.argv[1]))
used = resource.getrusage(resource.RUSAGE_SELF)
print(events, used.ru_utime + used.ru_stime - began.ru_utime - began.ru_stime, used.ru_maxrss / 1024)
"""


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.logs", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--storm", action="store_true", help="every second request is answered 401, every tenth line is an error")
    options = parser.parse_args()
    if shutil.which("rg") is None:
        print("ripgrep not found: apt-get install ripgrep", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="sessile-bench-") as name:
        log, patterns = Path(name, "app.log"), Path(name, "patterns")
        patterns.write_text("\n".join(PATTERNS) + "\n", encoding="utf-8")
        _write(log, options.megabytes * 1_000_000, storm=options.storm)
        size = log.stat().st_size / 1e6
        ratios = []
        for number in range(1, options.rounds + 1):
            theirs, matching = _ripgrep(log, patterns)
            ours, events, memory = _doctor(log)
            ratios.append(theirs / ours)
            print(
                f"round {number}: ripgrep {size / theirs:.0f} MB/s ({matching} lines match), doctor {size / ours:.0f} MB/s "
                f"({events} events, {memory:.0f} MB of memory), ratio {ratios[-1]:.2f}",
                flush=True,
            )
    print(f"{len(PATTERNS)} patterns, {size:.0f} MB: ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    return 0 if median(ratios) >= FLOOR else 1


def _ripgrep(log: Path, patterns: Path) -> tuple[float, int]:
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(["rg", "-c", "-f", patterns, log], capture_output=True, text=True, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime - began.ru_utime - began.ru_stime, int(ran.stdout)


def _doctor(log: Path) -> tuple[float, int, float]:
    ran = subprocess.run([sys.executable, "-c", READ, log], capture_output=True, text=True, check=True)
    events, seconds, memory = ran.stdout.split()
    return float(seconds), int(events), float(memory)


def _write(path: Path, size: int, *, storm: bool) -> None:
    """A day or two of three instances: mostly requests, some logins, few errors, a restart now and then."""
    dice, at, written = random.Random(5), datetime(2026, 11, 1, tzinfo=UTC), 0
    lines = _lines(dice, storm=storm)
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        while written < size:
            at += timedelta(milliseconds=dice.randrange(1, 40))
            written += file.write(
                f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z [web-{dice.randrange(1, 4)}] {next(lines)}\n"
            )


def _lines(dice: random.Random, *, storm: bool) -> Iterator[str]:
    refused, errors = (0.5, 0.1) if storm else (0.01, 0.0005)
    starts = 0.000001
    while True:
        chance = dice.random()
        if chance < starts:
            yield "Server running on port 3000"
        elif chance < starts + errors:
            yield SAVE_ERROR
        elif chance < 0.05:
            yield _request(dice, "GET", "/api/me", 200)
        elif chance < 0.06:
            yield _request(dice, "POST", "/api/auth/login", 200)
        elif chance < 0.06 + refused:
            yield _request(dice, "GET", "/api/me", 401)
        else:
            path = dice.choice(PATHS)
            yield _request(
                dice, "GET", path % dice.randrange(100_000) if "%d" in path else path, dice.choice((200, 200, 304, 404))
            )


def _request(dice: random.Random, method: str, path: str, status: int) -> str:
    client = f"203.0.{dice.randrange(256)}.{dice.randrange(1, 255)}"
    return f'{client} - - "{method} {path} HTTP/1.1" {status} {dice.randrange(100, 90_000)} "-" "{dice.choice(AGENTS)}"'


if __name__ == "__main__":
    sys.exit(main())
