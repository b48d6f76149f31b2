"""Runs the timetable: one wrapper for all ticks, which reads the clock once a step, drains, logs, beats and stops."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from jobs.timetable import TIMETABLE, Tick
from service.app import Service

_log = structlog.get_logger(__name__)
# The scheduler warns whenever a tick takes longer than its interval; that is what `max_instances=1` is for.
_quiet = logging.getLogger(f"{__name__}.scheduler")
_quiet.setLevel(logging.ERROR)
_REST_AT_MOST = 5.0  # seconds: whatever was away is found again soon after its return
_STOP_WITHIN = 30.0  # seconds: what is being handed over comes to its end, nothing new is begun


class Runner:
    """The ticks of one process. APScheduler only says when; it knows no reminders and keeps nothing."""

    def __init__(self, service: Service, timetable: Sequence[Tick] = TIMETABLE) -> None:
        self._service = service
        self._timetable = timetable
        self._scheduler = AsyncIOScheduler(timezone="UTC", logger=_quiet)
        # One tick never runs twice at a time, whether the timetable or an event calls for it.
        self._locks = {tick.name: asyncio.Lock() for tick in timetable}
        self._stopping = False
        self._failed: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}
        self._waker: asyncio.Task[None] | None = None
        self._woken: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin, in the running loop."""
        self._service.beats.expect(self._locks)
        for tick in self._timetable:
            self._scheduler.add_job(
                self.run,
                "interval",
                seconds=tick.seconds,
                args=[tick],
                id=tick.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self._waker = asyncio.create_task(self._wake())

    async def stop(self) -> None:
        """Begin nothing new, and wait for what runs; after 30 seconds what is left is cut off, and found on restart."""
        self._stopping = True
        self._scheduler.pause()
        if self._waker is not None:
            self._waker.cancel()
            with suppress(asyncio.CancelledError):
                await self._waker
        try:
            async with asyncio.timeout(_STOP_WITHIN):
                for lock in self._locks.values():
                    await lock.acquire()
        except TimeoutError:
            _log.warning("stopped before everything came to its end", running=self.running())
        self._scheduler.shutdown(wait=False)
        for task in self._woken:
            task.cancel()

    def running(self) -> list[str]:
        """The names of the ticks that are at work."""
        return [name for name, lock in self._locks.items() if lock.locked()]

    async def run(self, tick: Tick) -> None:
        """One tick: steps until there is no more to do. A step that raises ends the tick; a later one tries again."""
        async with self._locks[tick.name]:
            if asyncio.get_running_loop().time() < self._rests_until.get(tick.name, 0.0):
                return
            try:
                more = True
                while more and not self._stopping:
                    more = await tick.step(self._service, self._service.clock.now())
                    self._service.beats.beat(tick.name)
                    # Each step gives way: a long backlog must not keep requests and other ticks waiting.
                    await asyncio.sleep(0)
                self._failed.pop(tick.name, None)
            except Exception as error:  # noqa: BLE001 - it is logged, and readyz tells that the tick does not beat
                self._rest(tick.name, error)

    def _rest(self, name: str, error: Exception) -> None:
        """Try again soon, then a little later each time: a database that is away must not flood the log."""
        running = self._failed[name] = self._failed.get(name, 0) + 1
        wait = min(2.0 ** (running - 1), _REST_AT_MOST)
        self._rests_until[name] = asyncio.get_running_loop().time() + wait
        if running == 1:
            _log.error("tick failed", tick=name, exc_info=error)
        else:
            _log.error(
                "tick fails still", tick=name, fault=type(error).__name__, running=running, again_in_seconds=wait
            )

    async def _wake(self) -> None:
        """Run what is to be told at once as soon as something came in, without waiting for the timetable."""
        while True:
            await self._service.woken.wait()
            self._service.woken.clear()
            for tick in self._timetable:
                if tick.woken:
                    task = asyncio.create_task(self.run(tick))
                    self._woken.add(task)
                    task.add_done_callback(self._woken.discard)
