"""A mail server that takes minutes to greet us is waited for, unless another provider can go."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from notifications.errors import RefusesUs
from notifications.message import Outcome, Outgoing, State
from notifications.outbox.deliver import Delivery
from tests.contract.post_room import PostRoom, alert, drain, one_by_one, post_room
from tests.integration.test_disk_full import ON_SQLITE
from tests.memory_sender import MemorySender
from tests.waiting import let_time_pass

pytestmark = ON_SQLITE


class SlowSender(MemorySender):
    """One that takes so many seconds until it greets, and again to say that it has the message."""

    def __init__(self, name: str, greets_after: float, answers_after: float = 0.0) -> None:
        super().__init__(name)
        self.greets_after, self.answers_after = greets_after, answers_after

    async def send(self, outgoing: Outgoing) -> str:
        """Keep it, in its time."""
        await _pass(self.greets_after)
        message_id = await super().send(outgoing)
        await _pass(self.answers_after)
        return message_id


async def _pass(seconds: float) -> None:
    let_time_pass(seconds)
    await asyncio.sleep(0.01)  # what had a shorter limit ends here


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """A room with an empty outbox."""
    async with post_room(database) as opened:
        yield opened


def worker(room: PostRoom, *senders: MemorySender) -> Delivery:
    """A worker with these providers, in this order."""
    return Delivery(room.sessions, room.senders(*senders), one_by_one(room.check), room.clock, "w", room.tell)


async def attempts(room: PostRoom) -> list[tuple[str | None, Outcome | None]]:
    """Where the message was handed over, and what became of that."""
    return [(attempt.provider, attempt.outcome) for attempt in await room.attempts("a")]


async def test_the_only_one_has_five_minutes_to_greet_and_ten_more_to_answer(room: PostRoom) -> None:
    await room.put(alert("a"))
    await drain(worker(room, SlowSender("smtp", greets_after=299, answers_after=599)))
    assert await attempts(room) == [("smtp", Outcome.ACCEPTED)]


async def test_one_that_does_not_greet_in_that_time_is_down_and_nothing_has_left(room: PostRoom) -> None:
    await room.put(alert("a"))
    await drain(worker(room, SlowSender("smtp", greets_after=400)))
    assert await attempts(room) == [("smtp", Outcome.MISCONFIGURED)]
    assert (await room.row("a")).state is State.QUEUED


async def test_where_another_can_go_it_goes_after_half_a_minute(room: PostRoom) -> None:
    await room.put(alert("a"))
    await drain(worker(room, SlowSender("smtp", greets_after=35), MemorySender("notify")))
    assert await attempts(room) == [("smtp", Outcome.MISCONFIGURED), ("notify", Outcome.ACCEPTED)]


async def test_a_refusal_of_us_goes_elsewhere_at_once_and_is_told(room: PostRoom) -> None:
    refusing = MemorySender("smtp")
    refusing.fail_with(RefusesUs("relaying denied", "smtp", "554/5.7.1"))
    await room.put(alert("a"))
    await drain(worker(room, refusing, MemorySender("notify")))
    assert await attempts(room) == [("smtp", Outcome.MISCONFIGURED), ("notify", Outcome.ACCEPTED)]
    assert room.told == [("a", "queued", "RefusesUs")]


@pytest.mark.parametrize("answer", ["kept \udce9", "kept \x00", "x" * 5000])
async def test_whatever_a_provider_calls_it_the_message_goes_once(room: PostRoom, answer: str) -> None:
    class Odd(MemorySender):
        async def send(self, outgoing: Outgoing) -> str:
            await super().send(outgoing)
            return answer

    odd = Odd("smtp")
    await room.put(alert("a"))
    await drain(worker(room, odd))
    room.clock.advance(hours=1)
    await drain(worker(room, odd))
    assert (len(odd.sent), (await room.row("a")).state) == (1, State.SENT)
