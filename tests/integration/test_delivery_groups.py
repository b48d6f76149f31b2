"""A group of routine messages: what it costs, and that each message in it fares as if it had gone by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from config.database import reading
from notifications.errors import Misconfigured, Undeliverable
from notifications.message import Message, Outgoing, State
from notifications.outbox.group_size import SMALLEST
from notifications.outbox.rate_limits import STORM, is_storm
from notifications.outbox.suspension import Kind
from notifications.outbox.together import AT_A_TIME
from tests.contract.post_room import START, PostRoom, drain, post_room, wanted
from tests.integration.test_interruptions import begin
from tests.memory_sender import MemorySender
from tests.waiting import until

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """An outbox and what empties it."""
    async with post_room(database) as opened:
        yield opened


class Gate(MemorySender):
    """One that waits before the data, or in it, until it is told to go on; the first goes through."""

    def __init__(self, *, in_data: bool) -> None:
        super().__init__("gate")
        self.in_data, self.go_on = in_data, asyncio.Event()
        self.waiting = self.most = 0

    async def send(self, outgoing: Outgoing) -> str:
        """Wait, and keep it."""
        if self.in_data:
            await outgoing.before_data()
        if self.sent or self.in_data:
            await self._wait()
        if not self.in_data:
            await outgoing.before_data()
        self.sent.append(outgoing)
        return outgoing.key

    async def _wait(self) -> None:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await self.go_on.wait()
        self.waiting -= 1


def keys(number: int) -> list[str]:
    """The keys of so many messages."""
    return [f"k-{place:03}" for place in range(number)]


def messages(number: int) -> list[Message]:
    """So many messages that are due, in the order of their keys."""
    return [wanted(key, at=START - timedelta(milliseconds=number - place)) for place, key in enumerate(keys(number))]


async def test_a_backlog_costs_a_fraction_of_a_commit_for_each(room: PostRoom) -> None:
    commits = 0

    def count(_: object) -> None:
        nonlocal commits
        commits += 1

    await room.put(*messages(300))
    event.listen(Engine, "commit", count)
    try:
        await drain(room.worker())
    finally:
        event.remove(Engine, "commit", count)
    assert len(room.sent()) == 300
    assert commits < 300 / 2


async def test_no_more_are_in_the_data_at_a_time_than_a_kill_may_leave_unknown(room: PostRoom) -> None:
    await room.put(*messages(100))
    gate = Gate(in_data=True)
    worker = room.worker("w", gate)
    lanes = [asyncio.create_task(drain(worker)) for _ in range(3)]
    await until(lambda: gate.waiting >= AT_A_TIME)
    gate.go_on.set()
    await asyncio.gather(*lanes)
    assert (gate.most, len(gate.sent)) == (AT_A_TIME, 100)


async def test_a_refused_address_costs_its_neighbours_nothing(room: PostRoom) -> None:
    await room.put(*messages(10))
    room.channel.fail_with(Undeliverable("no such person"))
    await drain(room.worker())
    assert sorted(room.sent()) == keys(10)[1:]
    assert room.told == [("k-000", "undeliverable", "Undeliverable")]


async def test_one_that_is_not_called_for_is_withheld_and_the_others_go(room: PostRoom) -> None:
    room.holds["k-003"] = "met"
    await room.put(*messages(6))
    await drain(room.worker())
    assert sorted(room.sent()) == [key for key in keys(6) if key != "k-003"]
    row = await room.row("k-003")
    assert (row.state, row.reason, await room.attempts("k-003")) == (State.WITHHELD, "met", [])


async def test_a_provider_that_is_down_costs_one_attempt_and_the_rest_wait_as_before(room: PostRoom) -> None:
    await room.put(*messages(SMALLEST))
    room.channel.fail_with(Misconfigured("down"))
    await drain(room.worker())
    rows = [await room.row(key) for key in keys(SMALLEST)]
    assert [row.attempts for row in rows] == [1, *([0] * (SMALLEST - 1))]
    assert {row.state for row in rows} == {State.QUEUED}
    assert [row.first_attempt_at for row in rows[1:]] == [None] * (SMALLEST - 1)
    assert [await room.attempts(key) for key in keys(SMALLEST)[1:]] == [[]] * (SMALLEST - 1)


async def test_a_hold_stops_what_is_claimed_and_has_not_begun_to_leave(room: PostRoom) -> None:
    await room.put(*messages(5))
    gate = Gate(in_data=False)
    sending = asyncio.create_task(drain(room.worker("w", gate)))
    await until(lambda: gate.waiting >= 4)
    await begin(room, Kind.PAUSE)
    gate.go_on.set()
    await sending
    assert [outgoing.key for outgoing in gate.sent] == ["k-000"]
    rows = [await room.row(key) for key in keys(5)[1:]]
    assert {(row.state, row.attempts) for row in rows} == {(State.QUEUED, 0)}


async def test_whoever_stops_gives_back_what_has_not_begun(room: PostRoom) -> None:
    await room.put(*messages(SMALLEST))
    worker = room.worker()
    worker.begin_no_more()
    await worker.step()
    rows = [await room.row(key) for key in keys(SMALLEST)]
    assert room.sent() == []
    assert {(row.state, row.attempts, row.next_attempt_at) for row in rows} == {(State.QUEUED, 0, START)}


async def test_what_has_gone_within_minutes_is_no_less_of_a_storm(room: PostRoom) -> None:
    await room.put(*messages(STORM))
    await drain(room.worker())
    await room.put(wanted("one more"))
    async with reading(room.sessions) as session:
        assert await is_storm(session, room.clock.now(), None)
    room.clock.advance(minutes=6)
    async with reading(room.sessions) as session:
        assert not await is_storm(session, room.clock.now(), None)
