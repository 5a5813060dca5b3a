"""Run the faults of the code: `python -m lab.code [--only NAME ...] [--show]` prints the matrix, and fails where it is wrong."""

import argparse
import json
import sys

from lab import unheard
from lab.code.faults import CONTROLS, FAULTS
from lab.code.matrix import EVIDENCE, Result, run


def main() -> int:
    """Returns 0 if every fault was named first and every control was healthy, else 1."""
    parser = argparse.ArgumentParser(prog="python -m lab.code", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults and controls only")
    parser.add_argument("--evidence", nargs="+", choices=EVIDENCE, default=EVIDENCE, help="from these kinds of evidence only")
    parser.add_argument("--show", action="store_true", help="print the diagnosis and the log of what is wrong")
    options = parser.parse_args()
    results = []
    chosen = (fault for fault in (*FAULTS, *CONTROLS) if not options.only or fault.name in options.only)
    for result in run(chosen, tuple(dict.fromkeys(("all", *options.evidence)))):
        results.append(result)
        _print(result, show=options.show)
    faults = [result for result in results if result.fault.cause]
    for kind in options.evidence:
        said = [(result.fault, result.sayings[kind]) for result in faults if kind in result.sayings]
        first = sum(saying.first == fault.cause for fault, saying in said)
        print(f"{kind:<9} first in {first} of {len(said)}")
    for line in unheard.printed([result.without for result in faults if result.without and not result.visits.well]):
        print(line)
    wrong = [result for result in results if not result.right]
    print(f"\n{len(results) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def _print(result: Result, *, show: bool) -> None:
    said = "  ".join(f"{kind}: {_short(result, kind)}" for kind in result.sayings)
    met = result.visits
    people = f"returning {met.returning} login {met.logging_in} then {met.logged_in}"
    print(f"{'ok ' if result.right else 'NO '} {result.fault.name:<26} {result.verdict:<30} {said}  {people}", flush=True)
    if show and not result.right:
        print(json.dumps(result.sayings["all"].diagnosis, indent=1) or result.sayings["all"].output)
        print(result.log[-3000:])


def _short(result: Result, kind: str) -> str:
    saying = result.sayings[kind]
    if saying.first == result.fault.cause:
        return ("first" if saying.sure else "first, unsure") if saying.first else "healthy" if not saying.exit_status else "open"
    return saying.first or ("open" if saying.exit_status == 3 else "nothing")


if __name__ == "__main__":
    sys.exit(main())
