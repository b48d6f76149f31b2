"""After a start, a stop or a sleep: what others stand on comes first, and what is urgent waits for little of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest

from jobs.runner import Runner
from jobs.startup import Startup, StartupStage
from jobs.timetable import Tick
from service.app import Service
from tests.waiting import until
from tests.world import World

OFTEN = 5  # runs of a tick that waits for nobody: each other had its turn meanwhile
ORDER = [
    StartupStage.INTEGRITY,
    StartupStage.PULL,
    StartupStage.RESOLVE,
    StartupStage.URGENT,
    StartupStage.LOOK,
    StartupStage.SEND,
]


class Clockwork:
    """Real seconds that are moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Recorder:
    """Ticks that note when they ran, and that can be held up."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.go_on: dict[str, asyncio.Event] = {}
        self.fails: dict[str, int] = {}
        self.changed = asyncio.Condition()

    def tick(self, name: str, stage: StartupStage, *, first: bool = False, seconds: float = 0.02) -> Tick:
        async def step(service: Service, now: datetime) -> bool:
            if self.fails.get(name, 0):
                self.fails[name] -= 1
                raise ValueError("the database is away")
            async with self.changed:
                self.ran.append(name)
                self.changed.notify_all()
            if name in self.go_on:
                await self.go_on[name].wait()
            return False

        return Tick(name, seconds, step, stage=stage, awaited=first)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds of what ran."""
        async with self.changed:
            await self.changed.wait_for(holds)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
async def start(world: World) -> AsyncIterator[Callable[..., Runner]]:
    """Starts a runner, and stops it at the end."""
    runners: list[Runner] = []

    def begin(*ticks: Tick, elapsed: Callable[[], float] | None = None, **options: Any) -> Runner:
        runner = Runner(world.service, ticks, Startup(elapsed or Clockwork(), **options))
        runners.append(runner)
        runner.start()
        return runner

    yield begin
    for runner in runners:
        await runner.stop()


def firsts(recorder: Recorder) -> list[Tick]:
    return [recorder.tick(stage.name, stage, first=stage is not StartupStage.SEND) for stage in ORDER]


async def test_everything_begins_in_its_order(recorder: Recorder, start: Callable[..., Runner]) -> None:
    start(*firsts(recorder))
    await recorder.until(lambda: "SEND" in recorder.ran)
    assert list(dict.fromkeys(recorder.ran)) == [stage.name for stage in ORDER]


async def test_what_waits_does_not_look_as_if_it_hung(
    world: World, recorder: Recorder, start: Callable[..., Runner]
) -> None:
    recorder.go_on["PULL"] = asyncio.Event()
    often = recorder.tick("often", StartupStage.INTEGRITY)
    start(*firsts(recorder), recorder.tick("SEND-2", StartupStage.SEND), often, longest={})
    await recorder.until(lambda: "PULL" in recorder.ran)
    began = time.monotonic()
    await recorder.until(lambda: recorder.ran.count("often") >= OFTEN)
    await until(lambda: world.service.tick_health.ages()["SEND-2"] < time.monotonic() - began)
    assert "SEND" not in recorder.ran
    recorder.go_on["PULL"].set()


async def test_a_pull_that_hangs_keeps_what_is_urgent_for_its_time_and_no_longer(
    recorder: Recorder, start: Callable[..., Runner]
) -> None:
    recorder.go_on["PULL"] = asyncio.Event()
    start(*firsts(recorder), recorder.tick("urgent", StartupStage.URGENT), longest={StartupStage.PULL: 0.2})
    await recorder.until(lambda: "urgent" in recorder.ran)
    recorder.go_on["PULL"].set()


async def test_what_is_urgent_does_not_wait_for_the_looks_and_the_rest_does(
    recorder: Recorder, start: Callable[..., Runner]
) -> None:
    recorder.go_on["LOOK"] = asyncio.Event()
    start(*firsts(recorder), recorder.tick("urgent", StartupStage.URGENT))
    await recorder.until(lambda: recorder.ran.count("urgent") > 3)
    assert "SEND" not in recorder.ran
    recorder.go_on["LOOK"].set()
    await recorder.until(lambda: "SEND" in recorder.ran)


async def test_while_the_database_is_away_nothing_else_begins(recorder: Recorder, start: Callable[..., Runner]) -> None:
    recorder.fails["INTEGRITY"] = 1
    start(*firsts(recorder))
    await recorder.until(lambda: "SEND" in recorder.ran)
    assert recorder.ran[0] == "INTEGRITY"


async def test_after_a_gap_all_begins_again_whoever_runs_first(
    recorder: Recorder, start: Callable[..., Runner]
) -> None:
    clockwork = Clockwork()
    start(*firsts(recorder), recorder.tick("often", StartupStage.INTEGRITY), elapsed=clockwork, longest={})
    await recorder.until(lambda: "SEND" in recorder.ran)
    recorder.go_on["PULL"] = asyncio.Event()
    clockwork.seconds += 48 * 3600
    seen = len(recorder.ran)
    await recorder.until(lambda: "PULL" in recorder.ran[seen:])
    await recorder.until(lambda: recorder.ran[seen:].count("often") >= OFTEN)
    assert {"LOOK", "SEND"} & set(recorder.ran[seen + 2 :]) == set()
    recorder.go_on["PULL"].set()
    del recorder.go_on["PULL"]
    await recorder.until(lambda: "SEND" in recorder.ran[seen:])


async def test_seconds_that_pass_as_ever_are_no_gap() -> None:
    clockwork = Clockwork()
    awake = Startup(clockwork)
    awake.stage = StartupStage.SEND
    for _ in range(100):
        clockwork.seconds += 5
        assert not awake.notice()
    assert awake.allows(StartupStage.SEND)
    clockwork.seconds += 61
    assert awake.notice()
    assert not awake.allows(StartupStage.PULL)
