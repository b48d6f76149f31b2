"""Visits: owed every four weeks, asked for before, told when late, silent when made."""

from tests.databases import ON_SQLITE
from tests.world import World


async def test_a_visit_is_asked_for_before_it_is_due(world: World) -> None:
    await world.until("2026-02-02T10:00")  # the four weeks end that day
    mine = world.subjects("w-sw")
    assert len(mine) == 3  # five and two working days before, and the morning itself
    assert len({one.message_id for one in world.inbox("w-sw")}) == 3


@ON_SQLITE
async def test_a_visit_that_was_made_silences_what_was_coming(world: World) -> None:
    await world.until("2026-01-25T10:00")
    await world.receive("visit.recorded", by="w-sw", on="2026-01-25")
    await world.until("2026-02-10T10:00")
    assert world.inbox("w-sw") == []


async def test_a_late_visit_climbs_to_the_team_and_the_service_manager(world: World) -> None:
    await world.until("2026-02-03T10:00")
    assert world.subjects("w-tm") == ["P-1001: a date has passed"]
    assert world.inbox("w-sm") == []
    await world.until("2026-02-05T10:00")
    assert len(world.inbox("w-sm")) == 1


@ON_SQLITE
async def test_a_visit_that_becomes_known_late_ends_it(world: World) -> None:
    await world.until("2026-02-03T10:00")
    before = len(world.everything())
    await world.receive("visit.recorded", by="w-sw", on="2026-02-01")
    await world.until("2026-02-12T10:00")
    assert len(world.everything()) == before


@ON_SQLITE
async def test_after_a_handover_the_successor_is_asked(world: World) -> None:
    await world.until("2026-01-20T10:00")
    await world.receive("role.assigned", role="social_worker", person="w-sw2")
    await world.until("2026-02-02T10:00")
    assert world.inbox("w-sw") == []
    told = [one.key.split("|")[0] for one in world.inbox("w-sw2")]
    assert (told[:2], len(told)) == (["gathered", "digest"], 4)  # what was taken over, then each rung


@ON_SQLITE
async def test_the_cover_is_asked_while_the_holder_is_away(world: World) -> None:
    await world.receive("absence.recorded", "w-sw", from_="2026-01-26", until="2026-01-30", cover="w-sw2")
    await world.until("2026-02-02T10:00")
    assert (len(world.inbox("w-sw2")), len(world.inbox("w-sw"))) == (2, 1)


async def test_two_plans_make_one_digest(world: World) -> None:
    await world.open_plan("P-1002")
    await world.until("2026-01-26T10:00")
    assert len(world.inbox("w-sw")) == 1
    assert all(plan in world.inbox("w-sw")[0].content.text for plan in ("P-1001", "P-1002"))


@ON_SQLITE
async def test_a_plan_that_ended_is_told_once_and_then_silent(world: World) -> None:
    await world.until("2026-01-27T10:00")
    before = len(world.inbox("w-sw"))
    await world.receive("plan.ended", on="2026-01-27", reason="moved away")
    await world.advance(days=60)
    assert len(world.inbox("w-sw")) == before + 1
