"""What a provider says later settles what was not known: in any order, twice, early, by whatever it names it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from config.database import transaction
from notifications import retry
from notifications.errors import Blocked, TryLater, Undeliverable, Unknown
from notifications.message import Attempt, Channel, OutboxRow, Outcome, Purpose, State, outside_id_of
from notifications.outbox.deliver import Delivery
from notifications.outbox.delivery_report import attempt_reported, did_not_arrive, has_it
from notifications.providers.report import DeliveryReport, ProviderStatus
from tests.contract.post_room import PostRoom, alert, drain, one_by_one, post_room, wanted
from tests.memory_sender import MemorySender

FAMILY: dict[str, Any] = {
    "channel": Channel.SMS,
    "family": True,
    "template": "fallback",
    "context": {"plan": None, "urgent": False},
}


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """An outbox, and a provider that cannot be asked."""
    async with post_room(database) as made:
        made.channel = MemorySender("twilio")
        yield made


def report(room: PostRoom, provider_id: str, **named: Any) -> DeliveryReport:
    """What Twilio says; `named`: by what else it names the message."""
    return DeliveryReport("twilio", "sent", ProviderStatus(3), room.clock.now(), provider_id=provider_id, **named)


async def says_that_it_has_it(room: PostRoom, provider_id: str = "SM1", **named: Any) -> bool:
    """The provider's word; whether it was about a message of ours."""
    async with transaction(room.sessions) as session:
        tried = await attempt_reported(session, report(room, provider_id, **named))
        if tried is not None:
            await has_it(session, tried, provider_id, room.clock.now())
    return tried is not None


async def says_that_it_failed(
    room: PostRoom, error: Undeliverable, provider_id: str = "SM1", **named: Any
) -> OutboxRow | None:
    """The provider's word; the message of which a person is to be told."""
    async with transaction(room.sessions) as session:
        tried = await attempt_reported(session, report(room, provider_id, **named))
        return await did_not_arrive(session, tried, error, room.clock.now()) if tried else None


async def unknown(room: PostRoom, key: str = "a", **changed: Any) -> Attempt:
    """A message whose attempt nobody knows the outcome of."""
    await room.put(alert(key, **changed))
    room.channel.fail_with(Unknown("hung up"))
    await drain(room.worker())
    return (await room.attempts(key))[-1]


async def stands(room: PostRoom, key: str = "a") -> tuple[State, list[tuple[Outcome | None, str | None]]]:
    """A message and its attempts."""
    attempts = await room.attempts(key)
    return (await room.row(key)).state, [(one.outcome, one.provider_id) for one in attempts]


async def test_what_was_unknown_has_gone_by_the_providers_word(room: PostRoom) -> None:
    tried = await unknown(room)
    assert await says_that_it_has_it(room, attempt_id=tried.id)
    assert await stands(room) == (State.SENT, [(Outcome.FOUND, "SM1")])
    room.clock.advance(days=1)
    assert await drain(room.worker()) == 0


async def test_a_family_text_that_was_held_has_gone_too(room: PostRoom) -> None:
    tried = await unknown(room, **FAMILY, urgent=False)
    assert (await room.row("a")).state is State.HELD
    await says_that_it_has_it(room, attempt_id=tried.id)
    assert await stands(room) == (State.SENT, [(Outcome.FOUND, "SM1")])


async def test_a_word_before_the_answer_leaves_the_message_to_its_worker(room: PostRoom) -> None:
    seen: list[State] = []

    async def early() -> None:
        [tried] = await room.attempts("a")
        await says_that_it_has_it(room, attempt_id=tried.id)
        seen.append((await room.row("a")).state)

    await room.put(alert("a"))
    room.channel.meanwhile(early)
    await drain(room.worker())
    assert seen == [State.CLAIMED]
    assert await stands(room) == (State.SENT, [(Outcome.ACCEPTED, "memory-1")])


async def test_a_word_before_an_answer_that_never_comes_is_the_answer(room: PostRoom) -> None:
    async def early() -> None:
        [tried] = await room.attempts("a")
        await says_that_it_has_it(room, attempt_id=tried.id)

    await room.put(wanted("a", **FAMILY))
    room.channel.fail_with(Unknown("hung up"))
    room.channel.meanwhile(early)
    await drain(room.worker())
    assert await stands(room) == (State.SENT, [(Outcome.FOUND, "SM1")])
    assert room.told == []


async def test_a_word_about_a_message_whose_worker_died_is_the_answer(room: PostRoom) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        reached.set()
        await go_on.wait()

    await room.put(alert("a"))
    room.channel.meanwhile(hang)
    step = asyncio.create_task(room.worker().step())
    await reached.wait()
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    [tried] = await room.attempts("a")
    await says_that_it_has_it(room, attempt_id=tried.id)
    room.clock.advance(minutes=2)
    room.channel.meanwhile(None)
    await drain(room.worker())
    assert (await stands(room), len(room.sent())) == ((State.SENT, [(Outcome.ACCEPTED, "SM1")]), 1)


async def test_what_was_refused_and_went_all_the_same_does_not_go_again(room: PostRoom) -> None:
    await room.put(alert("a"))
    room.channel.fail_with(TryLater("busy"))
    await drain(room.worker())
    [tried] = await room.attempts("a")
    await says_that_it_has_it(room, attempt_id=tried.id)
    room.clock.advance(days=1)
    await drain(room.worker())
    assert (await stands(room), room.sent()) == ((State.SENT, [(Outcome.FOUND, "SM1")]), [])


async def test_what_was_withdrawn_stays_so(room: PostRoom) -> None:
    tried = await unknown(room)
    await room.withdraw("a")
    await says_that_it_has_it(room, attempt_id=tried.id)
    assert await stands(room) == (State.WITHDRAWN, [(Outcome.FOUND, "SM1")])


async def test_by_the_id_that_the_world_sees_it_is_the_newest_attempt_that_can_be_it(room: PostRoom) -> None:
    await unknown(room)
    room.clock.advance(minutes=20)
    room.channel.fail_with(Unknown("hung up"))
    await drain(room.worker())
    name = outside_id_of(wanted("a").name, b"planwatch")
    assert await says_that_it_has_it(room, "SM2", outside_id=name)
    assert await stands(room) == (State.SENT, [(Outcome.UNKNOWN, None), (Outcome.FOUND, "SM2")])
    assert await says_that_it_has_it(room, "SM1", outside_id=name)
    assert await stands(room) == (State.SENT, [(Outcome.FOUND, "SM1"), (Outcome.FOUND, "SM2")])
    assert not await says_that_it_has_it(room, "SM3", outside_id=name)


async def test_an_attempt_at_another_provider_is_never_meant(room: PostRoom) -> None:
    tried = await unknown(room)
    named = {"attempt_id": tried.id, "outside_id": outside_id_of(wanted("a").name, b"planwatch")}
    other = replace(report(room, "SM1", **named), provider="notify")
    async with transaction(room.sessions) as session:
        assert await attempt_reported(session, other) is None


async def test_that_an_older_attempt_failed_ends_nothing(room: PostRoom) -> None:
    first = await unknown(room)
    room.clock.advance(minutes=20)
    await drain(room.worker())
    assert await says_that_it_failed(room, Undeliverable("undelivered"), attempt_id=first.id) is None
    assert (await room.row("a")).state is State.SENT


async def test_that_the_newest_failed_is_told_once(room: PostRoom) -> None:
    tried = await unknown(room)
    row = await says_that_it_failed(room, Undeliverable("undelivered"), attempt_id=tried.id)
    assert row is not None
    assert (row.state, row.reason) == (State.UNDELIVERABLE, "undelivered")
    assert await says_that_it_failed(room, Undeliverable("undelivered"), attempt_id=tried.id) is None


STOPPED = FAMILY | {"template": "reply_stop", "purpose": Purpose.REPLY, "context": {}}


async def test_the_answer_to_stop_that_a_provider_blocks_is_blocked_and_nobody_is_told(room: PostRoom) -> None:
    await room.put(wanted("a", **STOPPED))
    room.channel.refuse("+447700900456", Blocked("opted out (21610)"))
    await drain(room.worker())
    row = await room.row("a")
    assert (row.state, row.reason, room.told) == (State.WITHHELD, "opted_out", [])
    room.clock.advance(days=2)
    assert await drain(room.worker()) == 0


async def test_blocked_after_it_was_taken_it_is_the_same(room: PostRoom) -> None:
    await room.put(wanted("a", **STOPPED))
    await drain(room.worker())
    row = await says_that_it_failed(room, Blocked("opted out (21610)"), "memory-1")
    assert row is not None
    assert (row.state, row.reason) == (State.WITHHELD, "opted_out")


async def test_any_other_text_to_a_blocked_number_is_undeliverable_told_once_and_never_tried_elsewhere(
    room: PostRoom,
) -> None:
    other = MemorySender("notify")
    await room.put(wanted("a", **FAMILY))
    room.channel.refuse("+447700900456", Blocked("opted out (21610)"))
    worker = Delivery(
        room.sessions, room.senders(room.channel, other), one_by_one(room.check), room.clock, "w", room.tell
    )
    await drain(worker)
    room.clock.advance(days=2)
    await drain(worker)
    assert ((await room.row("a")).state, other.sent) == (State.UNDELIVERABLE, [])
    assert room.told == [("a", "undeliverable", "Blocked")]


def test_a_block_is_an_end_like_any_refusal_of_a_number() -> None:
    assert retry.outcome_of(Blocked("opted out")) is Outcome.UNDELIVERABLE
