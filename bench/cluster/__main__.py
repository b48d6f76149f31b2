"""`python -m bench.cluster [--fifth] [KEPT_FOLDER]`: the whole of it, with ten kills or two; a line, and the status.

Everything runs in a folder that is gone at the end; KEPT_FOLDER is one that stays, with the logs.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.cluster import programs
from bench.cluster.children import give_away
from bench.cluster.failover import Failovers, counted
from bench.cluster.front import Front
from bench.cluster.load import Load
from bench.cluster.machines import Cluster, Programs
from bench.cluster.pairs import Pair, job
from bench.faults.rig import caseload
from bench.faults.rig.case import FIFTH
from bench.faults.rig.receivers import ROOT, Receivers, receivers
from bench.faults.rig.verdict import report
from bench.program import PROGRAM
from config.logs import configure_logs
from service.app import open_service

KILLS = 10
PLANS = 800  # one for every two seconds of load
_err = Console(stderr=True)


async def main(folder: Path, paths: Programs, kills: int) -> bool:
    """Start the cluster, prove the pooler, do harm, count; whether all marks are kept."""
    give_away(folder)
    async with AsyncExitStack() as stack:
        cluster = await stack.enter_async_context(_running(Cluster(folder, paths)))
        front = await stack.enter_async_context(_running(Front(folder, paths, cluster)))
        receiving = await stack.enter_async_context(receivers(folder))
        _err.print("the cluster runs")
        # In threads: our own loop carries what goes through the gates.
        refused = await asyncio.to_thread(_refuses, front.pooler("transaction"))
        addresses = [front.pooler("session"), front.listed]
        token, plans = await asyncio.to_thread(asyncio.run, _filled(front.proxied, receiving))
        pairs = [Pair(folder / f"planwatch-{n}", job(url, receiving).settings) for n, url in enumerate(addresses)]
        stack.push_async_callback(_stopped, pairs)
        for pair in pairs:
            await pair.ready()
        _err.print("both pairs serve")
        load = Load([pair.url for pair in pairs], token, iter(plans))
        good = await _harmed(Failovers(cluster, load, receiving), kills)
        died = [pair.url for pair in pairs if not pair.lives]
    outcome = "refused" if refused else "NOT REFUSED"
    print(f"PgBouncer in transaction mode: {outcome}; in session mode one of both pairs is on it")
    print(f"processes of planwatch that ended: {len(died)}")
    return good and refused and not died


async def _harmed(failovers: Failovers, kills: int) -> bool:
    loading = asyncio.create_task(failovers.load.run())
    for number in range(kills):
        await failovers.kill()
        _err.print(f"killed {number + 1} of {kills}; first message after {failovers.message_after[-1]:.1f} s")
    await failovers.part()
    _err.print(f"cut off from its standby and killed; first message after {failovers.message_after[-1]:.1f} s")
    await failovers.cut()
    _err.print(f"cut off; first message after {failovers.message_after[-1]:.1f} s")
    await failovers.switch()
    _err.print(f"switched; first message after {failovers.message_after[-1]:.1f} s")
    loading.cancel()
    return report([await counted(failovers, f"{kills} kills, two cuts, a switchover")])


async def _filled(url: str, receiving: Receivers) -> tuple[str, list[str]]:
    """A token, and plans to cross bottom lines of."""
    service = await open_service(job(url, receiving).settings)
    plans = [f"P-{number:06}" for number in range(PLANS)]
    token = await caseload.fill(service, plans, datetime.now(UTC))
    await service.close()
    return token, plans


def _refuses(url: str) -> bool:
    """Whether planwatch does not start on this address, and says why."""
    settings = {"PLANWATCH_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    command = [*PROGRAM, "run", "--web", "--port", "0"]
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode == 2 and "pool_mode = session" in ended.stderr


async def _stopped(pairs: list[Pair]) -> None:
    for pair in pairs:
        await pair.stop()


@asynccontextmanager
async def _running(part: Any) -> AsyncIterator[Any]:
    """A part of the cluster, started and ended."""
    try:
        await part.start()
        yield part
    finally:
        await part.stop()


def begin(arguments: list[str]) -> int:
    """Look for the programs, and run; 2 where one is missing."""
    paths = programs.found()
    if words := programs.missing_words(paths):
        print(words, file=sys.stderr)
        return 2
    there = {name: path for name, path in paths.items() if path is not None}
    kills = KILLS // 5 if FIFTH in arguments else KILLS
    kept = [argument for argument in arguments if argument != FIFTH]
    configure_logs(json=True, level="ERROR")
    if kept:
        return int(not asyncio.run(main(Path(kept[0]), there, kills)))
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        return int(not asyncio.run(main(Path(folder), there, kills)))


if __name__ == "__main__":
    sys.exit(begin(sys.argv[1:]))
