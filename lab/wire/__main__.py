"""Run the wire's part of the lab: `python -m lab.wire` prints the matrix, and fails where it is wrong."""

import argparse
import sys

from lab.wire.faults import CONTROLS, FAULTS
from lab.wire.matrix import EVIDENCE, WireResult, run


def main() -> int:
    """Returns 0 if every fault was named first by some evidence, none surely wrong, and no control raised an alarm; else 1."""
    parser = argparse.ArgumentParser(prog="python -m lab.wire", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults and controls only")
    parser.add_argument("--show", action="store_true", help="print the whole diagnosis of what is wrong")
    options = parser.parse_args()
    results = []
    for result in run(fault for fault in (*FAULTS, *CONTROLS) if not options.only or fault.name in options.only):
        results.append(result)
        _print(result, show=options.show)
    _sum_up(results)
    return 0 if all(result.right for result in results) else 1


def _print(result: WireResult, *, show: bool) -> None:
    sign = "ok " if result.right else "NO "
    met = " ".join(map(str, result.statuses))
    print(f"{sign} {result.kind:<8} {result.fault.name:<26} met {met}", flush=True)
    for evidence, said in result.said.items():
        causes = ", ".join(f"{cause['id']} ({cause['state']})" for cause in said.causes[:3])
        print(f"      {evidence:<5} exit {said.exit_status}  {causes or 'no cause'}", flush=True)
        if show and not result.right:
            print(said.output)


def _sum_up(results: list[WireResult]) -> None:
    faults = [result for result in results if result.fault.station]
    print(f"\n{'evidence':<9} {'first':>7} {'top 3':>7} {'sure and wrong':>15}")
    for evidence in EVIDENCE:
        places = [result.said[evidence].place(result.fault) for result in faults]
        wrong = sum(result.said[evidence].surely_wrong(result.fault) for result in faults)
        first, near = places.count(1), sum(1 <= place <= 3 for place in places)
        print(f"{evidence:<9} {f'{first}/{len(faults)}':>7} {f'{near}/{len(faults)}':>7} {wrong:>15}")
    controls = [result for result in results if not result.fault.station]
    print(f"{len(controls)} controls, {sum(not result.right for result in controls)} false alarms")


if __name__ == "__main__":
    sys.exit(main())
