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
        """One tick: steps until there is no more to do. A step that raises ends the tick; the next tries again."""
        async with self._locks[tick.name]:
            try:
                more = True
                while more and not self._stopping:
                    more = await tick.step(self._service, self._service.clock.now())
                    self._service.beats.beat(tick.name)
                    # Each step gives way: a long backlog must not keep requests and other ticks waiting.
                    await asyncio.sleep(0)
            except Exception:  # noqa: BLE001 - it is logged, and readyz tells that the tick does not beat
                _log.exception("tick failed", tick=tick.name)

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
