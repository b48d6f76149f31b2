"""Events that come at once, to several processes on one database: what one of them adds, the others do not miss."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.event import listen

from config.database import reading
from notifications.tables import message
from service.domain.facts import Facts
from service.domain.look import Look, look_at
from service.domain.policy import PolicyBook
from service.store import tables
from service.store.tables import event, event_wait
from service.use_cases.intake.receive_events import Received
from tests.waiting import others_turn
from tests.world import World

pytestmark = pytest.mark.both_databases

PLANS = [f"P-2{n:02}" for n in range(12)]


async def count(world: World, question: object) -> int:
    async with reading(world.service.sessions) as session:
        return await session.scalar(select(func.count()).select_from(question)) or 0  # type: ignore[arg-type]


async def test_no_event_waits_for_a_plan_that_was_introduced_in_the_same_moment(world: World) -> None:
    pairs = [(world.open_plan(plan), world.receive("flag.raised", plan, flag="domestic_abuse")) for plan in PLANS]
    await asyncio.gather(*(one for pair in pairs for one in pair))
    assert await count(world, event_wait) == 0
    async with reading(world.service.sessions) as session:
        assert (await session.scalars(select(event.c.id).where(event.c.waiting))).all() == []


async def test_the_same_events_to_everybody_at_once_are_taken_once(world: World) -> None:
    same = [world.event("visit.recorded", by="w-sw"), world.event("visit.planned", ref="v", by="w-sw", at=MOMENT)]
    received = await asyncio.gather(*(world.service.receive(same) for _ in range(8)))
    assert sum(one.accepted for one in received) == 2
    assert sum(one.duplicates for one in received) == 14


MOMENT = "2026-01-20T10:00:00+00:00"


async def visits_at_once(world: World, *ids: str) -> list[Received | BaseException]:
    """What came of visits, each in a request of its own, when those who take them in have ended."""
    visits = [world.event("visit.recorded", id=name, by="w-sw") for name in ids]
    requests = [asyncio.create_task(world.service.receive([visit])) for visit in visits]
    await others_turn()  # all are submitted now
    await asyncio.wait(asyncio.all_tasks().difference(requests, [asyncio.current_task()]))
    assert all(request.done() for request in requests), "nobody is left who could answer"
    return await asyncio.gather(*requests, return_exceptions=True)


async def test_what_one_sender_submits_at_once_shares_a_transaction(world: World) -> None:
    commits: list[object] = []
    listen(world.service.engine.sync_engine, "commit", commits.append)
    received = await visits_at_once(world, *(f"v-{n}" for n in range(12)), "v-3")
    assert received == [Received(1, 0, 0, ())] * 12 + [Received(0, 1, 0, ())]
    assert len(commits) == 1


async def test_whoever_cannot_be_taken_costs_the_neighbours_nothing(world: World) -> None:
    def fail(_1: object, _2: object, statement: str, values: object, *_: object) -> None:
        if statement.startswith("INSERT INTO event ") and "v-bad" in str(values):
            raise ZeroDivisionError

    listen(world.service.engine.sync_engine, "before_cursor_execute", fail)
    good, bad, other = await visits_at_once(world, "v-good", "v-bad", "v-other")
    assert (good, other) == (Received(1, 0, 0, ()), Received(1, 0, 0, ()))
    assert isinstance(bad, ZeroDivisionError)


async def test_each_is_told_what_is_wrong_with_its_own(world: World) -> None:
    tomorrow = world.event(
        "visit.recorded", id="v-2", by="w-sw", on=(world.clock.now() + timedelta(days=1)).date().isoformat()
    )
    faulty = world.event("visit.recorded", id="v-3", by=17)
    sound = world.event("visit.recorded", id="v-1", by="w-sw")
    answers = await asyncio.gather(*(world.service.receive([raw]) for raw in (sound, tomorrow, faulty)))
    assert [(len(answer.rejected), [place for place, _ in answer.warnings]) for answer in answers] == [
        (0, []),
        (0, [0]),
        (1, []),
    ]


async def test_who_has_gone_before_its_turn_is_not_taken(world: World) -> None:
    visits = [world.event("visit.recorded", id=name, by="w-sw") for name in ("v-1", "v-2")]
    gone, stays = (asyncio.create_task(world.service.receive([visit])) for visit in visits)
    await others_turn()  # both are submitted now
    gone.cancel()
    assert (await stays).accepted == 1
    async with reading(world.service.sessions) as session:
        assert (await session.scalars(select(event.c.id).where(event.c.type == "visit.recorded"))).all() == ["v-2"]


async def test_where_one_plan_cannot_be_looked_at_the_others_of_its_transaction_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for plan in PLANS[:3]:
        await world.open_plan(plan)

    def fail(book: PolicyBook, facts: Facts | None, *arguments: object, **more: object) -> Look:
        if facts is not None and facts.plan == PLANS[1]:
            raise ZeroDivisionError
        return look_at(book, facts, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("service.use_cases.looks.look_at_plan.look_at", fail)
    raws = [world.event("flag.raised", plan, flag="domestic_abuse") for plan in PLANS[:3]]
    assert (await world.service.receive(raws)).accepted == 3
    async with reading(world.service.sessions) as session:
        rows = (await session.execute(select(tables.plan.c.id, tables.plan.c.fault))).all()
    assert {name for name, fault in rows if fault is not None} == {PLANS[1]}


async def test_what_came_together_is_in_effect_as_if_each_had_come_alone(world: World) -> None:
    for plan in PLANS[:3]:
        await world.open_plan(plan)
    visits = [world.event("visit.recorded", plan, by="w-sw") for plan in PLANS[:3]]
    await asyncio.gather(*(world.service.receive([visit], looks=1) for visit in visits))
    assert await plans_due(world) == set()


async def test_of_many_plans_one_with_an_alert_is_looked_at_first(world: World) -> None:
    for plan in PLANS[:3]:
        await world.open_plan(plan)
    visits = [world.event("visit.recorded", plan, by="w-sw") for plan in PLANS[:3]]
    crossed = world.event("bottom_line.breached", PLANS[2], bottom_line="x", at=world.now_text())
    await world.service.receive([*visits, crossed], looks=1)
    async with reading(world.service.sessions) as session:
        alerted = set(await session.scalars(select(message.c.plan).where(message.c.urgent)))
    assert alerted == {PLANS[2]}
    assert await plans_due(world) == {*PLANS[:2]}


async def plans_due(world: World) -> set[str]:
    """The plans that are to be looked at by now."""
    due = tables.plan.c.next_look <= world.clock.now()
    async with reading(world.service.sessions) as session:
        return set(await session.scalars(select(tables.plan.c.id).where(due)))
