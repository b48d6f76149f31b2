"""What every case does: once for each database, in a folder of its own, and a line for each."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bench.faults.rig.databases import NAMES
from bench.faults.rig.verdict import Verdict, report

DATABASES = tuple(NAMES)


def run(case: Callable[[str, Path], Awaitable[Verdict]], names: Sequence[str] = ()) -> int:
    """Run a case on the databases that the command line names, else on both; the status to end with."""
    kept = [report([_once(case, name)]) for name in names or sys.argv[1:] or DATABASES]
    return int(not all(kept))


def _once(case: Callable[[str, Path], Awaitable[Verdict]], name: str) -> Verdict:
    async def begin(folder: str) -> Verdict:
        return await case(name, Path(folder))

    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        return asyncio.run(begin(folder))
