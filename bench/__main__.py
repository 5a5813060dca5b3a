"""Run the bench: `python -m bench` measures everything, `--quick` only what the ratios need, once.

Both write a table, a picture and every run.
Exit status: 0, or 1 for a wrong answer, a failed request or, in a full run, a missed floor, or 2 where the bench cannot run here.
"""

import argparse
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from bench import data, machine, report
from bench.checks import WrongAnswer
from bench.contenders import BY_NAME, CONTENDERS, Contender
from bench.load import Load
from bench.ratios import RATIOS, wanted
from bench.runs import Journal
from bench.servers import ROOT
from bench.testbed import DATABASE_SETTINGS, Testbed
from sessile.demo.postgres import EmbeddedPostgres


def main() -> int:
    """Returns the exit status."""
    options = _options()
    try:
        machine.check()
        core, own = machine.cores()
        os.sched_setaffinity(0, {own})  # and with this process everything it starts, servers excepted
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        journal = _measured(options, core)
    except machine.Unfit as error:
        print(error, file=sys.stderr)
        return 2
    except (WrongAnswer, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    if journal is None:
        print("every server answered every route as it must")
        return 0
    report.write(journal, options.output)
    print(report.ratio_table(journal))
    print(f"\nwritten: {', '.join(str(options.output / name) for name in ('results.md', 'results.svg', 'runs.jsonl'))}")
    missed = not options.quick and any(ratio.verdict(ratio.measured(journal)) == "floor missed" for ratio in RATIOS)
    return 1 if missed or any(run.errors for run in journal.runs) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="sessile beside its peers, measured in one run")
    parser.add_argument("--quick", action="store_true", help="one short round of what the ratios need, into .cache/bench")
    parser.add_argument("--check", action="store_true", help="only check what every server answers; time nothing")
    parser.add_argument("--only", nargs="+", choices=sorted(BY_NAME), metavar="NAME", help=f"of {', '.join(BY_NAME)}")
    parser.add_argument("--rounds", type=int, help="how often each server is put under each load (default 5)")
    parser.add_argument("--seconds", type=int, help="how long each run lasts, after its warm-up (default 5)")
    parser.add_argument("--large", type=int, metavar="ROWS", help="rows of the large table, 0 for none (default 10,000,000)")
    parser.add_argument(
        "--cluster", type=Path, metavar="DIR", help="keep PostgreSQL's files there, so that the large table is made once"
    )
    parser.add_argument("--output", type=Path, metavar="DIR", help="where the results go (default bench)")
    options = parser.parse_args()
    for name, quick, full in (
        ("rounds", 1, 5),
        ("seconds", 2, 5),
        ("large", 0, data.MANY_ROWS),
        ("output", ROOT / ".cache" / "bench", ROOT / "bench"),
    ):
        if getattr(options, name) is None:
            setattr(options, name, quick if options.quick else full)
    options.output.mkdir(parents=True, exist_ok=True)
    return options


def _measured(options: argparse.Namespace, core: int) -> Journal | None:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sessile-bench-")))
        database = stack.enter_context(EmbeddedPostgres(options.cluster, settings=DATABASE_SETTINGS))
        connection = stack.enter_context(psycopg.connect(database.url(), autocommit=True))
        data.fill(connection)
        facts = {
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "quick": options.quick,
            "rounds": options.rounds,
            "seconds": options.seconds,
            "rows": data.ROWS,
            "octets": data.octets(connection),
            "large": options.large,
            **machine.facts(connection),
        }
        journal = Journal(options.output / "runs.jsonl", facts)
        warm_up = 1 if options.quick else 2
        testbed = Testbed(database, connection, journal, directory, secrets.token_hex(32), core, options.seconds, warm_up)
        pairs = _pairs(options)
        contenders = list(dict.fromkeys(contender for contender, _ in pairs))
        if options.check:
            testbed.started(contenders, stack)
            return None
        if not options.quick:
            testbed.tune()
        journal.facts["pool"] = testbed.pool
        with ExitStack() as running:
            testbed.rounds(testbed.started(contenders, running), pairs, options.rounds)
        if options.large:
            testbed.look_ups(options.rounds, options.large)
        return journal


def _pairs(options: argparse.Namespace) -> Sequence[tuple[Contender, Load]]:
    every = [(contender, load) for contender in CONTENDERS for load in contender.loads]
    pairs = list(wanted(CONTENDERS)) if options.quick and not options.check else every
    return [(contender, load) for contender, load in pairs if not options.only or contender.name in options.only]


if __name__ == "__main__":
    sys.exit(main())
