"""A clock that jumps: it is noticed and told, nothing is concluded from a false hour, and nothing stands still."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from config.clock import ManualClock, SystemClock
from config.database import reading, transaction
from config.settings import Settings
from jobs.timetable import watch
from notifications.errors import TryLater
from notifications.message import Channel
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind, Suspension, SuspensionCause
from service.app import open_service
from service.domain.telling.records import Problem
from service.store import problems
from service.use_cases.operations.release import release
from tests.memory_sender import MemorySender
from tests.world import ONE_OF_EACH, World, book

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Hands:
    """The two hands of a machine: what its clock shows, and what has really passed."""

    def __init__(self) -> None:
        self.shown, self.passed = START, 0.0

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.shown, lambda: self.passed)

    def live(self, **by: float) -> None:
        """Real time passes, asleep or awake, and the clock shows it."""
        self.shown += timedelta(**by)
        self.passed += timedelta(**by).total_seconds()

    def step(self, **by: float) -> None:
        """Somebody moves what the clock shows."""
        self.shown += timedelta(**by)


class Jumping(World):
    """A world on a machine's clock."""

    hands: Hands

    async def beat(self) -> None:
        """What the timetable does."""
        await watch(self.service, self.service.clock.now())
        for tick in ONE_OF_EACH:
            while await tick.step(self.service, self.service.clock.now()):
                pass

    async def open_one(self) -> Suspension | None:
        async with reading(self.service.sessions) as session:
            return await suspension.current(session, self.service.clock.now())

    async def found(self) -> list[Problem]:
        async with reading(self.service.sessions) as session:
            return [one for one in await problems.recent(session) if one.code == "clock"]


@asynccontextmanager
async def jumping(database: str, hands: Hands, senders: dict[Channel, MemorySender]) -> AsyncIterator[Jumping]:
    settings = Settings(database_url=database)
    ways = {channel: [sender] for channel, sender in senders.items()}
    service = await open_service(settings, clock=hands.clock(), book=book(), senders=ways)
    world = Jumping(service, ManualClock(START), senders)
    world.clock = service.clock  # type: ignore[assignment]
    world.hands = hands
    try:
        yield world
    finally:
        await service.close()


@pytest.fixture
async def world(database: str) -> AsyncIterator[Jumping]:
    """The service on a machine whose hands are moved one by one."""
    senders = {channel: MemorySender() for channel in Channel}
    async with jumping(database, Hands(), senders) as made:
        await made.staff()
        await made.open_plan()
        yield made


def test_small_steps_and_sleep_are_followed_a_jump_is_not() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.step(seconds=59)
    assert clock.now() == hands.shown
    hands.live(hours=48)  # asleep
    assert (clock.now(), clock.jump) == (hands.shown, timedelta(0))
    hands.step(hours=48)
    assert (clock.now(), clock.jump) == (hands.shown - timedelta(hours=48), timedelta(hours=48))
    clock.follow()
    assert (clock.now(), clock.jump) == (hands.shown, timedelta(0))


async def test_a_jump_forwards_opens_a_pause_and_is_told_once(world: Jumping) -> None:
    world.hands.step(hours=48)
    await world.beat()
    found = await world.open_one()
    assert found is not None
    assert (found.kind, found.cause, found.since) == (Kind.PAUSE, SuspensionCause.CLOCK, START)
    world.hands.live(minutes=5)
    await world.beat()
    assert len(await world.found()) == 1
    assert [one for one in world.subjects("w-config") if "clock" in one] == world.subjects("w-config")
    assert len(world.inbox("w-config")) == 1


async def test_it_ends_by_itself_when_the_clock_agrees_again(world: Jumping) -> None:
    world.hands.step(hours=48)
    await world.beat()
    world.hands.step(hours=-48)
    await world.beat()
    assert await world.open_one() is None


async def test_meanwhile_time_goes_on_and_so_does_a_ladder(world: Jumping) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=START.isoformat())
    await world.beat()
    world.hands.step(hours=48)
    for _ in range(6):
        world.hands.live(minutes=10)
        await world.beat()
    assert len(world.phone("w-tm")) == 3  # at once, after 30 minutes, after 60
    assert all("7 Jan" not in one.content.text for one in world.everything())


async def test_a_release_says_that_the_new_hour_is_right(world: Jumping) -> None:
    world.hands.step(hours=48)
    await world.beat()
    await release(world.service.sessions, book(), world.service.clock, "ops")
    await world.beat()
    assert world.service.clock.now() == START + timedelta(hours=48)
    assert await world.open_one() is None


async def test_the_end_that_another_machine_found_is_not_a_persons_word(world: Jumping) -> None:
    world.hands.step(hours=48)
    await world.beat()
    found = await world.open_one()
    assert found is not None
    async with transaction(world.service.sessions) as session:
        await suspension.end(session, [found.id], suspension.BY_ITSELF, START)
    await world.beat()
    assert world.service.clock.now() == START
    again = await world.open_one()
    assert again is not None
    assert again.id != found.id


async def test_a_small_jump_is_told_and_followed(world: Jumping) -> None:
    world.hands.step(minutes=5)
    await world.beat()
    assert (await world.open_one(), len(await world.found())) == (None, 1)
    assert world.service.clock.now() == world.hands.shown


async def test_a_jump_backwards_loses_and_repeats_nothing(world: Jumping) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=START.isoformat())
    await world.beat()
    world.hands.step(hours=-48)
    await world.beat()
    assert len(world.phone("w-tm")) == 1
    world.hands.live(minutes=30)
    await world.beat()
    assert len(world.phone("w-tm")) == 2


async def test_an_alert_that_waits_for_another_try_does_not_wait_for_the_hour_to_come_again(world: Jumping) -> None:
    world.senders[Channel.EMAIL].fail_with(*[TryLater("busy")] * 3)
    world.hands.live(hours=3)
    await world.receive("bottom_line.breached", bottom_line="x", at=START.isoformat())
    await world.beat()
    world.hands.step(hours=-2)
    await world.beat()
    await release(world.service.sessions, book(), world.service.clock, "ops")
    for _ in range(5):
        await world.beat()
        world.hands.live(minutes=1)
    assert len(world.inbox("w-tm")) >= 1


async def test_a_start_earlier_than_what_is_stored_is_told(world: Jumping, database: str) -> None:
    world.hands.shown -= timedelta(days=3)
    async with jumping(database, world.hands, dict(world.senders)) as early:
        [found] = await early.found()
        assert "earlier than what is stored" in found.detail
