"""Storms: a fault elsewhere becomes no flood of texts, and keeps no alert waiting."""

import pytest
from sqlalchemy import event, func, select

from config.database import reading, transaction
from notifications.message import Channel, Later, Message, Purpose
from notifications.outbox import outbox, rate_limits, suspension
from notifications.outbox.suspension import Kind, SuspensionCause
from notifications.tables import message
from service.domain.own_id import OwnId
from service.use_cases.delivery.check_message import MessageCheck
from service.use_cases.delivery.rate_limits import notice_storm
from service.use_cases.looks.look_at_plan import look_at_plan
from service.use_cases.operations.release import release
from tests.world import World, book

NAN = "+447700900199"


async def notices(world: World, number: int, person: str = "w-sw") -> None:
    """So many routine messages about the end of a plan, due now."""
    now = world.clock.now()
    context = {"plan": "P-1001", "initials": None, "link": None, "ended": "Mon 5 Jan 2026", "cancelled": 0}
    wanted = [
        Message(
            f"notice|plan_ended|e-{n}|P-1001|{person}", Channel.EMAIL, Purpose.NOTICE, False, "P-1001", "dudley",
            "social_worker", person, ({"event": "end"},), "plan_ended", context, now,
        ) for n in range(number)
    ]  # fmt: skip
    async with transaction(world.service.sessions) as session:
        await outbox.put(session, wanted, now)


async def open_one(world: World) -> suspension.Suspension | None:
    async with reading(world.service.sessions) as session:
        return await suspension.current(session, world.clock.now())


async def test_more_than_five_hundred_at_once_are_held_back_for_a_quarter_of_an_hour(world: World) -> None:
    await notices(world, rate_limits.STORM + 1)
    assert await notice_storm(world.service.sessions, book(), world.clock.now())
    found = await open_one(world)
    assert found is not None
    assert (found.kind, found.cause, found.by) == (Kind.PAUSE, SuspensionCause.STORM, "planwatch")
    world.clock.advance(minutes=14)
    assert await open_one(world) is not None
    world.clock.advance(minutes=1)
    assert await open_one(world) is None
    assert not await notice_storm(world.service.sessions, book(), world.clock.now())


async def test_an_alert_passes_a_storm_and_the_owner_hears_of_it(world: World) -> None:
    await notices(world, rate_limits.STORM + 1)
    await notice_storm(world.service.sessions, book(), world.clock.now())
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    await world.tick()
    assert [one.urgent for one in world.everything()] == [True] * len(world.everything())
    assert len(world.phone("w-tm")) == 1
    assert any("far more messages" in subject for subject in world.subjects("w-config"))


@pytest.mark.both_databases
async def test_a_release_lets_a_storm_go_and_it_is_not_held_again(world: World) -> None:
    await notices(world, rate_limits.STORM + 1)
    await notice_storm(world.service.sessions, book(), world.clock.now())
    await release(world.service.sessions, book(), world.clock, "ops")
    world.clock.advance(minutes=1)
    assert not await notice_storm(world.service.sessions, book(), world.clock.now())


async def test_a_usual_morning_is_no_storm(world: World) -> None:
    await notices(world, rate_limits.STORM)
    assert not await notice_storm(world.service.sessions, book(), world.clock.now())


@pytest.mark.parametrize(("each", "is_storm"), [(3, False), (4, True)])
async def test_the_limit_of_a_storm_grows_with_the_people_who_are_told(
    world: World, each: int, *, is_storm: bool
) -> None:
    for number in range(rate_limits.STORM // each + 1):
        await notices(world, each, f"w-{number}")
    assert await notice_storm(world.service.sessions, book(), world.clock.now()) == is_storm


async def test_the_thirty_first_message_to_a_worker_waits_an_hour_and_the_owner_is_told(world: World) -> None:
    await world.receive("plan.ended", id="end", reason="x", on=world.today())
    await notices(world, 40)
    await world.tick()
    assert len(world.inbox("w-sw")) == rate_limits.WORKER_AN_HOUR
    await world.advance(minutes=61)
    assert len(world.inbox("w-sw")) >= 40
    assert sum("too many" in subject for subject in world.subjects("w-config")) == 1


async def test_messages_that_wait_in_one_claim_are_told_of_once(world: World) -> None:
    await world.receive("plan.ended", id="end", reason="x", on=world.today())
    await notices(world, 80)
    assert await statements_of_check(world, 40) == await statements_of_check(world, 80)


async def statements_of_check(world: World, number: int) -> int:
    """How many statements the last check of so many messages takes, of which ten or more are too many."""
    statements: list[object] = []
    async with reading(world.service.sessions) as session:
        rows = [row for row in await outbox.recent(session) if row.message.person == "w-sw"][:number]
        connection = await session.connection()
        event.listen(connection.sync_connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        decisions = await MessageCheck(world.service.book, world.clock)(session, rows)
    assert sum(isinstance(decision, Later) for decision in decisions) == number - rate_limits.WORKER_AN_HOUR
    return len(statements)


async def test_a_fourth_text_within_an_hour_is_withheld_and_the_worker_told(world: World) -> None:
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    for number in range(4):
        plan = f"P-20{number:02}"
        await world.open_plan(plan)
        await world.receive("role.assigned", plan, role="network_member", person="f-nan")
        await world.receive("check_ins.started", plan, people=["f-nan"], days=["tue"], at=f"10:0{number}")
    await world.until("2026-01-06T11:00")
    assert len([one for one in world.everything() if one.address == NAN]) == rate_limits.FAMILY_AN_HOUR
    await world.until("2026-01-07T09:00")
    emails = [" ".join(email.content.text.split()) for email in world.inbox("w-sw")]
    assert sum("had been sent as many texts as it may get in an hour" in text for text in emails) == 1


async def test_the_same_alert_is_not_doubled_by_a_loop(world: World) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    for _ in range(50):
        async with transaction(world.service.sessions) as session:
            await look_at_plan(session, book(), OwnId("dudley", "P-1001"), world.clock.now())
    await world.tick()
    async with reading(world.service.sessions) as session:
        number = await session.scalar(select(func.count()).where(message.c.urgent.is_(True)))
    assert (number, len(world.everything())) == (4, 4)  # two holders, two ways
