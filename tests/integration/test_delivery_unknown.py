"""When a worker dies, sleeps, or gets no answer: nothing is lost, and what may repeat says so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from config.database import reading, transaction
from notifications.errors import NotSent, TryLater, Unknown
from notifications.message import Channel, Outcome, Outgoing, Phase, State
from notifications.outbox.attempt import Pace
from notifications.outbox.deliver import Delivery
from notifications.tables import attempt, message
from tests.contract.post_room import START, PostRoom, alert, drain, one_by_one, post_room, wanted
from tests.waiting import until

LEASE = timedelta(seconds=60)


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """An outbox and what empties it."""
    async with post_room(database) as made:
        yield made


class Waits:
    """A sender that stops for as long as it is told, before the data or in the middle of it."""

    name, keeps_to_time = "waits", True

    def __init__(self, *, in_data: bool) -> None:
        self.in_data = in_data
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        self.sent: list[Outgoing] = []

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it over, with a stop on the way."""
        if self.in_data:
            await outgoing.before_data()
        self.reached.set()
        await self.go_on.wait()
        if not self.in_data:
            await outgoing.before_data()
        self.sent.append(outgoing)
        return "waited-1"


async def begin(room: PostRoom, sender: Waits, **options: object) -> asyncio.Task[bool]:
    """A worker that has come as far as the stop."""
    step = asyncio.create_task(room.worker("sleeper", sender, **options).step())
    await sender.reached.wait()
    return step


async def die(step: asyncio.Task[bool]) -> None:
    """The worker's end, in the middle of it: nothing more of it reaches the database."""
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step


async def test_a_worker_that_dies_before_the_data_costs_a_lease_and_nothing_else(room: PostRoom) -> None:
    await room.put(alert("a"))
    await die(await begin(room, Waits(in_data=False)))
    assert await drain(room.worker()) == 0
    room.clock.advance(seconds=60)
    await drain(room.worker())
    assert room.sent() == ["a"]
    assert [attempt.outcome for attempt in await room.attempts("a")] == [Outcome.NOT_SENT, Outcome.ACCEPTED]
    assert "repeat" not in room.channel.sent[0].content.text


async def test_a_worker_that_dies_in_the_data_leaves_it_unknown_and_it_cools_off(room: PostRoom) -> None:
    await room.put(alert("a"))
    await die(await begin(room, Waits(in_data=True)))
    room.clock.advance(seconds=60)
    assert await drain(room.worker()) == 0
    row, [attempt] = await room.row("a"), await room.attempts("a")
    assert (row.state, row.unknown_since) == (State.UNKNOWN, START)
    assert row.next_attempt_at == START + LEASE + timedelta(seconds=660)
    assert (attempt.phase, attempt.outcome) == (Phase.DATA, Outcome.UNKNOWN)


async def test_after_the_cool_off_an_alert_goes_again_with_the_same_id_and_says_so(room: PostRoom) -> None:
    await room.put(alert("a"))
    sleeper = Waits(in_data=True)
    await die(await begin(room, sleeper))
    room.clock.advance(seconds=60)
    await drain(room.worker())
    room.clock.advance(seconds=660)
    await drain(room.worker(tell_time=lambda moment: f"{moment:%H:%M}"))
    [again] = room.channel.sent
    assert "This may repeat a message of 08:30" in again.content.text
    assert "This may repeat a message of 08:30" in str(again.content.html)
    assert (await room.row("a")).state is State.SENT


async def test_every_attempt_has_the_same_message_id_and_an_id_of_its_own(room: PostRoom) -> None:
    await room.put(alert("a"))
    room.channel.fail_with(Unknown("hung up"), Unknown("hung up"))
    for _ in range(3):
        await drain(room.worker())
        room.clock.advance(minutes=20)
    assert len(room.channel.sent) == 3
    assert len({outgoing.message_id for outgoing in room.channel.sent}) == 1
    assert len({outgoing.attempt_id for outgoing in room.channel.sent}) == 3


async def test_a_family_text_that_may_have_gone_is_held_for_a_person(room: PostRoom) -> None:
    text = {"channel": Channel.SMS, "family": True, "template": "fallback", "context": {"plan": None, "urgent": False}}
    await room.put(wanted("a", **text))
    room.channel.fail_with(Unknown("no answer"))
    await drain(room.worker())
    room.clock.advance(days=1)
    assert await drain(room.worker()) == 0
    assert (await room.row("a")).state is State.HELD
    assert room.told == [("a", "held", "Unknown")]


async def test_a_family_text_whose_worker_died_is_held_too(room: PostRoom) -> None:
    text = {"channel": Channel.SMS, "family": True, "template": "fallback", "context": {"plan": None, "urgent": False}}
    await room.put(wanted("a", **text))
    await die(await begin(room, Waits(in_data=True)))
    room.clock.advance(days=1)
    assert await drain(room.worker()) == 0
    assert room.told == [("a", "held", "Unknown")]


async def test_what_is_unknown_can_still_be_withdrawn(room: PostRoom) -> None:
    await room.put(alert("a"))
    room.channel.fail_with(Unknown("hung up"))
    await drain(room.worker())
    await room.withdraw("a")
    room.clock.advance(days=1)
    assert await drain(room.worker()) == 0


async def test_a_sleeper_that_wakes_before_the_data_is_refused(room: PostRoom) -> None:
    await room.put(alert("a"))
    sleeper = Waits(in_data=False)
    step = await begin(room, sleeper)
    room.clock.advance(seconds=60)
    await drain(room.worker())
    sleeper.go_on.set()
    await step
    assert (room.sent(), sleeper.sent) == (["a"], [])
    row, attempts = await room.row("a"), await room.attempts("a")
    assert (row.state, [attempt.outcome for attempt in attempts]) == (State.SENT, [Outcome.NOT_SENT, Outcome.ACCEPTED])


async def test_a_lease_that_ended_is_enough_to_be_refused(room: PostRoom) -> None:
    await room.put(alert("a"))
    sleeper = Waits(in_data=False)
    step = await begin(room, sleeper)
    room.clock.advance(seconds=60)
    sleeper.go_on.set()
    await step
    assert sleeper.sent == []
    assert (await room.row("a")).state is State.QUEUED


async def test_a_sleeper_that_wakes_in_the_data_brings_the_truth_and_nothing_repeats(room: PostRoom) -> None:
    await room.put(alert("a"))
    sleeper = Waits(in_data=True)
    step = await begin(room, sleeper)
    room.clock.advance(seconds=60)
    await drain(room.worker())
    assert (await room.row("a")).state is State.UNKNOWN
    sleeper.go_on.set()
    await step
    room.clock.advance(days=1)
    assert await drain(room.worker()) == 0
    [attempt] = await room.attempts("a")
    assert ((await room.row("a")).state, attempt.outcome) == (State.SENT, Outcome.ACCEPTED)


async def test_a_sleeper_that_wakes_after_another_has_claimed_changes_nothing(room: PostRoom) -> None:
    await room.put(alert("a"))
    sleeper, second = Waits(in_data=True), Waits(in_data=True)
    first_step = await begin(room, sleeper)
    room.clock.advance(seconds=60)
    await drain(room.worker())
    room.clock.advance(seconds=660)
    second_step = await begin(room, second)
    sleeper.go_on.set()
    await first_step
    assert (await room.row("a")).state is State.CLAIMED
    second.go_on.set()
    await second_step
    assert (await room.row("a")).state is State.SENT


async def test_a_slow_send_keeps_its_lease(room: PostRoom) -> None:
    await room.put(alert("a"))
    slow = Waits(in_data=True)
    step = await begin(room, slow, pace=Pace(lease=0.3, speed=200.0))  # on the clock still a minute
    before = await lease_of(room, "a")
    room.clock.advance(seconds=30)

    async def is_longer() -> bool:
        return await lease_of(room, "a") != before

    await until(is_longer)
    room.clock.advance(seconds=45)
    assert await drain(room.worker()) == 0
    assert (await room.row("a")).state is State.CLAIMED
    slow.go_on.set()
    await step
    assert (await room.row("a")).state is State.SENT


async def lease_of(room: PostRoom, key: str) -> object:
    """Until when a message is leased."""
    async with room.sessions() as session:
        return (await session.execute(message.select().where(message.c.key == key))).mappings().one()["lease_until"]


async def test_it_is_counted_how_often_a_message_took_its_worker_down(room: PostRoom) -> None:
    await room.put(alert("a"))
    for _ in range(3):
        await die(await begin(room, Waits(in_data=False)))
        room.clock.advance(minutes=3)
        await drain(room.worker("reaper"), channel=Channel.SMS)
        room.clock.advance(minutes=3)
    await room.put(alert("b"))
    await drain(room.worker())
    assert (await room.row("a")).attempts == 4
    assert sorted(room.sent()) == ["a", "b"]


async def test_a_refusal_after_an_unknown_still_says_that_it_may_repeat(room: PostRoom) -> None:
    await room.put(alert("a"))
    room.channel.fail_with(Unknown("hung up"), TryLater("busy"))
    for _ in range(3):
        await drain(room.worker())
        room.clock.advance(minutes=20)
    assert "This may repeat a message of 08:30 UTC on 18 Dec 2026" in room.channel.sent[-1].content.text


async def test_one_bad_row_does_not_stop_the_reaping_of_others(room: PostRoom) -> None:
    async def tell(*_: object) -> None:
        raise LookupError

    text = {"channel": Channel.SMS, "family": True, "template": "fallback", "context": {"plan": None, "urgent": False}}
    await room.put(wanted("held", **text))
    await die(await begin(room, Waits(in_data=True)))
    await room.put(alert("alert"))
    await die(await begin(room, Waits(in_data=False)))
    room.clock.advance(minutes=2)
    await drain(Delivery(room.sessions, room.senders(), one_by_one(room.check), room.clock, "w", tell))
    assert room.sent() == ["alert"]
    assert (await room.row("held")).state is State.CLAIMED


async def test_a_sender_of_no_manners_leaves_it_unknown_or_unsent_by_its_phase(room: PostRoom) -> None:
    class Breaks(Waits):
        async def send(self, outgoing: Outgoing) -> str:
            if self.in_data:
                await outgoing.before_data()
            raise ZeroDivisionError

    await room.put(alert("a"))
    await drain(room.worker("w", Breaks(in_data=True)))
    assert (await room.row("a")).state is State.UNKNOWN
    await room.put(alert("b"))
    await drain(room.worker("w", Breaks(in_data=False)))
    assert ((await room.row("b")).state, (await room.row("b")).reason) == (
        State.QUEUED,
        "ZeroDivisionError in the sender",
    )


async def test_past_its_time_what_may_have_gone_is_held(room: PostRoom) -> None:
    await room.put(alert("a", valid_until=START + timedelta(minutes=5)))
    room.channel.fail_with(Unknown("hung up"))
    await drain(room.worker())
    room.clock.advance(minutes=5)
    await drain(room.worker())
    assert ((await room.row("a")).state, room.told) == (State.HELD, [("a", "held", "TooLate")])


async def test_a_lease_that_another_took_over_is_not_lengthened(room: PostRoom) -> None:
    await room.put(alert("a"))
    slow = Waits(in_data=False)
    step = await begin(room, slow, pace=Pace(lease=0.03, speed=2000.0))
    async with transaction(room.sessions) as session:
        await session.execute(update(message).values(fence=message.c.fence + 1))
    slow.go_on.set()
    await step
    assert slow.sent == []
    [attempt] = await room.attempts("a")
    assert (attempt.outcome, attempt.error) == (Outcome.NOT_SENT, NotSent.__name__)


async def stuck_or_done(room: PostRoom, reaping: asyncio.Task[int]) -> bool:
    """Whether a reaper has come as far as it can; on SQLite it waits before it has read anything, and unseen."""
    async with reading(room.sessions) as session:
        if session.get_bind().dialect.name == "sqlite":
            return True
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return reaping.done() or bool(await session.scalar(text(waiting)))


async def test_who_settles_and_who_reaps_do_not_wait_for_each_other(room: PostRoom) -> None:
    await room.put(alert("a"))
    await die(await begin(room, Waits(in_data=True)))
    room.clock.advance(seconds=60)
    async with transaction(room.sessions) as session:
        await session.execute(update(attempt).values(error=None))  # a settler has its attempt
        reaping = asyncio.create_task(drain(room.worker()))
        await until(lambda: stuck_or_done(room, reaping))
        await session.execute(update(message).values(reason="settled"))
    await reaping
    assert (await room.row("a")).state is State.UNKNOWN
