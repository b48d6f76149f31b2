"""Runs the timetable: one wrapper for all ticks. It reads the clock once a step, drains, logs, and stops when told."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError

from jobs.startup import Stage, Startup
from jobs.timetable import TIMETABLE, Tick
from service.app import Service

_log = structlog.get_logger(__name__)
# The scheduler warns whenever a tick takes longer than its interval; that is what `max_instances=1` is for.
_quiet = logging.getLogger(f"{__name__}.scheduler")
_quiet.setLevel(logging.ERROR)
_REST_AT_MOST = 5.0  # seconds: whatever was away is found again soon after its return
_AGAIN = 0.5  # seconds until what a stage waits for is tried again
# Seconds. With those that the web server has for its requests, a stop takes less than the 30 that it is granted.
_ENDS_WITHIN, _SETTLES_WITHIN = 12.0, 5.0


class Runner:
    """The ticks of one process. APScheduler only says when; it knows no reminders and keeps nothing."""

    def __init__(self, service: Service, timetable: Sequence[Tick] = TIMETABLE, startup: Startup | None = None) -> None:
        self._service = service
        self._timetable = timetable
        self._startup = startup or Startup()
        self._scheduler = AsyncIOScheduler(timezone="UTC", logger=_quiet)
        # One tick never runs twice at a time, whether the timetable or an event calls for it.
        self._locks = {tick.name: asyncio.Lock() for tick in timetable}
        self._stopping = False
        self._ended: set[str] = set()  # once it stops
        self._failed: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}
        self._waker: asyncio.Task[None] | None = None
        self._awaker: asyncio.Task[None] | None = None
        self._woken: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Begin, in the running loop."""
        self._service.tick_health.expect(self._locks)
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
        self._awake()
        self._waker = asyncio.create_task(self._wake())

    async def stop(self) -> None:
        """Begin nothing new, and wait a while for what runs; then what is being handed over is cut off, and settled."""
        self._stopping = True
        self._scheduler.pause()
        for task in (self._waker, self._awaker):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if not await self._all_ended(_ENDS_WITHIN):
            # Settled at once, it need not wait for its lease to run out: another process has it the next moment.
            self._service.delivery.cut_off()
            if not await self._all_ended(_SETTLES_WITHIN):
                _log.warning("stopped before everything came to its end", running=self.running())
        self._scheduler.shutdown(wait=False)
        for left in self._woken:
            left.cancel()

    async def _all_ended(self, seconds: float) -> bool:
        """Whether all ticks come to their end within so many seconds; none begins again afterwards."""
        left = [name for name in self._locks if name not in self._ended]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for name in left:
                    await self._locks[name].acquire()
                    self._ended.add(name)
        return len(self._ended) == len(self._locks)

    def running(self) -> list[str]:
        """The names of the ticks that are at work."""
        return [name for name, lock in self._locks.items() if lock.locked() and name not in self._ended]

    async def run(self, tick: Tick) -> bool:
        """One tick: steps until there is no more to do. True: there is no more.

        A step that raises ends the tick; a later one tries again. After a start or a gap it waits for its stage.
        """
        async with self._locks[tick.name]:
            if asyncio.get_running_loop().time() < self._rests_until.get(tick.name, 0.0):
                return False
            try:
                more = True
                while more and self._may(tick):
                    self._service.tick_health.begin(tick.name)
                    more = await tick.step(self._service, self._service.clock.now())
                    self._service.tick_health.beat(tick.name)
                    # Each step gives way: a long backlog must not keep requests and other ticks waiting.
                    await asyncio.sleep(0)
                self._failed.pop(tick.name, None)
            except Exception as error:  # noqa: BLE001 - it is logged, and readyz tells that the tick does not beat
                self._rest(tick.name, error)
                return False
            return not more

    def _may(self, tick: Tick) -> bool:
        """Whether a tick may do a step now. Whoever asks first after a gap has everything begin again."""
        if self._startup.notice():
            _log.warning("awake after a gap")
            self._awake()
        allowed = self._startup.allows(tick.stage)
        if not allowed:
            self._service.tick_health.beat(tick.name)  # it does not hang: it waits for its turn
        return allowed and not self._stopping

    def _awake(self) -> None:
        if self._awaker is not None:
            self._awaker.cancel()
        self._awaker = asyncio.create_task(self._go_through_the_stages())

    async def _go_through_the_stages(self) -> None:
        for stage in Stage:
            self._startup.stage = stage
            first = [
                self._keep(self._until_done(tick)) for tick in self._timetable if tick.first and tick.stage is stage
            ]
            if first:
                # What takes longer goes on, and is waited for no more.
                _, late = await asyncio.wait(first, timeout=self._startup.longest.get(stage))
                if late:
                    _log.warning("not waited for any longer", stage=stage.name.lower())

    async def _until_done(self, tick: Tick) -> None:
        while self._startup.stage is tick.stage and not self._stopping:
            if await self.run(tick):
                return
            await asyncio.sleep(_AGAIN)

    def _keep(self, work: Coroutine[None, None, object]) -> asyncio.Task[object]:
        """A task that somebody holds on to until it has ended."""
        task = asyncio.create_task(work)
        self._woken.add(task)
        task.add_done_callback(self._woken.discard)
        return task

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
            # Asked once for all lanes: most of what comes in is urgent for nobody.
            urgent = await self._anything_urgent()
            for tick in self._timetable:
                if tick.woken and (urgent or tick.stage is not Stage.URGENT):
                    self._keep(self.run(tick))

    async def _anything_urgent(self) -> bool:
        try:
            return await self._service.delivery.anything_urgent()
        except DBAPIError:
            return True  # each lane finds out for itself, and rests
