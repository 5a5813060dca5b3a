"""Run the wire's part of the lab: `python -m lab.wire` prints the matrix, and fails where it is wrong."""

import argparse
import sys
from pathlib import Path

from lab import unheard
from lab.wire.faults import CONTROLS, FAULTS
from lab.wire.matrix import EVIDENCE, WireResult, run


def main() -> int:
    """Returns 0 if every fault stood first wherever it shows, none was surely wrong, and no control raised an alarm; else 1."""
    parser = argparse.ArgumentParser(prog="python -m lab.wire", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults and controls only")
    parser.add_argument("--evidence", nargs="+", choices=EVIDENCE, default=EVIDENCE, help="from these kinds of evidence only")
    parser.add_argument("--show", action="store_true", help="print the whole diagnosis of what is wrong")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the recordings there, which must exist")
    options = parser.parse_args()
    chosen = (one for one in (*FAULTS, *CONTROLS) if not options.only or one.name in options.only)
    results = []
    for result in run(chosen, options.evidence, options.keep):
        results.append(result)
        _print(result, show=options.show)
    _sum_up(results, options.evidence)
    return 1 if any(result.complaints for result in results) else 0


def _print(result: WireResult, *, show: bool) -> None:
    sign = "NO " if result.complaints else "ok "
    met = " ".join(map(str, result.statuses))
    print(f"{sign} {result.kind:<9} {result.fault.name:<28} met {met}", flush=True)
    for complaint in result.complaints:
        print(f"      {complaint}")
    if hidden := result.said.keys() & result.fault.hidden_from:
        print(f"      not to be told from {', '.join(sorted(hidden))}: {result.fault.because}")
    for evidence, said in result.said.items():
        causes = ", ".join(f"{cause['id']} ({cause['confidence']})" for cause in said.causes[:3])
        must = "*" if evidence in result.fault.shows else " "
        print(f"     {must}{evidence:<9} exit {said.exit_status}  {causes or 'no cause'}", flush=True)
        if show and result.complaints:
            print(said.output)


def _sum_up(results: list[WireResult], kinds: list[str]) -> None:
    faults = [result for result in results if result.fault.cause]
    print(f"\n{'evidence':<10} {'shows it':>9} {'is first':>9} {'all first':>10} {'top 3':>7} {'surely wrong':>13}")
    for evidence in kinds:
        asked = [result for result in faults if evidence in result.said]
        places = [result.said[evidence].place(result.fault) for result in asked]
        must = [place for result, place in zip(asked, places, strict=True) if evidence in result.fault.shows]
        wrong = sum(result.said[evidence].surely_wrong(result.fault) for result in asked)
        first, near = f"{places.count(1)}/{len(faults)}", f"{sum(1 <= place <= 3 for place in places)}/{len(faults)}"
        print(f"{evidence:<10} {len(must):>9} {must.count(1):>9} {first:>10} {near:>7} {wrong:>13}")
    for line in unheard.printed([result.without for result in results if result.without and result.suffered]):
        print(line)
    controls = [result for result in results if not result.fault.cause]
    print(f"{len(controls)} controls, {sum(bool(result.complaints) for result in controls)} false alarms")


if __name__ == "__main__":
    sys.exit(main())
