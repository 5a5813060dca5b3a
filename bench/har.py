"""A HAR of 200 MB, read by the doctor and by `json.load`: `python -m bench.har` prints time and peak memory, and the ratios.

Each reads in processes of its own, by turns; the least of the rounds counts. Time is that of the processor, spent on
reading, which other load on the machine changes little; peak memory is the resident set's.
Exit status: 0, or 1 where a ratio misses its floor.
"""

import argparse
import copy
import json
import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parents[1] / "tests" / "fixtures" / "har" / "chrome-http2-full.har"
MEDIAN_BODY = 6_000
SPREAD = 1.6
ASSETS = 10
"""How often the three assets of the recorded visit are repeated in each round of its 18 requests."""
TIME_FLOOR, MEMORY_FLOOR = 0.5, 0.6

READERS = {
    "json.load": ("import json", "json.load(open(path, encoding='utf-8'))['log']['entries']"),
    "sessile": ("from sessile.doctor.evidence.har import collect", "collect(path).exchanges"),
}
MEASURE = """
import resource, sys
{load}
path, began = sys.argv[1], resource.getrusage(resource.RUSAGE_SELF)
entries = len({read})
used = resource.getrusage(resource.RUSAGE_SELF)
print(entries, used.ru_utime + used.ru_stime - began.ru_utime - began.ru_stime, used.ru_maxrss / 1024)
"""

WORDS = (
    *("session", "login", '"token"', '{"id":17,"name":"Zoë"}', '<div class="row">', "function(a,b){return", "a+b}"),
    *("résumé", "日本語", "\n\t", "null,", "https://shop.test/"),
)
CDN = {
    "cache-control": "public, max-age=31536000, immutable",
    "cf-cache-status": "HIT",
    "cf-ray": "8f0c1d2e3a4b5c6d-MUC",
    "alt-svc": 'h3=":443"; ma=86400',
    "strict-transport-security": "max-age=15552000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "strict-origin-when-cross-origin",
    "content-security-policy": "default-src 'self'; img-src * data:; " * 4,
    "vary": "Origin, Accept-Encoding",
    "server": "cloudflare",
    "nel": '{"success_fraction":0,"report_to":"cf-nel","max_age":604800}',
}


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.har", description=__doc__)
    parser.add_argument("--size", type=int, default=200, metavar="MB", help="size of the archive (default 200)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each reads it (default 3)")
    parser.add_argument(
        "--bodies", type=int, default=MEDIAN_BODY, metavar="BYTES", help=f"median of a body (default {MEDIAN_BODY})"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sessile-har-") as folder:
        path = Path(folder) / "large.har"
        entries = write(path, options.size * 1_000_000, options.bodies)
        print(f"{path.stat().st_size / 1e6:.0f} MB, {entries} entries")
        return report(measured(path, options.rounds, entries))


def write(path: Path, size: int, bodies: int) -> int:
    """Write an archive as DevTools lays it out, of entries that DevTools recorded, varied; how many there are."""
    archive = json.loads(RECORDED.read_bytes())["log"]
    templates, chance, written = archive.pop("entries"), random.Random(7), 0
    head = json.dumps({"log": archive | {"entries": []}}, indent=2).rpartition("]")[0]
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        while file.tell() < size:
            for entry in varied(templates, chance, written, bodies):
                file.write(",\n" if written else "\n")
                file.write(json.dumps(entry, indent=2, ensure_ascii=False))
                written += 1
        file.write("\n    ]\n  }\n}")
    return written


def varied(templates: list[dict[str, Any]], chance: random.Random, number: int, bodies: int) -> Iterator[dict[str, Any]]:
    """The recorded entries once more: later, at other URLs, with more headers and cookies, and with bodies as pages have them.

    Most of what a browser asks for are scripts, styles and images.
    """
    assets = [template for template in templates if "asset" in template["request"]["url"]]
    for template in [*templates, *assets * ASSETS]:
        entry = copy.deepcopy(template)
        moment = datetime(2026, 11, 23, 10, tzinfo=UTC) + timedelta(milliseconds=137 * number)
        entry["startedDateTime"] = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        request, response = entry["request"], entry["response"]
        request["url"] += f"{'&' if '?' in request['url'] else '?'}v={number}"
        cookies = "; ".join(f"_ga_{name}=GS1.1.{1_795_000_000 + number // 50}.{name}" for name in range(8))
        request["headers"].append({"name": "cookie", "value": cookies})
        response["headers"] += [{"name": name, "value": value} for name, value in CDN.items()]
        response["headers"].append({"name": "etag", "value": f'"{chance.getrandbits(64):x}"'})
        response["content"]["text"] = body(chance, round(chance.lognormvariate(math.log(bodies or 1), SPREAD)) if bodies else 0)
        response["content"]["size"] = len(response["content"]["text"])
        number += 1
        yield entry


def body(chance: random.Random, size: int) -> str:
    """A text of about that many characters."""
    piece = " ".join(chance.choices(WORDS, k=200))
    return piece * (size // len(piece)) + piece[: size % len(piece)]


def measured(path: Path, rounds: int, entries: int) -> dict[str, tuple[float, float]]:
    """Seconds and peak megabytes of each reader: the least of its rounds."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in READERS}
    for _ in range(rounds):
        for name, (load, read) in READERS.items():
            ran = subprocess.run(
                [sys.executable, "-c", MEASURE.format(load=load, read=read), path], capture_output=True, text=True, check=True
            )
            found, seconds, megabytes = ran.stdout.split()
            if int(found) != entries:
                raise SystemExit(f"{name} found {found} entries instead of {entries}")
            runs[name].append((float(seconds), float(megabytes)))
    return {name: (min(one[0] for one in several), min(one[1] for one in several)) for name, several in runs.items()}


def report(best: dict[str, tuple[float, float]]) -> int:
    """Print what was measured; 1 if a ratio misses its floor, else 0."""
    for name, (seconds, megabytes) in best.items():
        print(f"{name:10} {seconds:6.2f} s  {megabytes:6.0f} MB")
    ours, theirs = best["sessile"], best["json.load"]
    time, memory = ours[0] / theirs[0], ours[1] / theirs[1]
    print(f"time   {time:.2f} of json.load (at most {TIME_FLOOR})\nmemory {memory:.2f} of json.load (at most {MEMORY_FLOOR})")
    return int(time > TIME_FLOOR or memory > MEMORY_FLOOR)


if __name__ == "__main__":
    sys.exit(main())
