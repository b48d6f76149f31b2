"""One message from the outbox to its sender: who gets it, in what order, and what is written down."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import transaction
from notifications.errors import ContentRefused, DeliveryError, Misconfigured, NotSent, TryLater, Undeliverable
from notifications.message import Channel, Hold, Later, OutboxRow, Outcome, Phase, Send, State, message_id_of
from notifications.outbox import outbox, suspension
from notifications.outbox.deliver import Delivery
from tests.contract.post_room import CONTEXT, START, PostRoom, alert, drain, one_by_one, post_room, wanted


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """An outbox and what empties it."""
    async with post_room(database) as made:
        yield made


async def test_it_is_sent_once_and_all_of_it_is_on_record(room: PostRoom) -> None:
    await room.put(wanted("a"))
    assert await drain(room.worker("w1")) == 1
    row, [attempt], [outgoing] = await room.row("a"), await room.attempts("a"), room.channel.sent
    assert (row.state, row.attempts, row.settled_at) == (State.SENT, 1, START)
    assert (row.sent_to, row.address, row.content) == ("w-sw", "worker@example.org", outgoing.content)
    assert (attempt.phase, attempt.outcome, attempt.provider_id) == (Phase.ANSWERED, Outcome.ACCEPTED, "memory-1")
    assert (attempt.id, attempt.worker, attempt.error) == (outgoing.attempt_id, "w1", None)


async def test_nothing_due_is_nothing_to_do(room: PostRoom) -> None:
    await room.put(wanted("a", at=START + timedelta(minutes=1)))
    assert await room.worker().step() is False
    room.clock.advance(minutes=1)
    assert await room.worker().step() is True


async def test_two_workers_and_one_message_make_one_send(room: PostRoom) -> None:
    await room.put(wanted("a"))
    await asyncio.gather(*(room.worker(f"w{n}").step() for n in range(10)))
    assert room.sent() == ["a"]


async def test_many_workers_and_many_messages_make_each_once(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{n:03}") for n in range(100)))
    await asyncio.gather(*(drain(room.worker(f"w{n}")) for n in range(8)))
    assert sorted(room.sent()) == [f"k-{n:03}" for n in range(100)]


async def test_an_alert_overtakes_ten_thousand_routine_messages(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{n}", at=START - timedelta(hours=1)) for n in range(10_000)))
    await room.put(alert("alert"))
    await room.worker().step()
    assert room.sent() == ["alert"]


async def test_the_urgent_lane_leaves_routine_alone(room: PostRoom) -> None:
    await room.put(wanted("a"))
    assert await room.worker().step(urgent_only=True) is False
    assert room.sent() == []


async def test_a_lane_of_one_channel_leaves_the_other_alone(room: PostRoom) -> None:
    await room.put(alert("mail"), alert("text", channel=Channel.SMS, template="fallback", context={}))
    await drain(room.worker(), channel=Channel.EMAIL)
    assert room.sent() == ["mail"]


async def test_a_hanging_mail_server_does_not_delay_a_text(room: PostRoom) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        entered.set()
        await go_on.wait()

    await room.put(alert("mail"))
    room.channel.meanwhile(hang)
    hanging = asyncio.create_task(room.worker("w1").step())
    await entered.wait()
    room.channel.meanwhile(None)
    await room.put(alert("text"))
    await room.worker("w2").step()
    assert (await room.row("text")).state is State.SENT
    go_on.set()
    await hanging
    assert (await room.row("mail")).state is State.SENT


async def test_no_connection_to_the_database_is_held_while_a_message_is_on_its_way(room: PostRoom) -> None:
    in_use: list[int] = []
    pool = room.sessions.kw["bind"].pool

    async def look() -> None:
        in_use.append(pool.checkedout())

    room.channel.meanwhile(look)
    await room.put(wanted("a"))
    await drain(room.worker())
    assert in_use == [0]


async def test_the_last_checks_no_is_kept_with_its_reason(room: PostRoom) -> None:
    room.holds["a"] = "never_contact"
    await room.put(wanted("a"))
    await drain(room.worker())
    row = await room.row("a")
    assert (row.state, row.reason, room.sent(), await room.attempts("a")) == (State.WITHHELD, "never_contact", [], [])


async def test_the_last_check_is_asked_again_before_each_attempt(room: PostRoom) -> None:
    await room.put(wanted("a"))
    room.channel.fail_with(TryLater("busy"))
    await drain(room.worker())
    room.holds["a"] = "met"
    room.clock.advance(minutes=10)
    await drain(room.worker())
    assert ((await room.row("a")).state, room.sent()) == (State.WITHHELD, [])


async def test_the_last_checks_not_yet_waits_without_counting_as_an_attempt(room: PostRoom) -> None:
    morning = START + timedelta(hours=3)

    async def in_the_morning(session: AsyncSession, row: OutboxRow) -> Send | Hold | Later:
        return await room.check(session, row) if room.clock.now() >= morning else Later(morning)

    await room.put(wanted("a"))
    worker = Delivery(room.sessions, room.senders(), one_by_one(in_the_morning), room.clock, "w", room.tell)
    await drain(worker)
    row = await room.row("a")
    assert (row.state, row.next_attempt_at, row.attempts, await room.attempts("a")) == (State.QUEUED, morning, 0, [])
    room.clock.set(morning)
    await drain(worker)
    assert room.sent() == ["a"]


async def test_a_not_yet_that_is_past_already_does_not_go_round_and_round(room: PostRoom) -> None:
    async def never(session: AsyncSession, row: OutboxRow) -> Later:
        return Later(START - timedelta(days=1))

    await room.put(wanted("a"))
    assert await drain(Delivery(room.sessions, {}, one_by_one(never), room.clock, "w", room.tell)) == 1


async def test_what_the_last_check_writes_is_kept_with_the_claim(room: PostRoom) -> None:
    async def gather(session: AsyncSession, row: OutboxRow) -> Send | Hold:
        await suspension.withdraw(session, [message_id_of(wanted("b").name)], f"gathered into {row.message.key}", START)
        return Send("w-cover", "cover@example.org", CONTEXT)

    await room.put(wanted("a"), wanted("b", at=START + timedelta(hours=1)))
    await Delivery(room.sessions, room.senders(), one_by_one(gather), room.clock, "w", room.tell).step()
    assert (await room.row("b")).reason == "gathered into a"
    assert ((await room.row("a")).sent_to, room.channel.sent[0].address) == ("w-cover", "cover@example.org")


async def test_past_its_time_it_is_not_sent_and_a_person_is_told(room: PostRoom) -> None:
    await room.put(wanted("a", valid_until=START))
    await drain(room.worker())
    row = await room.row("a")
    assert (row.state, row.reason, room.checked) == (State.WITHHELD, "outdated", [])
    assert room.told == [("a", "withheld", "TooLate")]


async def test_a_refused_address_is_told_at_once_and_never_tried_again(room: PostRoom) -> None:
    await room.put(alert("a"))
    room.channel.fail_with(Undeliverable("no such person"))
    await drain(room.worker())
    room.clock.advance(days=2)
    assert await drain(room.worker()) == 0
    assert room.told == [("a", "undeliverable", "Undeliverable")]
    assert (await room.row("a")).reason == "no such person"


async def test_the_other_way_is_put_in_the_same_transaction_and_goes_at_once(room: PostRoom) -> None:
    async def other_way(session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
        await outbox.put(session, [alert("by-the-other-way")], START)

    await room.put(alert("a"))
    room.channel.fail_with(Undeliverable("no such person"))
    await drain(Delivery(room.sessions, room.senders(), one_by_one(room.check), room.clock, "w", other_way))
    assert room.sent() == ["by-the-other-way"]


async def test_when_telling_fails_the_refusal_still_holds(room: PostRoom) -> None:
    async def fail(session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
        raise LookupError

    await room.put(alert("a"))
    room.channel.fail_with(Undeliverable("no such person"))
    await drain(Delivery(room.sessions, room.senders(), one_by_one(room.check), room.clock, "w", fail))
    assert (await room.row("a")).state is State.UNDELIVERABLE


async def test_what_is_put_off_goes_later_under_the_same_id(room: PostRoom) -> None:
    await room.put(wanted("a"))
    room.channel.fail_with(TryLater("busy"), NotSent("no line"))
    for _ in range(3):
        await drain(room.worker())
        room.clock.advance(minutes=6)
    row = await room.row("a")
    assert (row.state, row.attempts) == (State.SENT, 3)
    assert [attempt.outcome for attempt in await room.attempts("a")] == [
        Outcome.TRY_LATER,
        Outcome.NOT_SENT,
        Outcome.ACCEPTED,
    ]
    assert len({attempt.id for attempt in await room.attempts("a")}) == 3


async def test_routine_is_given_up_after_a_day_and_a_person_is_told(room: PostRoom) -> None:
    await room.put(wanted("a"))
    room.channel.fail_with(*[NotSent("no line")] * 100)
    while (await room.row("a")).state is State.QUEUED:
        await drain(room.worker())
        room.clock.advance(minutes=10)
    assert "given up after a day" in str((await room.row("a")).reason)
    assert room.told == [("a", "failed", "NotSent")]


async def test_a_channel_that_is_down_is_spared_by_routine_and_tried_by_alerts(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{n}") for n in range(20)))
    room.channel.fail_with(Misconfigured("down"))
    worker = room.worker()
    assert await drain(worker) == 1
    await room.put(alert("alert"))
    assert await drain(worker) == 1
    assert room.sent() == ["alert"]
    room.clock.advance(minutes=2)
    await drain(worker)
    assert len(room.sent()) == 21


async def test_a_channel_that_is_not_set_up_keeps_an_alert_waiting(room: PostRoom) -> None:
    await room.put(alert("a"))
    await drain(Delivery(room.sessions, {}, one_by_one(room.check), room.clock, "w", room.tell))
    row, [attempt] = await room.row("a"), await room.attempts("a")
    assert (row.state, attempt.outcome) == (State.QUEUED, Outcome.MISCONFIGURED)
    assert row.reason == "no email channel is set up"


async def test_what_cannot_be_written_fails_and_the_others_go_on(room: PostRoom) -> None:
    await room.put(wanted("a", template="no_such_template"), wanted("b"))
    await drain(room.worker())
    assert room.sent() == ["b"]
    assert ((await room.row("a")).state, room.told) == (State.FAILED, [("a", "failed", "ContentRefused")])


@pytest.mark.parametrize("channel", Channel)
async def test_an_alert_that_cannot_be_written_goes_in_bare_words(room: PostRoom, channel: Channel) -> None:
    lacking: Mapping[str, object] = {"plan": "P-1"}
    await room.put(alert("a", channel=channel, template="bottom_line", context=lacking))
    await drain(room.worker())
    assert "sign in" in room.channel.sent[0].content.text
    assert "URGENT P-1" in (room.channel.sent[0].content.subject or room.channel.sent[0].content.text)


async def test_a_last_check_that_breaks_keeps_nobody_else_waiting(room: PostRoom) -> None:
    async def breaks(session: AsyncSession, row: OutboxRow) -> Send | Hold:
        if row.message.key == "a":
            raise ZeroDivisionError
        return await room.check(session, row)

    await room.put(wanted("a"), wanted("b", at=START + timedelta(seconds=1)))
    room.clock.advance(seconds=1)
    await drain(Delivery(room.sessions, room.senders(), one_by_one(breaks), room.clock, "w", room.tell))
    row = await room.row("a")
    assert room.sent() == ["b"]
    assert (row.state, row.attempts, row.reason) == (State.QUEUED, 1, "ZeroDivisionError while it was made ready")
    room.clock.advance(minutes=2)
    await drain(room.worker())
    assert room.sent() == ["b", "a"]


async def test_a_sender_that_breaks_before_anything_left_has_not_sent(room: PostRoom) -> None:
    room.channel.fail_with(ContentRefused("no"))
    await room.put(wanted("a"))
    await drain(room.worker())
    assert (await room.row("a")).state is State.UNDELIVERABLE


async def test_the_worlds_id_of_a_message_hangs_on_key_and_secret_alone(room: PostRoom) -> None:
    await room.put(wanted("a"), wanted("b"))
    await drain(room.worker())
    first, second = (outgoing.message_id for outgoing in room.channel.sent)
    assert first != second
    async with transaction(room.sessions) as session:
        await outbox.put(session, [replace(wanted("c"))], START)
    await drain(room.worker(secret=b"another"))
    assert len(room.channel.sent[-1].message_id) == 32
