"""A bottom line of a plan that nobody introduced, in service: alerted at once, kept through a restart, acknowledged."""

from __future__ import annotations

import re

from config.database import reading
from notifications.message import State
from notifications.outbox import outbox
from service.domain.own_id import OwnId
from service.store import plans
from service.use_cases.looks.explain_message import reasons_of
from service.use_cases.texts.receive_text import store_text, understand_text
from tests.world import NUMBERS, World, book

PLAN = OwnId("dudley", "P-9")


async def crossed(world: World) -> None:
    await world.receive("bottom_line.breached", "P-9", id="b-9", bottom_line="x", at=world.now_text())


async def test_it_is_alerted_at_once_and_again_after_a_restart_until_a_code_comes_back(world: World) -> None:
    await crossed(world)
    await world.tick()
    assert [len(world.phone(who)) for who in ("w-oncall", "w-config", "w-tm")] == [1, 1, 0]
    assert "planwatch does not know this plan" in world.phone("w-oncall")[0].content.text
    world = await world.reopen()
    await world.advance(minutes=30)
    assert [len(world.inbox(who)) for who in ("w-oncall", "w-config", "w-tm")] == [2, 2, 0]
    code = re.search(r"Reply (\d{6})", world.phone("w-config")[0].content.text)
    assert code is not None
    said = {"From": NUMBERS["w-config"], "Body": code[1]}
    await store_text(world.service.sessions, "twilio", "SM1", said, world.clock.now())
    assert await understand_text(world.service.sessions, book(), world.clock.now())
    await world.tick()
    assert "thank you, recorded" in world.phone("w-config")[-1].content.text
    before = len(world.everything())
    await world.advance(hours=3)
    assert len(world.everything()) == before
    await world.close()


async def test_the_introduction_ends_what_waits_and_begins_the_ladder(world: World) -> None:
    await crossed(world)  # its messages wait
    await world.open_plan("P-9")
    await world.tick()
    assert [len(world.phone(who)) for who in ("w-oncall", "w-config", "w-tm", "w-hsm")] == [0, 0, 1, 1]
    async with reading(world.service.sessions) as session:
        rows = await outbox.recent(session, plan="P-9", person="w-oncall")
    assert {(row.state, row.reason) for row in rows} == {(State.WITHHELD, "outdated")}


async def explained(world: World) -> list[dict[str, str]]:
    """What explains each message to the on-call manager."""
    async with reading(world.service.sessions) as session:
        rows = await outbox.recent(session, plan="P-9", person="w-oncall")
        reasons = [await reasons_of(session, book(), row.message) for row in rows]
    return [dict(reason.lines) | {"heading": reason.heading} for found in reasons for reason in found]


async def test_its_messages_are_explained_by_what_was_known_then_after_the_introduction_too(world: World) -> None:
    await crossed(world)
    before = await explained(world)
    assert {lines["heading"] for lines in before} == {"P-9: a bottom line was crossed"}
    assert {lines["Alerted at once"] for lines in before} == {"on-call manager and configuration owner"}
    world.clock.advance(minutes=1)
    await world.open_plan("P-9")
    assert await explained(world) == before


async def test_an_awaited_plan_is_no_plan_yet_for_anything_else(world: World) -> None:
    await crossed(world)
    async with reading(world.service.sessions) as session:
        assert await plans.known(session, [PLAN]) == set()
        assert await plans.count(session) == 1
    await world.open_plan("P-9")
    async with reading(world.service.sessions) as session:
        assert await plans.known(session, [PLAN]) == {PLAN}
