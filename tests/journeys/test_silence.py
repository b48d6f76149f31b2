"""Nothing is concluded from silence before all is here that the provider got: nobody is wronged by our being deaf."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from config.database import reading
from notifications.errors import TryLater
from notifications.message import Channel, ReceivedText
from service.domain.own_id import OwnId
from service.store import events, pulls
from service.use_cases.texts.receive_text import store_text
from tests.databases import ON_SQLITE
from tests.memory_sender import PulledMemorySender
from tests.world import NUMBERS, World, moment, world_in

NAN = "+447700900199"  # the number of everybody who is not on the staff
SILENT = ("not answered", "in a row")


@pytest.fixture
async def world(staffed_database: str) -> AsyncIterator[World]:
    """A world whose texts go through a provider that keeps the answers; a grandmother is asked at ten each day."""
    async with world_in(staffed_database, sms=PulledMemorySender("twilio")) as made:
        await made.service.receive([made.person("f-nan", "family")])
        await made.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
        days = ["mon", "tue", "wed", "thu", "fri"]
        await made.receive("check_ins.started", id="c-1", people=["f-nan"], days=days, at="10:00")
        yield made


def provider(world: World) -> PulledMemorySender:
    sender = world.senders[Channel.SMS]
    assert isinstance(sender, PulledMemorySender)
    return sender


def answers(world: World, text: str, at: str, number: str = NAN) -> None:
    """Somebody writes at a local moment, and only the provider knows of it."""
    kept = provider(world).kept
    kept.append(ReceivedText(f"SM-{len(kept)}", number, text, moment(at)))


def deaf(world: World) -> None:
    provider(world).fault = TryLater("it does not say (503)")


async def at(world: World, *moments: str) -> None:
    """Go on to these local moments, and do at each what is due by then: cheaper than every moment between."""
    for one in moments:
        world.clock.set(moment(one))
        await world.tick()


# Two days' texts and mornings: asked, two hours later, an hour past that, the next morning.
TWO_DAYS = [
    f"2026-01-0{day}T{hour}"
    for day in (5, 6, 7)
    for hour in ("08:30", "09:30", "10:00", "12:00", "13:00", "18:00")
    if "05T10:00" < f"0{day}T{hour}" <= "07T09:30"
]


def silent(world: World) -> list[str]:
    """What the social worker was told of answers that did not come."""
    return [one for one in world.subjects("w-sw") if any(words in one for words in SILENT)]


async def test_an_answer_that_only_the_provider_got_is_one_by_its_own_hour(world: World) -> None:
    await world.until("2026-01-05T10:20")
    answers(world, "1", "2026-01-05T10:20")
    await world.until("2026-01-06T09:30")
    assert silent(world) == []
    async with reading(world.service.sessions) as session:
        [reply] = [
            raw for raw in await events.of_plan(session, OwnId("dudley", "P-1001")) if raw["type"] == "check_in.replied"
        ]
    assert reply["data"]["at"] == "2026-01-05T10:20:00+00:00"


@ON_SQLITE
async def test_where_we_hear_and_nothing_came_it_is_missed_as_ever(world: World) -> None:
    await world.until("2026-01-06T09:30")
    assert silent(world) == ["P-1001: a check-in was not answered"]
    await world.until("2026-01-06T12:02")
    assert silent(world)[1:] == ["P-1001: check-ins unanswered in a row"]


@ON_SQLITE
async def test_while_we_are_deaf_nobody_is_taken_for_not_having_answered(world: World) -> None:
    await world.until("2026-01-05T10:05")
    deaf(world)
    await at(world, *TWO_DAYS)
    assert silent(world) == []


async def test_when_we_hear_again_what_was_answered_is_and_what_was_not_is_missed(world: World) -> None:
    await world.until("2026-01-05T10:05")
    deaf(world)
    await at(world, *TWO_DAYS)
    answers(world, "1", "2026-01-06T10:59")
    provider(world).fault = None
    await world.advance(minutes=2)
    assert silent(world) == ["P-1001: a check-in was not answered"]
    assert "5 Jan 10:00" in world.inbox("w-sw")[-1].content.text


@ON_SQLITE
async def test_an_answer_that_came_too_late_is_none_though_it_was_pulled_later(world: World) -> None:
    await world.until("2026-01-05T10:05")
    deaf(world)
    answers(world, "1", "2026-01-05T12:05")
    await at(world, "2026-01-05T12:05", "2026-01-06T09:30")
    provider(world).fault = None
    await world.advance(minutes=2)
    assert silent(world) == ["P-1001: a check-in was not answered"]


@ON_SQLITE
async def test_an_hour_past_its_time_the_worker_is_told_once_that_it_is_we_who_cannot_hear(world: World) -> None:
    await world.until("2026-01-05T10:05")
    deaf(world)
    await at(world, "2026-01-05T12:00", "2026-01-05T12:59")
    assert world.phone("w-sw") == []
    await at(world, "2026-01-05T13:00")
    [text] = world.phone("w-sw")
    assert "replies to check-ins cannot reach us" in text.content.text
    assert "It is we who do not hear" in " ".join(world.inbox("w-sw")[-1].content.text.split())
    await at(world, *[one for one in TWO_DAYS if one > "2026-01-05T13:00"])
    assert len(world.phone("w-sw")) == 1
    assert world.phone("w-tm") == []


async def test_the_configuration_owner_is_told_after_a_quarter_of_an_hour_and_once(world: World) -> None:
    deaf(world)
    await at(world, *[f"2026-01-05T09:{minute:02}" for minute in range(1, 40, 4)])
    told = [one for one in world.subjects("w-config") if "cannot be asked" in one]
    assert len(told) == 1
    assert "503" not in world.inbox("w-config")[-1].content.text


async def test_pushed_and_pulled_it_is_one_text(world: World) -> None:
    await world.until("2026-01-05T10:20")
    answers(world, "2", "2026-01-05T10:20")
    await store_text(world.service.sessions, "twilio", "SM-0", {"From": NAN, "Body": "2"}, world.clock.now())
    await at(world, *[f"2026-01-05T10:{minute}" for minute in range(20, 25)])
    assert len(world.phone("w-sw")) == 1  # one call was asked for
    assert len([one for one in world.everything() if one.address == NAN]) == 2  # asked, and answered once


@ON_SQLITE
async def test_an_alert_that_was_acknowledged_while_we_were_deaf_is_acknowledged_at_its_hour(world: World) -> None:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.advance(minutes=1)
    deaf(world)
    for who in ("w-tm", "w-hsm"):
        code = world.phone(who)[0].content.text.partition("eply ")[2][:6]
        answers(world, code, "2026-01-05T09:10", NUMBERS[who])
    await world.until("2026-01-05T09:20")
    provider(world).fault = None
    await world.until("2026-01-05T10:35")
    assert (len(world.phone("w-tm")), world.phone("w-oncall")) == (2, [])  # the alert, and the answer to her text
    async with reading(world.service.sessions) as session:
        raws = [
            raw
            for raw in await events.of_plan(session, OwnId("dudley", "P-1001"))
            if raw["type"] == "alert.acknowledged"
        ]
    assert {raw["data"]["at"] for raw in raws} == {"2026-01-05T09:10:00+00:00"}


@ON_SQLITE
async def test_a_pull_that_brings_nothing_covers_nothing(world: World) -> None:
    await world.tick()
    async with reading(world.service.sessions) as session:
        before = await pulls.heard_until(session)
    deaf(world)
    await world.advance(minutes=5)
    async with reading(world.service.sessions) as session:
        assert await pulls.heard_until(session) == before


@ON_SQLITE
async def test_a_provider_that_is_not_set_up_any_more_keeps_nobody_waiting(world: World) -> None:
    deaf(world)
    await world.until("2026-01-05T12:30")
    world.senders = {**world.senders, Channel.SMS: type(world.senders[Channel.EMAIL])()}
    world = await world.reopen()
    await world.until("2026-01-06T09:30")
    assert silent(world) == ["P-1001: a check-in was not answered"]
    await world.close()


@ON_SQLITE
async def test_two_hours_run_from_the_hand_over_and_not_from_the_decision(world: World) -> None:
    provider(world).fail_with(*[TryLater("later", timedelta(minutes=89))])
    await world.until("2026-01-05T11:35")
    [text] = [one for one in world.everything() if one.address == NAN]
    assert text.started_at >= moment("2026-01-05T11:29")
    answers(world, "1", "2026-01-05T13:20")  # within two hours of the hand-over, three and more of the decision
    await world.until("2026-01-06T09:55")
    assert silent(world) == []
