"""Runs the timetable. One wrapper for all ticks reads the clock once a step, drains, logs, and stops when told to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import DBAPIError

from jobs.agenda import Agenda
from jobs.startup import Startup, StartupStage
from jobs.timetable import TIMETABLE, Tick
from service.app import Service

_log = structlog.get_logger(__name__)
# The scheduler warns whenever a tick takes longer than its interval, which `max_instances=1` makes harmless.
_quiet = logging.getLogger(f"{__name__}.scheduler")
_quiet.setLevel(logging.ERROR)
_AGENDA_EVERY = 1.0  # seconds
_REST_AT_MOST = 5.0  # seconds: the return of a database is noticed soon
_TOGETHER = 0.2  # seconds in which wakeups are one, where nothing is urgent: each run asks the database
_AGAIN = 0.5  # seconds until a tick that a stage awaits is tried again
# Seconds. Together with the web server's own wait for its requests, a stop takes less than the 30 that it is granted.
_ENDS_WITHIN, _SETTLES_WITHIN = 12.0, 5.0


class Runner:
    """The ticks of one process. APScheduler only says when they run. It knows no reminders, and stores nothing."""

    def __init__(self, service: Service, timetable: Sequence[Tick] = TIMETABLE, startup: Startup | None = None) -> None:
        self._service = service
        self._timetable = timetable
        self._startup = startup or Startup()
        self._agenda = Agenda(service)
        self._asking = asyncio.Lock()  # held while ticks are started from the agenda
        self._scheduler = AsyncIOScheduler(timezone="UTC", logger=_quiet)
        # One tick never runs twice at a time, whether the timetable or an event calls for it.
        self._locks = {tick.name: asyncio.Lock() for tick in timetable}
        self._stopping = False
        self._ended: set[str] = set()  # ticks, while the runner stops
        self._failed: dict[str, int] = {}
        self._rests_until: dict[str, float] = {}
        self._wakeups: asyncio.Task[None] | None = None
        self._woken: dict[str, bool] = {}  # ticks that were woken a moment ago, and whether they have been since
        self._startup_task: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Begin, in the running loop."""
        self._service.tick_health.expect(self._locks)
        for tick in self._timetable:
            if tick.need is None:
                self._schedule(tick.name, tick.seconds, partial(self.run, tick))
        self._schedule("agenda", _AGENDA_EVERY, self._run_agenda)
        self._scheduler.start()
        self._begin_startup()
        self._wakeups = asyncio.create_task(self._run_on_wakeups())

    def _schedule(self, name: str, seconds: float, job: Callable[[], Awaitable[object]]) -> None:
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler.add_job(job, "interval", seconds=seconds, id=name, **options)

    async def stop(self) -> None:
        """Begin nothing new, and wait a while for running ticks. Then cut off and settle what is being handed over."""
        self._stopping = True
        self._service.delivery.begin_no_more()
        self._scheduler.pause()
        for task in (self._wakeups, self._startup_task):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        if not await self._all_ended(_ENDS_WITHIN):
            # A message that is settled at once need not wait until its lease runs out: another process may take it.
            self._service.delivery.cut_off()
            if not await self._all_ended(_SETTLES_WITHIN):
                _log.warning("stopped_while_running", running=self.running())
        self._scheduler.shutdown(wait=False)
        for task_left in self._tasks:
            task_left.cancel()

    async def _all_ended(self, seconds: float) -> bool:
        """Whether all ticks end within so many seconds. None begins again afterwards."""
        running = [name for name in self._locks if name not in self._ended]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for name in running:
                    await self._locks[name].acquire()
                    self._ended.add(name)
                async with self._asking:  # the scheduler would cut its question off, and call that an error
                    pass
        return len(self._ended) == len(self._locks)

    def running(self) -> list[str]:
        """The names of the ticks that run now."""
        return [name for name, lock in self._locks.items() if lock.locked() and name not in self._ended]

    async def run(self, tick: Tick) -> bool:
        """Run one tick: steps until there is nothing left to do. True: nothing is left.

        A step that raises ends the tick, and a later tick tries again. After a start or a gap it waits for its stage.
        """
        async with self._locks[tick.name]:
            if asyncio.get_running_loop().time() < self._rests_until.get(tick.name, 0.0):
                return False
            try:
                has_more = await self._is_called_for(tick)
                while has_more and self._may(tick):
                    has_more = await self._step(tick)
                    # Let others run after each step: a long backlog must not delay requests and other ticks.
                    await asyncio.sleep(0)
                self._failed.pop(tick.name, None)
                self._service.tick_health.succeeded(tick.name)
            except Exception as error:  # noqa: BLE001 - it is logged, and /readyz names the tick that does not end a step
                self._service.tick_health.failed(tick.name)
                self._rest(tick.name, error)
                return False
            return not has_more

    async def _step(self, tick: Tick) -> bool:
        self._service.tick_health.begin(tick.name)
        has_more = await tick.step(self._service, self._service.clock.now())
        self._service.tick_health.end(tick.name)
        if tick.need is not None:
            self._agenda.ask_again()
        return has_more

    async def _run_agenda(self) -> None:
        """Start the ticks whose needs are on the agenda, those that do not run already."""
        async with self._asking:
            for tick in self._timetable:
                if tick.need is None or self._locks[tick.name].locked() or not self._may(tick):
                    continue
                try:
                    is_called_for = await self._is_called_for(tick)
                except Exception:  # noqa: BLE001 - the tick meets the fault itself, and rests
                    is_called_for = True
                if is_called_for:
                    self._keep(self.run(tick))

    async def _is_called_for(self, tick: Tick) -> bool:
        """Whether there may be something to do. A tick that has no need of its own is always called for."""
        if tick.need is None or not self._may(tick):
            return True
        if await self._agenda.calls_for(tick.need, self._service.clock.now()):
            return True
        self._service.tick_health.end(tick.name)  # it does not hang: there is nothing to do
        self._service.tick_health.succeeded(tick.name)
        return False

    def _may(self, tick: Tick) -> bool:
        """Whether a tick may do a step now. The first tick that asks after a gap begins the startup again."""
        if self._startup.notice():
            _log.warning("gap_ended")
            self._begin_startup()
        allowed = self._startup.allows(tick.stage)
        if not allowed:
            self._service.tick_health.end(tick.name)  # it does not hang: it waits for its stage
        return allowed and not self._stopping

    def _begin_startup(self) -> None:
        if self._startup_task is not None:
            self._startup_task.cancel()
        self._startup_task = asyncio.create_task(self._run_stages())

    async def _run_stages(self) -> None:
        for stage in StartupStage:
            self._startup.stage = stage
            awaited = [
                self._keep(self._until_done(tick)) for tick in self._timetable if tick.awaited and tick.stage is stage
            ]
            if awaited:
                # A tick that takes longer goes on, but the next stage does not wait for it.
                _, late = await asyncio.wait(awaited, timeout=self._startup.longest.get(stage))
                if late:
                    _log.warning("stage_overdue", stage=stage.name.lower())

    async def _until_done(self, tick: Tick) -> None:
        while self._startup.stage is tick.stage and not self._stopping:
            if await self.run(tick):
                return
            await asyncio.sleep(_AGAIN)

    def _keep(self, work: Coroutine[None, None, object]) -> asyncio.Task[object]:
        """Start a task, and keep a reference to it until it has ended."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _rest(self, name: str, error: Exception) -> None:
        """Let the tick rest, a little longer after each failure: a database that is away must not flood the log."""
        running = self._failed[name] = self._failed.get(name, 0) + 1
        wait = min(2.0 ** (running - 1), _REST_AT_MOST)
        self._rests_until[name] = asyncio.get_running_loop().time() + wait
        if running == 1:
            _log.error("tick_failed", tick=name, exc_info=error)
        else:
            _log.error(
                "tick_still_fails", tick=name, fault=type(error).__name__, running=running, again_in_seconds=wait
            )

    async def _run_on_wakeups(self) -> None:
        """Run the woken ticks as soon as something has come in, without waiting for the timetable."""
        while True:
            await self._service.woken.wait()
            self._service.woken.clear()
            self._agenda.ask_again()
            # One question for all lanes: most events call for nothing urgent.
            urgent = await self._anything_urgent()
            for tick in self._timetable:
                if tick.woken and tick.stage is not StartupStage.URGENT:
                    self._wake(tick)
                elif tick.woken and urgent:
                    self._keep(self.run(tick))

    def _wake(self, tick: Tick) -> None:
        """Run a tick that can wait a moment: now if it has just been quiet, else once for all that comes meanwhile."""
        rests = tick.name in self._woken
        self._woken[tick.name] = True
        if not rests:
            self._keep(self._run_woken(tick))

    async def _run_woken(self, tick: Tick) -> None:
        while self._woken[tick.name] and not self._stopping:
            self._woken[tick.name] = False
            await self.run(tick)
            await asyncio.sleep(_TOGETHER)
        del self._woken[tick.name]

    async def _anything_urgent(self) -> bool:
        try:
            return await self._service.delivery.anything_urgent()
        except DBAPIError:
            return True  # each lane meets the fault itself, and rests
