"""Run the frameworks' part of the lab: `python -m lab.frameworks` prints the matrix, and fails where it is wrong."""

import argparse
import sys

from lab import unheard
from lab.frameworks.faults import CONTROLS, FAULTS
from lab.frameworks.matrix import EVIDENCE, FrameworkResult, Said, as_json, run


def main() -> int:
    """Returns 0 if every fault was named by the evidence that can, none surely wrong, and no control raised an alarm; else 1."""
    parser = argparse.ArgumentParser(prog="python -m lab.frameworks", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults and controls only")
    parser.add_argument("--show", action="store_true", help="print the report and all that was said")
    options = parser.parse_args()
    results = []
    for result in run(fault for fault in (*FAULTS, *CONTROLS) if not options.only or fault.name in options.only):
        results.append(result)
        _print(result, show=options.show)
    _sum_up(results)
    return 0 if all(result.right for result in results) else 1


def _print(result: FrameworkResult, *, show: bool) -> None:
    met = " ".join(map(str, result.statuses))
    print(
        f"{'ok ' if result.right else 'NO '} {result.fault.name:<30} {result.fault.cause or 'healthy':<38} met {met}", flush=True
    )
    for kind, said in result.said.items():
        notes = f"   notes: {', '.join(said.notes)}" if said.notes else ""
        print(f"      {kind:<9} {said.verdict:<12} {_causes(said)}{notes}")
    if result.without:
        print(f"      without   {result.without.answer}", flush=True)
    if show:
        print(as_json(result), result.report, sep="\n")


def _causes(said: Said) -> str:
    return ", ".join(f"{cause} ({confidence})" for cause, confidence in said.causes[:3]) or "-"


def _sum_up(results: list[FrameworkResult]) -> None:
    faults = [result for result in results if result.fault.cause]
    print(f"\n{'evidence':<9} {'named':>8} {'sure and wrong':>15}")
    for kind in EVIDENCE:
        given = [result for result in faults if kind in result.said]
        named = sum(result.said[kind].names(result.fault) for result in given)
        wrong = sum(result.said[kind].surely_wrong(result.fault) for result in given)
        print(f"{kind:<9} {f'{named}/{len(given)}':>8} {wrong:>15}")
    for line in unheard.printed([result.without for result in results if result.without and result.suffered]):
        print(line)
    controls = [result for result in results if not result.fault.cause]
    print(f"{len(controls)} controls, {sum(not result.right for result in controls)} false alarms")


if __name__ == "__main__":
    sys.exit(main())
