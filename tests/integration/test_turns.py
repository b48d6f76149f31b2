"""Whose events wait for whose, on PostgreSQL: for those that change what they name, and for no others."""

import asyncio

import pytest
from sqlalchemy import text

from config.database import reading, transaction
from service.domain.own_id import OwnId
from service.store import advisory_locks
from tests.waiting import until
from tests.world import World

_WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


@pytest.fixture
def world(postgres_world: World) -> World:
    return postgres_world


async def wait_until_somebody_waits(world: World) -> None:
    async def somebody_waits() -> bool:
        async with reading(world.service.sessions) as session:
            return bool(await session.scalar(_WAITING))

    await until(somebody_waits)


async def test_the_events_of_many_plans_that_name_one_worker_do_not_wait_for_each_other(world: World) -> None:
    async with transaction(world.service.sessions) as session:
        await advisory_locks.take(session, own={OwnId("dudley", "P-9999")}, named={OwnId("dudley", "w-sw")})
        assert (await world.receive("visit.recorded", by="w-sw")).accepted == 1


@pytest.mark.parametrize("changed", ["w-sw", "P-1001"])
async def test_an_event_waits_for_whoever_changes_what_it_names(world: World, changed: str) -> None:
    async with transaction(world.service.sessions) as session:
        await advisory_locks.take(session, own={OwnId("dudley", changed)})
        visit = asyncio.create_task(world.receive("visit.recorded", by="w-sw"))
        await wait_until_somebody_waits(world)
        assert not visit.done()
    assert (await visit).accepted == 1


async def test_who_says_stop_waits_for_all_who_name_them(world: World) -> None:
    """It counts on every plan that does: one that has just begun to must be seen."""
    await world.service.receive([world.person("f-mum", "family")])
    async with transaction(world.service.sessions) as session:
        await advisory_locks.take(session, own={OwnId("dudley", "P-9999")}, named={OwnId("dudley", "f-mum")})
        said = {"person": "f-mum", "text": "STOP", "at": world.now_text()}
        stop = asyncio.create_task(world.receive("check_in.replied", **said))
        await wait_until_somebody_waits(world)
        assert not stop.done()
    assert (await stop).accepted == 1


async def test_what_is_both_changed_and_named_is_kept_from_others(world: World) -> None:
    async with transaction(world.service.sessions) as session:
        await advisory_locks.take(session, own={OwnId("dudley", "w-sw")}, named={OwnId("dudley", "w-sw")})
        visit = asyncio.create_task(world.receive("visit.recorded", by="w-sw"))
        await wait_until_somebody_waits(world)
        assert not visit.done()
    assert (await visit).accepted == 1


async def test_a_crowd_that_waits_for_one_plan_leaves_connections_to_others(world: World) -> None:
    async with transaction(world.service.sessions) as session:
        await advisory_locks.take(session, own={OwnId("dudley", "P-1001")})
        crowd = [asyncio.create_task(world.receive("visit.recorded", by="w-sw")) for _ in range(60)]
        await wait_until_somebody_waits(world)
        async with reading(world.service.sessions) as another:
            assert await another.scalar(text("SELECT 1")) == 1
    assert sum(received.accepted for received in await asyncio.gather(*crowd)) == 60
