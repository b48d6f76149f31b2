"""What every case does: once for each database, in a folder of its own, and a line for each.

`python -m bench.faults.CASE [--fifth] [sqlite] [postgres]`
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bench.faults.rig.databases import NAMES
from bench.faults.rig.verdict import Verdict, report

DATABASES = tuple(NAMES)
FIFTH = "--fifth"
Case = Callable[[str, Path], Awaitable[Verdict]]


def run(full: Case, fifth: Case, on: Sequence[str] = DATABASES) -> int:
    """Run a case at full size, or at a fifth of it where the command line says so; the status to end with.

    The databases are those that the command line names, else all that the case is for.
    """
    case = fifth if FIFTH in sys.argv[1:] else full
    named = [argument for argument in sys.argv[1:] if argument != FIFTH]
    kept = [report([_once(case, name)]) for name in named or on]
    return int(not all(kept))


def _once(case: Case, name: str) -> Verdict:
    async def begin(folder: str) -> Verdict:
        return await case(name, Path(folder))

    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        return asyncio.run(begin(folder))
