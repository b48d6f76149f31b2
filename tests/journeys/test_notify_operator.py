"""The configuration owner is told what has to do with planwatch itself: once, at the right hour, whoever it is."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import reading, transaction
from service.store import problems
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator
from tests.databases import ON_SQLITE
from tests.world import World, address


async def tell(
    world: World, code: OperationsCode = OperationsCode.PULL, occasion: str = "2026-01-05", **more: object
) -> list[str]:
    """Tell the owner; in the text that it is urgent, a figure, an authority."""
    async with transaction(world.service.sessions) as session:
        return await notify_operator(session, world.service.book, code, occasion, world.clock.now(), **more)  # type: ignore[arg-type]


async def vacant(session: AsyncSession) -> list[str]:
    """The problems that name a vacant role."""
    return [one.detail for one in await problems.recent(session) if one.code == "role_vacant"]


@ON_SQLITE
async def test_the_owner_reads_what_happened_with_its_figures(world: World) -> None:
    assert await tell(world, figures={"asked_in_vain": 12}) == ["dudley"]
    await world.tick()
    assert world.subjects("w-config") == ["planwatch: received texts cannot be asked for"]
    assert "asked in vain: 12" in world.inbox("w-config")[0].content.text
    assert world.phone("w-config") == []


async def test_one_occasion_is_told_once_and_the_next_again(world: World) -> None:
    for occasion in ("2026-01-05", "2026-01-05", "2026-01-06"):
        await tell(world, occasion=occasion)
    await world.tick()
    assert len(world.inbox("w-config")) == 2


@ON_SQLITE
async def test_at_night_only_what_is_urgent_goes_and_that_by_both_ways(world: World) -> None:
    await world.until("2026-01-05T23:00")
    await tell(world)
    await tell(world, OperationsCode.DISK_FULL, urgent=True)
    await world.tick()
    assert world.subjects("w-config") == ["URGENT planwatch: the disk is full"]
    assert [one.content.text for one in world.phone("w-config")] == [
        "URGENT planwatch: the disk is full. Sign in for more."
    ]
    await world.until("2026-01-06T08:01")
    assert len(world.inbox("w-config")) == 2


@ON_SQLITE
async def test_whoever_has_the_role_when_it_is_sent_is_told(world: World) -> None:
    await world.until("2026-01-05T23:00")
    await tell(world)
    await world.receive("role.assigned", None, authority="dudley", role="configuration_owner", person="w-sw2")
    await world.until("2026-01-06T08:01")
    assert (len(world.inbox("w-sw2")), len(world.inbox("w-config"))) == (1, 0)


@ON_SQLITE
async def test_whoever_stands_in_is_told(world: World) -> None:
    await world.receive("absence.recorded", "w-config", from_="2026-01-05", until="2026-01-09", cover="w-sw2")
    await tell(world)
    await world.tick()
    assert (len(world.inbox("w-sw2")), len(world.inbox("w-config"))) == (1, 0)


@ON_SQLITE
async def test_a_role_that_nobody_holds_is_a_problem_at_both_ends(world: World) -> None:
    await world.until("2026-01-05T23:00")
    assert await tell(world) == ["dudley"]
    await world.receive("role.ended", None, authority="dudley", role="configuration_owner", person="w-config")
    assert await tell(world, occasion="2026-01-06") == []
    await world.until("2026-01-06T08:01")
    async with reading(world.service.sessions) as session:
        assert await vacant(session) == ["configuration_owner of dudley"] * 2
    assert world.inbox("w-config") == []


@ON_SQLITE
async def test_only_authorities_with_plans_are_told(world: World) -> None:
    assert await tell(world, authority="wakefield") == []
    assert await tell(world) == ["dudley"]


@ON_SQLITE
async def test_each_authority_s_own_holder_is_told_in_one_claim(world: World) -> None:
    child = {"ref": "C-7", "initials": "ZQ"}
    known = {"authority": "bradford", "name": "N", "kind": "worker", "email": address("b-config")}
    await world.receive("person.recorded", "b-config", **known)
    await world.receive("role.assigned", None, authority="bradford", role="configuration_owner", person="b-config")
    await world.receive("plan.opened", "P-7", authority="bradford", child=child, route="child_in_need")
    assert await tell(world) == ["bradford", "dudley"]
    await world.tick()
    assert [len(world.inbox(name)) for name in ("b-config", "w-config")] == [1, 1]


async def test_who_must_never_be_contacted_is_not(world: World) -> None:
    await world.receive("contact.decided", "w-config", decision="never", decided_by="w-tm")
    await tell(world)
    await world.tick()
    assert world.inbox("w-config") == []


@ON_SQLITE
@pytest.mark.parametrize("figure", ["+447700900123", "Zoe Neill", "a@example.org", "07700900123", "x" * 61])
async def test_a_figure_is_nothing_that_a_person_could_be_known_by(world: World, figure: str) -> None:
    with pytest.raises(ValueError, match="is no figure"):
        await tell(world, figures={"what": figure})
