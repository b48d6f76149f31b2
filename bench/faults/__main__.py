"""Runs all cases, or the named ones, each in a process of its own, and fails if one misses its mark.

`python -m bench.faults [--fifth] [CASE ...]`; `--fifth`: with a fifth of the messages, kills and requests.
"""

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
    console = Console(stderr=True)
    sizes = [argument for argument in arguments if argument == FIFTH]
    requested = [argument for argument in arguments if argument != FIFTH]
    if strangers := sorted(set(requested) - set(cases())):
        console.print(f"no such case: {', '.join(strangers)}; there are {', '.join(cases())}")
        return 2
    missed = []
    for name in requested or cases():
        began = time.monotonic()
        good = run(name, *sizes)
        missed += [] if good else [name]
        console.print(f"[{'green' if good else 'bold red'}]{name}[/] {time.monotonic() - began:.0f} s")
    if missed:
        console.print(f"[bold red]missed its mark[/]: {', '.join(missed)}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
