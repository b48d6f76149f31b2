"""The auditor as a child process of the running service, which starts it again whenever it dies."""

import asyncio
import os
import sys
from contextlib import suppress

import structlog

_log = structlog.get_logger(__name__)
_START_AFTER = 2.0  # seconds: the service comes first
_REST_AT_MOST = 60.0
_STOP_WITHIN = 5.0
# It is told whose child it is: this process may be dead before it can ask.
COMMAND = (sys.executable, "-c", "from cli.main import main; main()", "sentinel", "--child-of", str(os.getpid()))


async def keep_sentinel(command: tuple[str, ...] = COMMAND, start_after: float = _START_AFTER) -> None:
    """Start the auditor's process after `start_after` seconds and keep it alive; end it when this is cancelled."""
    rest = start_after
    while True:
        await asyncio.sleep(rest)
        process = await asyncio.create_subprocess_exec(*command)
        started = asyncio.get_running_loop().time()
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            await _end(process)
            raise
        lived = asyncio.get_running_loop().time() - started
        rest = start_after if lived > _REST_AT_MOST else min(rest * 2 or 1.0, _REST_AT_MOST)
        _log.error("auditor_died", status=status, again_in_seconds=round(rest))


async def _end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_STOP_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
