"""Lists of plans: each plan as it is now, also where it was opened again."""

from typing import Any

from config.database import reading
from service.domain.calendar import local_day
from service.store import plan_list
from service.store.plan_list import AsOf
from tests.databases import ON_SQLITE
from tests.world import World, book


async def listed(world: World) -> list[tuple[str, str | None]]:
    """The running plan: its route, and its risk."""
    as_of = AsOf(local_day(world.clock.now()), book().authorities)
    async with reading(world.service.sessions) as session:
        running = await plan_list.page(session, as_of, "running", 10)
    return [(plan.opening["data"]["route"], plan.opening["data"].get("risk")) for plan in running]


@ON_SQLITE
async def test_a_plan_that_was_opened_again_is_listed_as_it_was_opened_the_last_time(world: World) -> None:
    opening: dict[str, Any] = {"authority": "dudley", "child": {"ref": "C-P-1001", "initials": "ZQ"}}
    await world.receive("plan.opened", **opening, id="idle", route="court")  # it runs: this changes nothing
    assert await listed(world) == [("child_in_need", None)]
    world.clock.advance(hours=1)
    await world.receive("plan.ended", reason="safe")
    assert await listed(world) == []
    world.clock.advance(hours=24)
    await world.receive("plan.opened", **opening, id="again", route="child_protection", risk="high")
    assert await listed(world) == [("child_protection", "high")]
    await world.receive("event.withdrawn", event="again", reason="slip")
    assert await listed(world) == []
