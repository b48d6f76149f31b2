"""What would be told in the days ahead: what is then told, where nothing more is recorded; nothing is written."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from config.database import reading
from notifications.message import Channel
from notifications.tables import message
from service.domain.own_id import OwnId
from service.use_cases.overviews.days_ahead import DaysAhead, DaysAheadDesk
from tests.databases import ON_SQLITE
from tests.world import World, book

pytestmark = ON_SQLITE
FORTNIGHT = timedelta(days=14)


async def ahead(world: World, among: set[OwnId] | None = None, days: int = 14) -> DaysAhead:
    now = world.clock.now()
    return await DaysAheadDesk(world.service.sessions, book()).days_ahead(
        "dudley", among, now, now + timedelta(days=days)
    )


async def queued(world: World) -> Counter[tuple[str, str]]:
    """How often what was told to whom by email."""
    async with reading(world.service.sessions) as session:
        rows = await session.execute(
            select(message.c.template, message.c.person).where(message.c.channel == Channel.EMAIL)
        )
    return Counter((template, person) for template, person in rows)


async def test_what_is_ahead_is_what_is_then_told_and_asking_tells_nothing(world: World) -> None:
    await world.open_plan("P-1002", worker="w-sw2")
    await world.receive("assessment.completed", "P-1002", on=world.today())
    await world.advance(days=16)
    before = await queued(world)
    coming = await ahead(world)
    assert await queued(world) == before
    await world.advance(days=14)
    expected = await queued(world) - before
    assert Counter((entry.template, entry.person) for entry in coming.messages) == expected
    assert {"digest", "overdue"} <= {entry.template for entry in coming.messages}
    assert (coming.plan_count, coming.is_cut_short) == (2, False)


async def test_only_the_plans_that_are_asked_for_are_looked_over(world: World) -> None:
    await world.open_plan("P-1002", worker="w-sw2")
    await world.advance(days=16)
    only = OwnId("dudley", "P-1002")
    coming = await ahead(world, {only})
    assert list(coming.looked_over) == [only]
    assert {str(about["plan"]) for entry in coming.messages for about in entry.about} == {"P-1002"}
    assert (await ahead(world, set())).messages == []


async def test_an_alert_that_nobody_acknowledges_is_not_followed_for_ever(world: World) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    coming = await ahead(world)
    assert coming.is_cut_short
    assert "bottom_line" in {entry.template for entry in coming.messages}


async def test_a_plan_that_is_not_there_and_an_empty_database_have_nothing_ahead(world: World) -> None:
    async with reading(world.service.sessions) as session:
        assert await session.scalar(select(func.count()).select_from(message)) == 0
    now = world.clock.now()
    coming = await DaysAheadDesk(world.service.sessions, book()).days_ahead("wakefield", None, now, now + FORTNIGHT)
    assert (coming.messages, coming.plan_count) == ([], 0)


async def test_what_is_worked_out_once_is_kept_until_a_plan_is_looked_at_again(world: World) -> None:
    await world.open_plan("P-1002", worker="w-sw2")
    await world.receive("assessment.completed", "P-1002", on=world.today())
    await world.advance(days=16)
    desk, until = DaysAheadDesk(world.service.sessions, book()), world.clock.now() + FORTNIGHT
    before = await desk.days_ahead("dudley", None, world.clock.now(), until)
    await world.receive("visit.recorded", "P-1002", on=world.today(), by="w-sw2", child_seen=True)
    after = await desk.days_ahead("dudley", None, world.clock.now(), until)
    anew = await DaysAheadDesk(world.service.sessions, book()).days_ahead("dudley", None, world.clock.now(), until)
    assert after == anew != before
    again = await desk.days_ahead("dudley", None, world.clock.now(), until)
    kept = {id(message) for message in after.messages if message.plan}
    assert kept == {id(message) for message in again.messages if message.plan}
