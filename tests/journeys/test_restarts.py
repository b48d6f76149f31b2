"""Killed at any moment and started again: nothing is lost, nothing is told twice."""

import pytest

from notifications.message import Channel
from service.domain.facts import Facts
from service.domain.look import Look, look_at
from service.domain.policy import PolicyBook
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.looks.look_at_due import look_at_due
from tests.world import World, book, world_in


async def test_an_event_that_was_taken_is_told_by_the_next_process(world: World) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    world = await world.reopen()
    await world.advance(minutes=5)
    assert (len(world.phone("w-tm")), len(world.inbox("w-tm"))) == (1, 1)
    await world.close()


@pytest.mark.parametrize("steps", range(6))
async def test_killed_between_any_two_steps_everybody_is_told_once(staffed_database: str, steps: int) -> None:
    async with world_in(staffed_database) as world:
        await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
        for _ in range(steps):
            await world.service.delivery.step(urgent_only=True)
        world = await world.reopen()
        await world.advance(minutes=5)
        assert [len(world.phone(person)) for person in ("w-tm", "w-hsm")] == [1, 1]
        assert [len(world.inbox(person)) for person in ("w-tm", "w-hsm")] == [1, 1]
        await world.close()


async def test_killed_between_look_and_digest_the_digest_comes_once(world: World) -> None:
    await world.until("2026-01-26T08:29")
    world.clock.advance(minutes=1)
    while await look_at_due(world.service.sessions, book(), world.clock.now()):
        pass
    world = await world.reopen()
    await world.advance(hours=3)
    assert len(world.inbox("w-sw")) == 1
    await world.close()


async def test_what_was_due_while_nobody_ran_is_told_once_on_return(world: World) -> None:
    await world.until("2026-02-02T12:00")
    world.clock.advance(days=2)  # asleep: the visit became overdue
    world = await world.reopen()
    before = len(world.inbox("w-tm"))
    await world.advance(hours=2)
    assert len(world.inbox("w-tm")) == before + 1
    await world.close()


async def test_a_look_that_fails_leaves_the_event_and_its_neighbours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.open_plan("P-1002")
    broken = {"P-1001"}

    def fail(book: PolicyBook, facts: Facts | None, *arguments: object, **more: object) -> Look:
        if facts is not None and facts.plan in broken:
            raise KeyError("a fault of ours")
        return look_at(book, facts, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("service.use_cases.looks.look_at_plan.look_at", fail)
    breach = [
        world.event("bottom_line.breached", plan, bottom_line="x", at=world.now_text()) for plan in ("P-1001", "P-1002")
    ]
    received = await receive_events(world.service.sessions, book(), world.clock.now(), breach)
    assert received.accepted == 2
    await world.tick()
    assert {one.key.split("|")[1] for one in world.senders[Channel.SMS].sent} == {"P-1002"}
    broken.clear()
    await world.advance(minutes=1)  # tried again
    assert {one.key.split("|")[1] for one in world.senders[Channel.SMS].sent} == {"P-1001", "P-1002"}
