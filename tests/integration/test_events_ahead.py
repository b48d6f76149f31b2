"""Events whose time lies in the future, and events whose name was used before: known, and no harm to others."""

from config.database import reading
from service.domain.events.event import parse_event
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.store import events, problems
from tests.world import World, book

FAR = "2199-12-31T12:00:00+00:00"


async def decision(world: World, person: str) -> str | None:
    async with reading(world.service.sessions) as session:
        known = [
            parse_event(raw, book().authorities) for raw in await events.of_persons(session, [OwnId("dudley", person)])
        ]
    decided = Directory.of(known).persons[person].decision
    return decided.decision if decided else None


async def codes(world: World) -> dict[str, int]:
    async with reading(world.service.sessions) as session:
        return await problems.counts(session)


async def test_a_word_from_the_future_does_not_hold_against_the_next(world: World) -> None:
    await world.service.receive([world.person("f-1", "family")])
    await world.receive("contact.decided", "f-1", time=FAR, decision="allow", decided_by="w-sw")
    assert await decision(world, "f-1") == "allow"
    await world.advance(minutes=1)
    await world.receive("contact.decided", "f-1", decision="never", decided_by="w-sw")
    assert await decision(world, "f-1") == "never"


async def test_words_from_the_future_that_come_together_keep_their_order(world: World) -> None:
    await world.service.receive([world.person("f-1", "family")])
    ahead = [("2198-01-01T00:00:00Z", "never", "b"), ("2197-01-01T00:00:00Z", "allow", "a")]
    decided = [
        world.event("contact.decided", "f-1", id=name, time=time, decision=word, decided_by="w-sw")
        for time, word, name in ahead
    ]
    await world.service.receive(decided)
    assert await decision(world, "f-1") == "never"


async def test_a_clock_that_runs_ahead_is_on_record_once_a_day_and_source(world: World) -> None:
    for name in ("a", "b"):
        await world.receive("visit.recorded", id=name, time=FAR, by="w-sw")
    assert await codes(world) == {"time_ahead": 1}
    again = await world.receive("visit.recorded", id="a", time=FAR, by="w-sw")
    assert again.duplicates == 1


async def test_a_breach_from_the_future_is_told_at_once(world: World) -> None:
    await world.receive("bottom_line.breached", time=FAR, bottom_line="x", at=FAR)
    await world.tick()
    assert world.phone("w-tm")
    assert world.phone("w-hsm")


async def test_a_role_that_is_to_change_hands_does_so_on_its_day(world: World) -> None:
    await world.receive("role.assigned", time="2026-01-12T09:00:00+00:00", role="social_worker", person="w-sw2")
    async with reading(world.service.sessions) as session:
        times = [
            raw["time"]
            for raw in await events.of_plan(session, OwnId("dudley", "P-1001"))
            if raw["type"] == "role.assigned"
        ]
    assert times[-1] == "2026-01-12T09:00:00+00:00"


async def test_a_name_that_was_used_before_is_on_record(world: World) -> None:
    await world.receive("visit.recorded", id="v-1", by="w-sw")
    for _ in range(2):
        refused = await world.receive("visit.recorded", id="v-1", by="w-kp")
        assert len(refused.rejected) == 1
    assert await codes(world) == {"event_conflict": 1}
