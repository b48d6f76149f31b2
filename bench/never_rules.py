"""Runs the never-rules over ten thousand random histories. `--from N` goes on where a run was broken off."""

import argparse
import random
import sys
import time

from tests.properties.checks import violations

LIMIT = 0.06  # seconds for a history


def main() -> bool:
    """Run the seeds one after the other, tell how far it is, and print what was found."""
    options = _options()
    began = time.perf_counter()
    broken = 0
    for seed in range(options.start, options.histories):
        for fault in violations(random.Random(seed)):
            broken += 1
            print(f"\rseed {seed}: {fault}", flush=True)
        if seed % 50 == 49:
            print(f"\r{seed + 1} of {options.histories}, {broken} violations", end="", flush=True)
    count = options.histories - options.start
    each = (time.perf_counter() - began) / max(count, 1)
    print(f"\r{count} histories (seeds {options.start} to {options.histories - 1}), {1000 * each:.0f} ms each: "
          f"{broken} violations of the never-rules")  # fmt: skip
    return broken == 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The never-rules over random histories.")
    parser.add_argument("--histories", type=int, default=10_000, help="up to which seed (10,000)")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the first seed (0)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
