"""Who serves on which other plans, as both databases answer it."""

from __future__ import annotations

import pytest

from config.database import reading
from service.store import serving
from tests.world import World

pytestmark = pytest.mark.both_databases


async def test_the_plans_on_which_somebody_was_given_a_role_come_newest_first(world: World) -> None:
    for plan in ("P-1002", "P-1003"):
        await world.open_plan(plan, worker="w-sw2")
    await world.receive("role.assigned", "P-1002", role="key_professional", person="w-sw2")
    await world.receive("role.ended", "P-1003", role="social_worker", person="w-sw2")
    async with reading(world.service.sessions) as session:
        served = await serving.plans_served(session, "dudley", {"w-sw2", "w-sw", "w-nobody"})
        stored = await serving.of_plans(session, "dudley", {"P-1003"})
        elsewhere = await serving.plans_served(session, "wakefield", {"w-sw2"})
    assert served == {"w-sw2": ["P-1002", "P-1003"], "w-sw": ["P-1001"], "w-nobody": []}
    assert elsewhere == {"w-sw2": []}
    assert "plan.opened" in stored[0]
    assert "role.ended" in stored[-1]
