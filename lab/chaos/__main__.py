"""Run the chaos: `python -m lab.chaos [--app flask] [--kills 20] [--people 40] [--seed N] [--forgetful]` prints the ledger, and
fails where a promise was broken.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from lab.chaos.drill import DURABLE, Drill, Plan, Result
from lab.chaos.ledger import TOLERATED, Promise
from lab.chaos.service import App

FORGETFUL = {**DURABLE, "synchronous_commit": "off", "wal_writer_delay": "10s"}
"""A server that acknowledges what it has not written: the ledger must find out."""

KEPT = Path(".cache", "chaos")
"""Where the service's log of the latest run stays."""


def main() -> int:
    """Returns 0 if every promise was kept, else 1."""
    parser = argparse.ArgumentParser(prog="python -m lab.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="how often PostgreSQL is killed (20)")
    parser.add_argument("--people", type=int, default=40, help="how many people use the service at once (40)")
    parser.add_argument("--app", type=App, choices=list(App), default=App.STARLETTE, help="what the service is written on")
    parser.add_argument("--seed", type=int, help="draw the same moments as another run (they meet another load all the same)")
    parser.add_argument("--forgetful", action="store_true", help="let PostgreSQL lose commits, to see the ledger notice")
    options = parser.parse_args()
    if options.kills < 1 or options.people < 1:
        parser.error("--kills and --people must be at least 1")
    given = {"seed": options.seed} if options.seed is not None else {}
    settings = FORGETFUL if options.forgetful else DURABLE
    plan = Plan.of(options.kills, people=options.people, app=options.app, settings=settings, **given)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "chaos.log").unlink(missing_ok=True)
    result = asyncio.run(Drill(plan, KEPT).run())
    print(table(result, plan))
    return 1 if result.ledger.broken else 0


def table(result: Result, plan: Plan) -> str:
    """The ledger as text: a row a promise, then figures that are none."""
    ledger = result.ledger
    width = max(len(promise) for promise in Promise)
    lines = [f"{'promise':<{width}}  expected  counted"]
    for promise in Promise:
        expected, sign = "any" if promise in TOLERATED else "0", "  BROKEN" if promise in ledger.broken else ""
        lines.append(f"{promise:<{width}}  {expected:>8}  {ledger.breaches[promise]:>7}{sign}")
    lines += ["", *ledger.lines] if ledger.lines else []
    lines += [
        "",
        f"{plan.app}, {plan.people} people: PostgreSQL killed {result.kills} times in {result.seconds:.0f} s; seed {plan.seed}",
        f"{ledger.answers.total()} requests of living sessions: {_listed(ledger.answers)}",
        f"{ledger.answers_to_ended.total()} with the cookie of an ended one: {_listed(ledger.answers_to_ended)}",
        f"{ledger.health_checks} health checks",
        f"{ledger.acknowledged} saves acknowledged in {len(ledger.accounts)} sessions; {len(ledger.ended)} ids ended",
        f"first 200 after an outage's end: slowest {max(result.recoveries, default=0):.2f} s",
        f"under load, before the first strike and after the last: {'; '.join(map(str, result.held))}",
    ]
    return "\n".join(lines)


def _listed(answers: Mapping[int, int]) -> str:
    return ", ".join(f"{count} answered {status or 'not at all'}" for status, count in sorted(answers.items()))


if __name__ == "__main__":
    sys.exit(main())
