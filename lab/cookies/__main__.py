"""Compare the cookie model with real Chromium: `python -m lab.cookies --situations 10000 [--seed N]`."""

import argparse
import sys
import time

from lab.cookies.agreement import agreement


def main() -> int:
    """Returns 0 if model and browser agree in every decision, else 1; each difference is printed."""
    parser = argparse.ArgumentParser(prog="python -m lab.cookies", description=__doc__)
    parser.add_argument("--situations", type=int, default=10_000, help="how many pairs of a Set-Cookie line and a later request")
    parser.add_argument("--seed", type=int, default=None, help="the same seed makes the same situations; default: the clock")
    parser.add_argument("--no-aged", action="store_true", help="leave out what needs two minutes of waiting")
    options = parser.parse_args()
    seed = time.time_ns() % 1_000_000 if options.seed is None else options.seed
    result = agreement(options.situations, seed, aged=not options.no_aged)
    for line in result.tally.lines():
        print(line)
    agreeing = result.situations - result.differing
    print(f"{result.version}, seed {seed}: model and browser agree in {agreeing} of {result.situations} situations")
    return 1 if result.tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
