"""What becomes of an event that comes in: taken, known, in conflict, waiting, refused."""

import asyncio

import pytest

from config.database import reading
from service.domain.admission import Refusal
from service.domain.own_id import OwnId
from service.store import events, obligations, persons, plans
from service.use_cases.intake.receive_events import Received, receive_events
from tests.world import World, book

pytestmark = pytest.mark.both_databases


async def counts(received: Received) -> tuple[int, int, int, int]:
    return received.accepted, received.duplicates, received.waiting, len(received.rejected)


async def receive(world: World, *raws: object, writer: str | None = None) -> tuple[int, int, int, int]:
    return await counts(await world.service.receive(raws, writer))


async def test_the_same_event_again_is_a_duplicate_and_changes_nothing(world: World) -> None:
    event = world.event("visit.recorded", by="w-sw")
    assert await receive(world, event) == (1, 0, 0, 0)
    assert await receive(world, event, event) == (0, 2, 0, 0)


async def test_the_same_id_with_other_content_is_a_conflict(world: World) -> None:
    event = world.event("visit.recorded", by="w-sw")
    await receive(world, event)
    received = await world.service.receive([event | {"data": {"by": "w-kp"}}])
    assert [one.refusal for _, one in received.rejected] == [Refusal.CONFLICT]
    assert not received.taken


async def test_the_same_id_from_another_source_is_another_event(world: World) -> None:
    event = world.event("visit.recorded", by="w-sw")
    assert await receive(world, event, event | {"source": "/dudley/other"}) == (2, 0, 0, 0)


async def test_the_order_of_keys_is_no_content(world: World) -> None:
    event = world.event("visit.recorded", by="w-sw", child_seen=True)
    turned = dict(reversed(event.items())) | {"data": {"child_seen": True, "by": "w-sw"}}
    assert await receive(world, event, turned) == (1, 1, 0, 0)


async def test_one_that_is_refused_does_not_keep_its_neighbours_out(world: World) -> None:
    good = world.event("visit.recorded", by="w-sw")
    received = await world.service.receive([{"id": "x"}, good, world.event("visit.recorded", by=7)])
    assert received.accepted == 1
    assert [(place, one.field) for place, one in received.rejected] == [(0, "specversion"), (2, "data.by")]


async def test_an_event_waits_for_its_plan_and_counts_from_its_introduction(world: World) -> None:
    visit = world.event("visit.recorded", "P-77", by="w-sw")
    assert await receive(world, visit) == (0, 0, 1, 0)
    async with reading(world.service.sessions) as session:
        assert (await events.counts(session))[1] == 1
    await world.open_plan("P-77")
    async with reading(world.service.sessions) as session:
        assert (await events.counts(session))[1] == 0
        assert [one.from_event for one in await obligations.of_plan(session, OwnId("dudley", "P-77"))].count(
            str(visit["id"])
        ) == 1


async def test_a_withdrawal_may_come_before_all_that_it_speaks_of(world: World) -> None:
    assert await receive(world, world.event("event.withdrawn", "P-78", event="v-1", reason="by mistake")) == (
        0,
        0,
        1,
        0,
    )
    await world.open_plan("P-78")
    await world.receive("visit.recorded", "P-78", id="v-1", by="w-sw")
    async with reading(world.service.sessions) as session:
        assert "v-1" not in [one.met_by for one in await obligations.of_plan(session, OwnId("dudley", "P-78"))]


async def test_a_role_waits_for_its_person(world: World) -> None:
    assert await receive(world, world.event("role.assigned", role="social_worker", person="w-new")) == (0, 0, 1, 0)
    await world.service.receive([world.person("w-new")])
    async with reading(world.service.sessions) as session:
        assert {one.responsible for one in await obligations.of_plan(session, OwnId("dudley", "P-1001"))} == {"w-new"}


async def test_within_a_batch_the_order_means_nothing(world: World) -> None:
    child = {"ref": "C", "initials": "A", "date_of_birth": "2012-05-03"}
    opened = world.event("plan.opened", "P-9", authority="dudley", child=child, route="child_in_need")
    assert await receive(world, world.event("visit.recorded", "P-9", by="w-sw"), opened) == (2, 0, 0, 0)


async def test_within_a_batch_two_authorities_may_use_one_id(world: World) -> None:
    ours, theirs = (
        world.event("visit.recorded", source=f"/{council}/test", by="w-sw") for council in ("dudley", "bradford")
    )
    assert await receive(world, ours, theirs) == (1, 0, 1, 0)


async def test_a_token_writes_its_own_authoritys_events_alone(world: World) -> None:
    role = world.event("role.assigned", None, authority="dudley", role="team_manager", person="w-sw")
    received = await world.service.receive([role], writer="bradford")
    assert [one.refusal for _, one in received.rejected] == [Refusal.FORBIDDEN]


async def test_what_a_token_says_of_another_authoritys_ids_is_of_its_own(world: World) -> None:
    """A visit to a plan and an absence of a person that it lacks wait; a person is recorded beside the other."""
    visit = world.event("visit.recorded", by="w-sw")
    away = world.event("absence.recorded", "w-sw", from_="2026-01-06", until="2026-01-07")
    theirs = world.event("person.recorded", "w-tm", authority="bradford", name="N", kind="worker")
    assert await receive(world, visit, away, theirs, writer="bradford") == (1, 0, 2, 0)
    async with reading(world.service.sessions) as session:
        managers = [OwnId("bradford", "w-tm"), OwnId("dudley", "w-tm")]
        assert await persons.known(session, managers) == set(managers)
        raws = await events.of_plan(session, OwnId("dudley", "P-1001"))
        assert str(visit["id"]) not in {raw["id"] for raw in raws}


async def test_an_event_is_named_by_its_authority_too(world: World) -> None:
    ours = world.event("visit.recorded", by="w-sw")
    assert await receive(world, ours | {"data": {"by": "w-kp"}}, writer="bradford") == (0, 0, 1, 0)
    assert await receive(world, ours, writer="dudley") == (1, 0, 0, 0)
    assert await receive(world, ours) == (0, 1, 0, 0)


async def test_what_another_authority_left_waiting_never_touches_the_plan(world: World) -> None:
    raw = world.event("plan.ended", "P-80", reason="x")
    assert await receive(world, raw, writer="bradford") == (0, 0, 1, 0)
    await world.open_plan("P-80")
    async with reading(world.service.sessions) as session:
        assert (await events.counts(session))[1] == 1
        assert len(await events.of_plan(session, OwnId("dudley", "P-80"))) == 2


async def test_twenty_at_once_leave_one_event(world: World) -> None:
    event = world.event("visit.recorded", by="w-sw")
    received = await asyncio.gather(*(world.service.receive([event]) for _ in range(20)))
    assert sum(one.accepted for one in received) == 1
    assert sum(one.duplicates for one in received) == 19


async def test_a_role_of_the_whole_authority_has_all_its_plans_looked_at(world: World) -> None:
    await world.tick()
    await world.service.receive(
        [world.event("role.ended", None, authority="dudley", role="team_manager", person="w-tm")]
    )
    async with reading(world.service.sessions) as session:
        assert await plans.next_due(session, world.clock.now()) == [OwnId("dudley", "P-1001")]


async def test_a_thousand_plans_are_left_to_the_next_tick(world: World) -> None:
    child = {"ref": "C", "initials": "A", "date_of_birth": "2012-05-03"}
    opened = [
        world.event("plan.opened", f"P-9{n:03}", authority="dudley", child=child, route="child_in_need")
        for n in range(30)
    ]
    received = await receive_events(world.service.sessions, book(), world.clock.now(), opened)
    async with reading(world.service.sessions) as session:
        assert len(await plans.next_due(session, world.clock.now(), 100)) == 10
    assert received.accepted == 30
