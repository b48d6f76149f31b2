"""The sleeper's return, after two days and after a week: alerts go late and say so, the rest as it is right by now."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from config.database import reading
from notifications.errors import Misconfigured
from notifications.message import Channel, ReceivedText
from service.domain.own_id import OwnId
from service.store import withheld
from tests.databases import ON_SQLITE
from tests.memory_sender import PulledMemorySender
from tests.world import World, moment, world_in

NAN = "+447700900199"  # the number of everybody who is not on the staff
DAYS = pytest.mark.parametrize("days", [2, 7])


@pytest.fixture
async def world(staffed_database: str) -> AsyncIterator[World]:
    """A world whose texts go through a provider that keeps the answers."""
    async with world_in(staffed_database, sms=PulledMemorySender("twilio")) as made:
        yield made


async def stand_still(world: World, **by: float) -> World:
    """Nothing is done for a while; then there is a new process."""
    world.clock.advance(**by)
    woken = await world.reopen()
    await woken.tick()
    return woken


async def breach(world: World) -> None:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())


async def check_ins(world: World, at: str = "10:00") -> None:
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    await world.receive("check_ins.started", id="c-1", people=["f-nan"], days=days, at=at)


def asked(world: World) -> list[str]:
    return [one.content.text for one in world.everything() if one.address == NAN]


def about(world: World, person: str, words: str) -> list[str]:
    return [one for one in world.subjects(person) if words in one]


# -------------------------------------------------------------------------------------------------------------- alerts


@DAYS
async def test_an_alert_goes_late_says_so_and_reaches_the_level_that_is_right_by_now(world: World, days: int) -> None:
    await breach(world)
    await world.tick()
    world = await stand_still(world, days=days, minutes=7)
    for person in ("w-tm", "w-hsm", "w-oncall", "w-head"):
        told = [one for one in (*world.phone(person), *world.inbox(person)) if "|b-1" in one.key or "#b-1" in one.key]
        fresh = [one for one in told if one.started_at == world.clock.now()]
        assert [one.channel for one in fresh] == [Channel.SMS, Channel.EMAIL]
        assert all("late" in one.content.text.lower() for one in fresh)
    await world.close()


@ON_SQLITE
async def test_woken_up_in_the_very_second_of_a_repeat_it_is_late_all_the_same(world: World) -> None:
    await breach(world)
    await world.tick()
    world = await stand_still(world, days=2)
    assert "late" in world.phone("w-tm")[-1].content.text.lower()
    await world.close()


@ON_SQLITE
async def test_told_in_time_it_does_not_say_that_it_is_late(world: World) -> None:
    await breach(world)
    await world.advance(minutes=65)
    assert len(world.phone("w-tm")) == 3
    assert not [one for one in world.everything() if "late" in one.content.text.lower()]


@DAYS
async def test_an_alert_that_had_not_gone_when_sleep_came_goes_once_to_each(world: World, days: int) -> None:
    for sender in world.senders.values():
        sender.fail_with(*[Misconfigured("down")] * 2)
    await breach(world)
    await world.tick()
    assert world.everything() == []
    world = await stand_still(world, days=days, minutes=7)
    for person in ("w-tm", "w-hsm"):
        told = [one for one in (*world.phone(person), *world.inbox(person)) if one.key.startswith("alert|")]
        assert [one.channel for one in told] == [Channel.SMS, Channel.EMAIL]
        assert all("late" in one.content.text.lower() for one in told)
    await world.close()


@ON_SQLITE
async def test_an_alert_that_waited_for_the_mail_server_says_so(world: World) -> None:
    world.senders[Channel.EMAIL].fail_with(*[Misconfigured("down")] * 8)
    await breach(world)
    await world.advance(minutes=10)
    assert "This message is late" in world.inbox("w-tm")[0].content.text
    assert "late" not in world.phone("w-tm")[0].content.text.lower()


@ON_SQLITE
async def test_acknowledged_while_we_slept_nobody_is_alerted_any_more(world: World) -> None:
    await breach(world)
    await world.tick()
    codes = {person: world.phone(person)[0].content.text.partition("eply ")[2][:6] for person in ("w-tm", "w-hsm")}
    kept = world.senders[Channel.SMS]
    assert isinstance(kept, PulledMemorySender)
    when = world.clock.now() + timedelta(minutes=10)
    for place, (person, code) in enumerate(codes.items()):
        kept.kept.append(ReceivedText(f"SM-{place}", world.phone(person)[0].address, code, when))
    world = await stand_still(world, days=2, minutes=7)
    fresh = [one for one in world.everything() if one.started_at == world.clock.now()]
    assert [one for one in fresh if one.key.startswith("alert|")] == []
    await world.close()


# ----------------------------------------------------------------------------------------------------------- reminders


async def test_of_two_reminders_that_were_slept_through_one_goes(world: World) -> None:
    await world.until("2026-01-23T12:00")  # a visit is due by 2 February: reminders on 26 and 29 January
    before = len(world.inbox("w-sw"))
    world.clock.set(moment("2026-01-30T12:00"))
    world = await world.reopen()
    await world.advance(hours=1)
    assert len(world.inbox("w-sw")) == before + 1
    await world.close()


@ON_SQLITE
@pytest.mark.parametrize("wakes", ["2026-02-04T12:00", "2026-02-11T12:00"])
async def test_a_reminder_whose_day_has_passed_gives_way_to_one_overdue_message(world: World, wakes: str) -> None:
    await world.until("2026-01-30T12:00")
    before = len(world.inbox("w-sw"))
    world.clock.set(moment(wakes))
    world = await world.reopen()
    await world.advance(hours=1)
    [late] = world.subjects("w-sw")[before:]
    assert late == "P-1001: a date has passed"
    assert about(world, "w-sw", "for today") == []
    await world.close()


# ----------------------------------------------------------------------------------------------------------- check-ins


@DAYS
async def test_check_ins_whose_time_has_passed_are_not_sent_and_we_say_that_we_did_not_ask(
    world: World, days: int
) -> None:
    await check_ins(world)
    await world.until("2026-01-05T09:30")
    world = await stand_still(world, days=days, hours=12)
    assert asked(world) == []
    await world.advance(hours=12)
    assert about(world, "w-sw", "we did not ask") == ["P-1001: we did not ask: a check-in text was not sent"]
    assert about(world, "w-sw", "not answered") + about(world, "w-sw", "in a row") == []
    async with reading(world.service.sessions) as session:
        held = await withheld.of_plan(session, OwnId("dudley", "P-1001"))
    assert {one.reason for one in held if one.purpose == "check_in"} == {"outdated"}
    assert len({one.key for one in held}) == days + 1
    await world.close()


@ON_SQLITE
async def test_inside_its_window_it_is_sent_once_and_the_two_hours_begin_then(world: World) -> None:
    await check_ins(world)
    await world.until("2026-01-05T09:30")
    world = await stand_still(world, days=2, hours=3)  # Wednesday at half past twelve
    assert len(asked(world)) == 1
    await world.until("2026-01-07T14:00")
    assert about(world, "w-sw", "not answered") == []
    await world.until("2026-01-08T09:00")
    assert about(world, "w-sw", "not answered") == ["P-1001: a check-in was not answered"]
    assert len(asked(world)) == 1
    await world.close()


@ON_SQLITE
async def test_a_text_that_had_not_gone_when_sleep_came_stays_where_it_is(world: World) -> None:
    await check_ins(world)
    world.senders[Channel.SMS].fail_with(*[Misconfigured("down")] * 3)
    await world.until("2026-01-05T10:01")
    world = await stand_still(world, days=2, hours=12)
    assert asked(world) == []
    await world.advance(hours=12)
    assert about(world, "w-sw", "not answered") + about(world, "w-sw", "in a row") == []
    assert about(world, "w-sw", "could not be reached") + about(world, "w-sw", "we did not ask") != []
    await world.close()


@ON_SQLITE
async def test_a_call_that_was_asked_for_while_we_slept_is_told_and_gets_no_late_text(world: World) -> None:
    await check_ins(world)
    await world.until("2026-01-05T10:05")
    kept = world.senders[Channel.SMS]
    assert isinstance(kept, PulledMemorySender)
    kept.kept.append(ReceivedText("SM-1", NAN, "2", moment("2026-01-05T10:30")))
    world = await stand_still(world, days=2, hours=12)
    assert len(world.phone("w-sw")) == 1
    assert len(asked(world)) == 1
    async with reading(world.service.sessions) as session:
        held = await withheld.of_plan(session, OwnId("dudley", "P-1001"))
    assert [(one.to, one.reason) for one in held if one.purpose == "reply"] == [("f-nan", "outdated")]
    await world.close()
