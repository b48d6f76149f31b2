"""A bottom line that was crossed: told at once, to more and more people, until somebody has hold of it."""

from notifications.errors import Undeliverable
from notifications.message import Channel
from tests.world import World


async def breach(world: World, event_id: str = "b-1") -> None:
    await world.receive("bottom_line.breached", id=event_id, bottom_line="agreed place left", at=world.now_text())
    await world.tick()


async def acknowledge(world: World, person: str) -> None:
    await world.receive("alert.acknowledged", alert="b-1", by=person, at=world.now_text())
    await world.tick()


def reached(world: World, *people: str) -> list[tuple[int, int]]:
    return [(len(world.phone(person)), len(world.inbox(person))) for person in people]


async def test_it_is_told_at_once_both_ways_at_any_hour(world: World) -> None:
    await world.until("2026-01-11T03:10")  # a Sunday
    await breach(world)
    assert reached(world, "w-tm", "w-hsm", "w-oncall") == [(1, 1), (1, 1), (0, 0)]


async def test_it_climbs_until_it_is_acknowledged(world: World) -> None:
    await breach(world)
    await world.advance(minutes=30)
    assert reached(world, "w-tm", "w-hsm", "w-oncall", "w-head") == [(2, 2), (2, 2), (1, 1), (0, 0)]
    await world.advance(minutes=30)
    assert reached(world, "w-tm", "w-oncall", "w-head") == [(3, 3), (2, 2), (1, 1)]
    await acknowledge(world, "w-oncall")
    await world.advance(hours=3)
    assert reached(world, "w-tm", "w-oncall", "w-head") == [(3, 3), (2, 2), (1, 1)]


async def test_whoever_acknowledged_hears_no_more_while_the_others_do(world: World) -> None:
    await breach(world)
    await acknowledge(world, "w-tm")
    await world.advance(minutes=30)
    assert reached(world, "w-tm", "w-hsm") == [(1, 1), (2, 2)]


async def test_acknowledged_by_all_who_are_named_nobody_else_is_told(world: World) -> None:
    await breach(world)
    await acknowledge(world, "w-tm")
    await acknowledge(world, "w-hsm")
    await world.advance(hours=2)
    assert reached(world, "w-tm", "w-hsm", "w-oncall") == [(1, 1), (1, 1), (0, 0)]


async def test_a_number_that_is_refused_is_told_to_a_person_and_the_email_goes(world: World) -> None:
    world.senders[Channel.SMS].fail_with(Undeliverable("21211"))
    await breach(world)
    unreached = next(person for person in ("w-tm", "w-hsm") if not world.phone(person))
    assert len([one for one in world.inbox(unreached) if "somebody" not in str(one.content.subject)]) == 1
    told = {
        person for person in ("w-tm", "w-sm", "w-config") if any("could not be" in s for s in world.subjects(person))
    }
    assert told
    assert unreached not in told


async def test_a_reminder_asks_for_no_name_in_the_text(world: World) -> None:
    await breach(world)
    text = world.phone("w-tm")[0].content.text
    assert "P-1001" in text
    assert "ZQ" not in text
    assert len(text) <= 160
