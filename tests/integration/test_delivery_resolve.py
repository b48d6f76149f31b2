"""What may have gone is asked for at its provider before it goes again; a provider that is down is stood in for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from config.database import transaction
from notifications.errors import DeliveryError, Misconfigured, TryLater, Unknown
from notifications.message import Channel, Message, Outcome, Sought, State
from notifications.outbox.deliver import Delivery
from notifications.tables import attempt
from tests.contract.post_room import START, PostRoom, alert, drain, one_by_one, post_room, wanted
from tests.memory_sender import MemorySender
from tests.waiting import until

LEASE, COOL_OFF = timedelta(seconds=60), timedelta(seconds=120)


class Answers(MemorySender):
    """A provider that can be asked: it says what it is told to, else what it took."""

    def __init__(self, name: str = "first") -> None:
        super().__init__(name)
        self.asked: list[Sought] = []
        self.says: list[str | DeliveryError | None] = []

    async def look_up(self, sought: Sought) -> str | None:
        """The id of the message."""
        self.asked.append(sought)
        answer = self.says.pop(0) if self.says else self._taken(sought)
        if isinstance(answer, DeliveryError):
            raise answer
        return answer

    def _taken(self, sought: Sought) -> str | None:
        ids = (f"memory-{n}" for n, one in enumerate(self.sent, 1) if one.attempt_id == sought.attempt_id)
        return next(ids, None)


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """An outbox and what empties it."""
    async with post_room(database) as made:
        yield made


def text(key: str, *, family: bool = False) -> Message:
    """An alert by text, or a text to a family."""
    if family:
        context = {"plan": None, "urgent": False}
        return wanted(key, channel=Channel.SMS, family=True, template="fallback", context=context)
    return alert(key, channel=Channel.SMS, template="fallback", context={"plan": "P-1", "urgent": True})


def worker_of(room: PostRoom, *senders: MemorySender) -> Delivery:
    """A worker with these providers on both channels."""
    return Delivery(room.sessions, room.senders(*senders), one_by_one(room.check), room.clock, "w", room.tell)


async def after(room: PostRoom, *senders: MemorySender, **by: float) -> None:
    """Let time pass, and a worker with these providers do what is due."""
    room.clock.advance(**by)
    await drain(worker_of(room, *senders))


async def test_what_went_all_the_same_is_found_and_does_not_go_again(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    provider.fail_with(Unknown("hung up"))
    await after(room, provider)
    assert (await room.row("a")).state is State.UNKNOWN
    await after(room, provider, seconds=61)
    [tried] = await room.attempts("a")
    assert ((await room.row("a")).state, len(provider.sent)) == (State.SENT, 1)
    assert (tried.outcome, tried.provider, tried.provider_id) == (Outcome.FOUND, "first", "memory-1")


async def test_it_is_asked_for_by_what_the_provider_was_told(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    provider.fail_with(Unknown("hung up"))
    await after(room, provider)
    await after(room, provider, seconds=61)
    [sought], [sent] = provider.asked, provider.sent
    assert (sought.attempt_id, sought.message_id, sought.address) == (sent.attempt_id, sent.message_id, sent.address)
    assert (sought.content.text, sought.started_at) == (sent.content.text, START)


async def test_not_found_twice_it_goes_again_and_does_not_say_that_it_repeats(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    provider.fail_with(Unknown("hung up"))
    provider.says = [None, None]
    await after(room, provider)
    await after(room, provider, seconds=61)
    assert (await room.row("a")).state is State.UNKNOWN
    await after(room, provider, seconds=30)
    assert [one.outcome for one in await room.attempts("a")] == [Outcome.NOT_FOUND, Outcome.ACCEPTED]
    assert "repeat" not in provider.sent[-1].content.text


async def test_one_read_that_finds_nothing_is_not_believed(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    provider.fail_with(Unknown("hung up"))
    provider.says = [None]
    await after(room, provider)
    await after(room, provider, seconds=61)
    await after(room, provider, seconds=30)
    assert ((await room.row("a")).state, len(provider.sent)) == (State.SENT, 1)


async def test_a_provider_that_does_not_say_is_waited_for_minutes_and_then_the_alert_goes_again(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    provider.fail_with(Unknown("hung up"))
    provider.says = [TryLater("busy")] * 20
    await after(room, provider)
    for _ in range(12):
        await after(room, provider, seconds=31)
    assert len(provider.sent) == 2
    assert "May repeat" in provider.sent[-1].content.text
    assert timedelta(minutes=4) <= provider.sent[-1].started_at - START < timedelta(minutes=6)


async def test_a_family_text_is_asked_for_first_and_then_held_for_a_person(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("went", family=True))
    provider.fail_with(Unknown("hung up"))
    await after(room, provider)
    assert room.told == []
    await after(room, provider, seconds=61)
    assert ((await room.row("went")).state, room.told) == (State.SENT, [])
    await room.put(text("lost", family=True))
    provider.fail_with(Unknown("hung up"))
    provider.says = [None, None]
    await after(room, provider)
    for _ in range(3):
        await after(room, provider, seconds=61)
    assert ((await room.row("lost")).state, room.told) == (State.HELD, [("lost", "held", "Unknown")])
    assert len(provider.sent) == 2


async def test_a_worker_that_dies_in_the_data_is_asked_after_its_cool_off(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    provider.meanwhile(asyncio.Event().wait)  # type: ignore[arg-type]  # it never ends
    step = asyncio.create_task(worker_of(room, provider).step())
    await until(lambda: bool(provider.sent))
    step.cancel()
    await asyncio.gather(step, return_exceptions=True)
    await after(room, provider, seconds=61)
    assert provider.asked == []
    await after(room, provider, seconds=COOL_OFF.total_seconds())
    assert ((await room.row("a")).state, len(provider.sent)) == (State.SENT, 1)


async def test_what_another_attempt_of_that_number_was_is_not_taken_for_it(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    await after(room, provider)
    await room.put(text("b"))
    provider.fail_with(Unknown("hung up"))
    await after(room, provider)
    await after(room, provider, seconds=61)
    [sought] = provider.asked
    assert sought.other_ids == {"memory-1"}


async def test_the_providers_own_word_spares_the_asking(room: PostRoom) -> None:
    provider = Answers()
    await room.put(text("a"))
    provider.fail_with(Unknown("hung up"))
    await after(room, provider)
    async with transaction(room.sessions) as session:
        await session.execute(attempt.update().values(provider_id="SM1"))
    await after(room, provider, seconds=61)
    assert ((await room.row("a")).state, provider.asked, len(provider.sent)) == (State.SENT, [], 1)


async def test_a_provider_that_is_down_is_stood_in_for_at_once(room: PostRoom) -> None:
    first, second = Answers("first"), Answers("second")
    await room.put(text("a"), wanted("b", at=START + timedelta(seconds=1)))
    first.fail_with(Misconfigured("down"))
    await after(room, first, second)
    assert ([one.key for one in first.sent], [one.key for one in second.sent]) == ([], ["a"])
    assert [one.provider for one in await room.attempts("a")] == ["first", "second"]


async def test_what_may_have_gone_is_not_open_at_two_providers(room: PostRoom) -> None:
    first, second = Answers("first"), Answers("second")
    await room.put(text("a"))
    first.fail_with(Unknown("503"))
    await after(room, first, second)
    await after(room, first, second, seconds=59)
    assert (len(first.asked), second.sent) == (0, [])
    first.says = [None, None]
    await after(room, first, second, seconds=2)
    assert second.sent == []
    await after(room, first, second, seconds=31)
    assert len(first.sent) + len(second.sent) == 2
    assert [one.outcome for one in await room.attempts("a")] == [Outcome.NOT_FOUND, Outcome.ACCEPTED]


async def test_what_must_not_be_late_stays_with_who_keeps_to_time(room: PostRoom) -> None:
    first, second = Answers("first"), Answers("second")
    second.keeps_to_time = False
    await room.put(wanted("a", valid_until=START + timedelta(hours=1)))
    first.fail_with(Misconfigured("down"))
    await after(room, first, second)
    await after(room, first, second, minutes=2)
    assert ([one.key for one in first.sent], second.sent) == (["a"], [])


async def test_a_worker_that_dies_while_it_asks_costs_a_lease(room: PostRoom) -> None:
    class Hangs(Answers):
        async def look_up(self, sought: Sought) -> str | None:
            self.asked.append(sought)
            await asyncio.Event().wait()
            return None

    provider = Hangs()
    await room.put(text("a"))
    provider.fail_with(Unknown("hung up"))
    await after(room, provider)
    room.clock.advance(seconds=61)
    step = asyncio.create_task(worker_of(room, provider).step())
    await until(lambda: bool(provider.asked))
    step.cancel()
    await asyncio.gather(step, return_exceptions=True)
    again = Answers()
    again.says = ["memory-1"]
    await after(room, again, seconds=60)
    assert ((await room.row("a")).state, [one.outcome for one in await room.attempts("a")]) == (
        State.SENT,
        [Outcome.FOUND],
    )
