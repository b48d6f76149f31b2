"""Kills, pauses and cuts off: runs all cases, or the named ones, and fails if one misses its mark.

Each case has a process of its own. For example:
  python -m bench.faults                           all of them, at full size (hours)
  python -m bench.faults --fifth latency asleep    two of them, with a fifth of the messages
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from bench.faults.rig.case import FIFTH

LONGEST = 6 * 3600  # seconds for a case: one that hangs has failed


def cases() -> list[str]:
    """The names of all cases, in their order."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("__"))


def run(name: str, *sizes: str) -> bool:
    """Run one case; whether it kept its mark."""
    command = [sys.executable, "-m", f"bench.faults.{name}", *sizes]
    try:
        return subprocess.run(command, check=False, timeout=LONGEST).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main(arguments: list[str]) -> int:
    """Run them one after the other: they would take each other's time."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"all, if none is given: {', '.join(cases())}")
    parser.add_argument(FIFTH, action="store_true", help="with a fifth of the messages, kills and requests")
    given = parser.parse_args(arguments)
    if strangers := sorted(set(given.cases) - set(cases())):
        parser.error(f"no such case: {', '.join(strangers)}; there are {', '.join(cases())}")
    return run_all(given.cases or cases(), [FIFTH] if given.fifth else [])


def run_all(names: list[str], sizes: list[str]) -> int:
    """Run each, and say which missed its mark; 1 if any did."""
    console, missed = Console(stderr=True), list[str]()
    for name in names:
        began = time.monotonic()
        good = run(name, *sizes)
        missed += [] if good else [name]
        console.print(f"[{'green' if good else 'bold red'}]{name}[/] {time.monotonic() - began:.0f} s")
    if missed:
        console.print(f"[bold red]missed its mark[/]: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
