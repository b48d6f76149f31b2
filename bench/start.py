"""A start with 100,000 plans: an alert that is due is handed over within 5 s, and the process takes under 150 MB.

`python -m bench.start [PLANS]`: the real program, in one process on SQLite, with 100,000 plans at rest and a bottom
line that was crossed while it did not run. Memory is what the program itself keeps resident, when the alert has gone
and a quarter of a minute later.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import idle_tick
from bench.faults.rig import caseload
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.worker import Job
from bench.program import PROGRAM, environment_of
from config.settings import Settings
from service.app import open_service

WITHIN, MOST_MB = 5.0, 150.0  # seconds of the program's own processor, and resident megabytes
_AFTERWARDS = 15.0  # seconds
_LIMIT = 300.0  # seconds


async def main(plans: int) -> bool:
    """Fill, start, print; whether both marks are kept."""
    with tempfile.TemporaryDirectory(prefix="start-") as folder:
        async with receivers(Path(folder)) as receiving:
            url = f"sqlite+aiosqlite:///{folder}/planwatch.db"
            settings = Job(url, receiving.smtp_port, receiving.http_port, 0.0, 1.0, 60.0).settings
            await _fill(settings, plans)
            return await _start(settings, receiving, Path(folder), plans)


async def _fill(settings: Settings, plans: int) -> None:
    service, now = await open_service(settings), datetime.now(UTC)
    await caseload.fill(service, ["P-1"], now)
    await idle_tick.fill(service, plans, now)  # last: news of the authority's roles would have all of them looked at
    await service.receive([caseload.breach("P-1", now)])
    await service.close()


async def _start(settings: Settings, receiving: Receivers, folder: Path, plans: int) -> bool:
    began = time.monotonic()
    command = [*PROGRAM, "run", "--port", "0"]
    program = await asyncio.create_subprocess_exec(
        *command, env=environment_of(settings), cwd=folder, stderr=asyncio.subprocess.DEVNULL
    )
    while not receiving.read() and time.monotonic() < began + _LIMIT:  # noqa: ASYNC110 - another process's file
        await asyncio.sleep(0.02)
    took, worked, soon = time.monotonic() - began, _processor(program.pid), _resident(program.pid)
    await asyncio.sleep(_AFTERWARDS)
    later = _resident(program.pid)
    program.terminate()
    await program.wait()
    print(
        f"start with {plans:,} plans: first alert after {worked:.1f} s of processor (mark {WITHIN:.0f}; {took:.1f} s "
        f"of wall), {soon:.0f} MB resident then, {later:.0f} MB {_AFTERWARDS:.0f} s later (mark {MOST_MB:.0f})"
    )
    return worked <= WITHIN and max(soon, later) <= MOST_MB


def _processor(pid: int) -> float:
    """Seconds that a process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> float:
    """Megabytes that a process keeps resident."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) / 1000 if match else 0.0


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else idle_tick.PLANS)) else 1)
