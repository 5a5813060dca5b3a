"""Run the lab: `python -m lab [--only NAME ...] [--service express|sessile] [--show]` prints the matrix, and fails where it is
wrong.
"""

import argparse
import json
import sys

from lab.controls import CONTROLS
from lab.faults import FAULTS
from lab.matrix import Result, run
from lab.scene import SERVICES
from lab.scores import Case, printed
from sessile.doctor.causes import cause_named


def main() -> int:
    """Returns 0 if every fault was named first or prevented and every control was healthy, else 1."""
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults and controls only")
    parser.add_argument("--service", choices=tuple(SERVICES), help="on this service only")
    parser.add_argument("--show", action="store_true", help="print the whole diagnosis and the service's log of what is wrong")
    options = parser.parse_args()
    chosen = [fault for fault in (*FAULTS, *CONTROLS) if not options.only or fault.name in options.only]
    results = []
    for result in run(chosen, [options.service] if options.service else tuple(SERVICES)):
        results.append(result)
        _print(result, show=options.show)
    print()
    for line in printed([_case(result) for result in results if result.verdict != "prevented"]):
        print(line)
    wrong = [result for result in results if not result.right]
    print(f"\n{len(results) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def _case(result: Result) -> Case:
    cause = cause_named(result.fault.cause)
    right = (cause.id, *result.fault.also) if cause else ()
    return Case(f"{result.fault.name} on {result.kind}", right, result.said)


def _print(result: Result, *, show: bool) -> None:
    visits = result.visits
    met = f"returning {visits.returning} login {visits.logging_in} then {visits.logged_in}"
    sign = "ok " if result.right else "NO "
    print(f"{sign} {result.kind:<8} {result.fault.name:<28} {result.verdict:<34} {met}", flush=True)
    if show and not result.right:
        print(json.dumps(result.diagnosis, indent=1) if result.diagnosis else result.output)
        print(result.log[-3000:])


if __name__ == "__main__":
    sys.exit(main())
