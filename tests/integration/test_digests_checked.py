"""Gathered emails at the moment of sending: each line is asked about by itself, and says what is so by then."""

from jobs.timetable import TIMETABLE
from tests.world import World

BEFORE = "2026-01-26T08:29"  # a minute before the digests of a Monday, a week before visits are due
SOCIAL_WORKER, KEY_PROFESSIONAL = "Social worker visit", "Key professional visit"


async def owe_two_visits(world: World, plan: str) -> None:
    """Let the social worker of a plan be its key professional, too."""
    await world.receive("role.assigned", plan, role="key_professional", person="w-sw")
    await world.receive("visits.agreed", plan, by_role="key_professional", every="4 weeks", on=world.today())


async def gather(world: World) -> None:
    """Look at what is due, and gather the lines that come of it; nothing is sent."""
    world.clock.advance(minutes=1)
    for name in ("look", "digest"):
        (step,) = [tick.step for tick in TIMETABLE if tick.name == name]
        while await step(world.service, world.clock.now()):
            pass


async def said(world: World, person: str) -> list[str]:
    """The lines of the email that a person gets next: plans and what they owe."""
    before = len(world.inbox(person))
    await world.tick()
    (email,) = world.inbox(person)[before:]
    lines = [line.strip().partition(":")[0] for line in email.content.text.splitlines()]
    return [line for line in lines if line.startswith(("P-", "- ", "! "))]


async def test_of_a_digest_that_waits_each_line_goes_that_still_stands(world: World) -> None:
    for plan in ("P-1002", "P-1003"):
        await world.open_plan(plan)
    for plan in ("P-1001", "P-1002", "P-1003"):
        await owe_two_visits(world, plan)
    await world.until(BEFORE)
    await gather(world)
    await world.receive("role.assigned", "P-1001", role="key_professional", person="w-kp")
    await world.receive("visit.recorded", "P-1003", by="w-sw", child_seen=True, on=world.today())
    assert await said(world, "w-sw") == [
        "P-1001 (ZQ)", f"- {SOCIAL_WORKER}",
        "P-1002 (ZQ)", f"- {SOCIAL_WORKER}", f"- {KEY_PROFESSIONAL}",
    ]  # fmt: skip


async def test_what_is_wrong_with_an_event_is_said_in_the_words_of_when_it_was_found(world: World) -> None:
    world.clock.advance(minutes=1)
    child = {"ref": "C-2", "initials": "YY", "date_of_birth": "2012-05-03"}
    await world.receive("plan.opened", id="again", authority="dudley", child=child, route="child_in_need")
    await world.until("2026-01-06T08:31")
    (email,) = world.inbox("w-config")
    assert "  - plan.opened again, recorded 5 Jan 09:01 (P-1001)" in email.content.text
