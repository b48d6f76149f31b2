"""Two providers of texts, one down: the other takes the message, and no message ever lies open at both."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest

from notifications.message import Channel, Message, Outcome, State
from notifications.outbox.deliver import Delivery
from notifications.providers.sender import Sender
from tests.contract.notify_double import HANG_UP as TAKES_IT_AND_HANGS_UP
from tests.contract.notify_double import LOSE, NotifyDouble, notify_double
from tests.contract.post_room import START, PostRoom, alert, drain, one_by_one, post_room, wanted
from tests.contract.twilio_double import TwilioDouble, twilio_double

NOBODY = "http://127.0.0.1:1"


@dataclass
class Town:
    """An outbox and two providers, each with a log of its own."""

    room: PostRoom
    twilio: TwilioDouble
    notify: NotifyDouble

    def worker(self, *senders: Sender) -> Delivery:
        """A worker with these, in this order; without any, with Twilio before Notify."""
        there = senders or (self.twilio.sender(), self.notify.sender())
        return Delivery(
            self.room.sessions,
            self.room.senders(*there),
            one_by_one(self.room.check),
            self.room.clock,
            "w",
            self.room.tell,
        )

    async def after(self, worker: Delivery, **by: float) -> None:
        """Let time pass for all of them, and the worker do what is due."""
        self.twilio.now = self.notify.now = self.room.clock.advance(**by)
        await drain(worker)

    def log(self) -> tuple[int, int]:
        """How many texts were handed to Twilio and to Notify, whatever they answered."""
        posted = [[one for one in double.requests if one.method == "POST"] for double in (self.twilio, self.notify)]
        return len(posted[0]), len(posted[1])


@pytest.fixture
async def town(database: str) -> AsyncIterator[Town]:
    """A town at half past eight."""
    async with AsyncExitStack() as stack:
        room = await stack.enter_async_context(post_room(database))
        twilio = await stack.enter_async_context(twilio_double())
        notify = await stack.enter_async_context(notify_double())
        twilio.now = notify.now = START
        yield Town(room, twilio, notify)


def text(key: str, **changed: object) -> Message:
    """An alert by text."""
    return alert(key, channel=Channel.SMS, template="fallback", context={"plan": "P-1", "urgent": True}, **changed)


async def outcomes(town: Town, key: str = "a") -> list[tuple[str | None, Outcome | None]]:
    """Each attempt at a message: where, and what became of it."""
    return [(one.provider, one.outcome) for one in await town.room.attempts(key)]


async def test_a_provider_that_nobody_reaches_is_stood_in_for_at_once(town: Town) -> None:
    await town.room.put(text("a"))
    await town.after(town.worker(town.twilio.sender(base_url=NOBODY), town.notify.sender()))
    assert town.log() == (0, 1)
    assert await outcomes(town) == [("twilio", Outcome.MISCONFIGURED), ("notify", Outcome.ACCEPTED)]


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (403, 20403), (400, 21606)])
async def test_one_that_refuses_us_is_stood_in_for_at_once(town: Town, status: int, code: int) -> None:
    town.twilio.refuse(status, code)
    await town.room.put(text("a"))
    await town.after(town.worker())
    assert (town.log(), len(town.notify.taken)) == ((1, 1), 1)


async def test_which_of_them_goes_first_is_their_order(town: Town) -> None:
    town.notify.refuse(403, "AuthError", "Invalid token")
    await town.room.put(text("a"))
    await town.after(town.worker(town.notify.sender(), town.twilio.sender()))
    assert await outcomes(town) == [("notify", Outcome.MISCONFIGURED), ("twilio", Outcome.ACCEPTED)]


async def test_a_number_that_is_refused_is_offered_to_nobody_else(town: Town) -> None:
    for refusal in (21211, 21610):
        town.twilio.refuse(400, refusal)
        await town.room.put(text(f"k-{refusal}"))
        await town.after(town.worker(), minutes=5)
    assert town.log() == (2, 0)
    assert [state for _, state, _ in town.room.told] == ["undeliverable", "undeliverable"]


async def test_what_was_lost_on_the_way_is_asked_for_twice_and_then_goes_to_the_other(town: Town) -> None:
    town.notify.instead = LOSE  # and lists all the same
    await town.room.put(text("a"))
    worker = town.worker(town.notify.sender(), town.twilio.sender())
    for seconds, asked in ((0, 0), (59, 0), (2, 1)):
        await town.after(worker, seconds=seconds)
        assert (town.log(), len(town.notify.requests)) == ((0, 1), 1 + asked)
    await town.after(worker, seconds=31)
    assert (town.log(), len(town.twilio.texts), town.notify.taken) == ((1, 1), 1, [])
    assert await outcomes(town) == [("notify", Outcome.NOT_FOUND), ("twilio", Outcome.ACCEPTED)]
    assert "epeat" not in str(town.twilio.texts[0]["body"])


async def test_what_went_all_the_same_goes_to_nobody_else(town: Town) -> None:
    town.notify.instead = TAKES_IT_AND_HANGS_UP
    await town.room.put(text("a"))
    worker = town.worker(town.notify.sender(), town.twilio.sender())
    for _ in range(6):
        await town.after(worker, seconds=31)
    assert (town.log(), len(town.notify.taken)) == ((0, 1), 1)
    assert await outcomes(town) == [("notify", Outcome.FOUND)]


async def test_one_that_only_says_503_is_stood_in_for_after_minutes_in_which_it_was_asked(town: Town) -> None:
    town.twilio.refuse(503)
    await town.room.put(text("a"))
    worker = town.worker()
    await town.after(worker)
    for _ in range(7):
        await town.after(worker, seconds=30)
    assert town.log() == (1, 0)  # three and a half minutes: it may lie at Twilio
    for _ in range(3):
        await town.after(worker, seconds=30)
    assert (town.log(), len(town.notify.taken)) == ((1, 1), 1)
    assert "May repeat" in town.notify.taken[0]["said"]["body"]


async def test_meanwhile_the_others_go_elsewhere(town: Town) -> None:
    town.twilio.refuse(503)
    await town.room.put(text("a"), text("b", at=START + timedelta(seconds=1)))
    worker = town.worker()
    await town.after(worker)
    await town.after(worker, seconds=2)
    assert await outcomes(town, "b") == [("notify", Outcome.ACCEPTED)]
    assert town.log() == (1, 1)


async def test_a_text_that_must_not_be_late_stays_with_who_keeps_to_time(town: Town) -> None:
    about = {"family": True, "template": "fallback", "context": {"plan": None, "urgent": False}}
    await town.room.put(wanted("a", channel=Channel.SMS, valid_until=START + timedelta(hours=2), **about))
    town.twilio.refuse(401, 20003)
    worker = town.worker(town.notify.sender(), town.twilio.sender())
    await town.after(worker)
    assert town.log() == (1, 0)
    town.twilio.status, town.twilio.answer = 201, None
    await town.after(worker, minutes=2)
    assert (town.log(), (await town.room.row("a")).state) == ((2, 0), State.SENT)
