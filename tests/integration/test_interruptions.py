"""A hold stops everything, a pause all that is not urgent: nothing is lost, nothing counted, nothing sent late."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from config.database import reading, transaction
from notifications.message import Channel, State
from notifications.outbox import suspension
from notifications.outbox.group_size import SMALLEST
from notifications.outbox.suspension import Kind, SuspensionCause
from notifications.tables import attempt
from tests.contract.post_room import START, PostRoom, alert, drain, post_room, wanted
from tests.waiting import until

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """An outbox and what empties it."""
    async with post_room(database) as made:
        yield made


async def begin(room: PostRoom, kind: Kind, minutes: int | None = None) -> int:
    until = room.clock.now() + timedelta(minutes=minutes) if minutes else None
    async with transaction(room.sessions) as session:
        begun = await suspension.begin(session, kind, SuspensionCause.PERSON, "", "ops", room.clock.now(), until)
        return begun.id


async def end(room: PostRoom, *ids: int) -> None:
    async with transaction(room.sessions) as session:
        await suspension.end(session, list(ids), "ops", room.clock.now())


async def test_in_a_hold_nothing_goes_and_nothing_is_counted(room: PostRoom) -> None:
    await room.put(wanted("a"), alert("b"))
    await begin(room, Kind.HOLD)
    assert await drain(room.worker()) == 0
    rows = [await room.row("a"), await room.row("b")]
    assert [(row.state, row.attempts, row.next_attempt_at) for row in rows] == [(State.QUEUED, 0, START)] * 2
    assert (room.checked, room.sent()) == ([], [])


async def test_what_waited_goes_with_the_end_in_its_order(room: PostRoom) -> None:
    await room.put(wanted("a"), wanted("b", at=START - timedelta(minutes=1)), alert("c"))
    hold = await begin(room, Kind.HOLD)
    await drain(room.worker())
    await end(room, hold)
    await drain(room.worker())
    assert room.sent() == ["c", "b", "a"]


async def test_in_a_pause_alerts_go_and_the_rest_waits(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{n}", at=START - timedelta(hours=1)) for n in range(3)), alert("b"))
    await begin(room, Kind.PAUSE)
    assert await drain(room.worker()) == 1
    assert room.sent() == ["b"]


async def test_a_pause_of_two_hours_ends_by_itself(room: PostRoom) -> None:
    await room.put(wanted("a"))
    await begin(room, Kind.PAUSE, minutes=120)
    room.clock.advance(minutes=119)
    assert await room.worker().step() is False
    room.clock.advance(minutes=1)
    assert await room.worker().step() is True


async def test_a_pause_within_a_hold_lets_nothing_through(room: PostRoom) -> None:
    await room.put(alert("a"))
    await begin(room, Kind.PAUSE)
    await begin(room, Kind.HOLD)
    assert await drain(room.worker()) == 0


async def test_what_is_being_handed_over_comes_to_its_end(room: PostRoom) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        entered.set()
        await go_on.wait()

    room.channel.meanwhile(hang)
    await room.put(alert("a"), alert("b"))
    sending = asyncio.create_task(drain(room.worker()))
    await entered.wait()
    await begin(room, Kind.HOLD)
    go_on.set()
    await sending
    assert [(await room.row(key)).state for key in ("a", "b")] == [State.SENT, State.QUEUED]


async def test_a_worker_that_is_busy_asks_within_its_claim(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{n}") for n in range(SMALLEST + 5)))
    worker = room.worker()
    await worker.step()  # from now on it does not ask first whether anything is due
    await begin(room, Kind.HOLD)
    assert await drain(worker) == 0
    assert len(room.sent()) == SMALLEST


async def attempts(room: PostRoom) -> int:
    async with reading(room.sessions) as session:
        return await session.scalar(select(func.count()).select_from(attempt)) or 0


async def test_nothing_is_claimed_once_a_hold_is_committed_however_many_are_at_it(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{n:03}") for n in range(300)))
    sending = asyncio.gather(*(drain(room.worker(f"w{n}")) for n in range(6)))
    await until(lambda: len(room.sent()) >= 30)
    await begin(room, Kind.HOLD)
    begun = await attempts(room)
    await sending
    # What was on record as begun and had not begun to leave is given back.
    assert len(room.sent()) == await attempts(room) <= begun < 300


async def test_a_text_whose_time_passes_meanwhile_is_not_sent_late(room: PostRoom) -> None:
    until = START + timedelta(hours=1)
    await room.put(wanted("a", channel=Channel.SMS, valid_until=until, family=True))
    hold = await begin(room, Kind.HOLD)
    room.clock.advance(hours=2)
    await end(room, hold)
    await drain(room.worker())
    assert (room.sent(), room.told) == ([], [("a", "withheld", "TooLate")])
