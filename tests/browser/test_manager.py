"""A manager's journeys: take an alert by link and by page, close it, hand plans over, look beyond the rule."""

from __future__ import annotations

from tests.browser.looked_at import faults_before
from tests.browser.town import Town

OUTCOME = "The children are with their grandmother."


async def breach(council: Town) -> None:
    world = council.world
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()


async def test_an_alert_is_taken_by_link_and_by_page_and_closed_with_its_outcome(council: Town) -> None:
    await breach(council)
    link = council.link_in_email("w-hsm")
    async with council.hand() as at_home:
        await at_home.open(link)
        await at_home.sees("Do you have this alert?", "P-1001")
        await at_home.press("I have this alert")
        await at_home.sees("You have acknowledged this alert")
    async with council.hand("w-tm") as manager:
        await manager.open("/")
        await manager.follow("Alerts", within="nav")
        await manager.sees("Name of w-hsm")
        await manager.press("I have it")
        await manager.sees("You have acknowledged the alert")
        await manager.press("Close the alert")
        await manager.sees("There is a problem", "Say how it ended")
        await manager.write("How did it end?", OUTCOME)
        await manager.press("Close the alert")
        await manager.sees("The alert is closed")
    sent = len(council.world.everything())
    await council.world.advance(hours=2)
    assert len(council.world.everything()) == sent


async def test_twenty_plans_are_handed_over_in_one_form_and_an_email_follows(council: Town) -> None:
    for number in range(20):
        await council.world.open_plan(f"H-{number:02}", worker="w-kp")
    council.world.clock.advance(minutes=20)
    async with council.hand("w-tm") as manager:
        await manager.open("/team")
        await manager.follow("Hand plans over")
        await manager.choose("Who has the plans now", "Name of w-kp (20)")
        await manager.press("Show the plans")
        await manager.press("Hand over")
        await manager.sees("There is a problem", "Choose who takes them over")
        await manager.choose("Who takes them over?", "Name of w-sw2")
        await manager.press("Hand over")
        await manager.sees("The plans are handed over")
    await council.world.until("2026-01-06T09:00")
    [takeover] = [email for email in council.world.inbox("w-sw2") if "Taken over" in str(email.content.subject)]
    assert all(f"H-{number:02}" in takeover.content.text for number in range(20))


async def test_whoever_looks_beyond_the_rule_says_why_and_the_team_manager_is_told(council: Town) -> None:
    async with council.hand("w-oncall") as manager:
        await manager.open("/plans")
        await manager.follow("Look at a plan that is not yours")
        await manager.write("The plan’s reference", "P-1001")
        await manager.press("Write this down")
        await manager.sees("There is a problem", "Say why you need to see the plan")
        await manager.write("Why do you need to see it?", "The police ask about tonight.")
        await manager.press("Write this down")
        await manager.sees("Plan P-1001", "What has happened")
    await council.world.tick()
    assert council.world.subjects("w-tm") == ["P-1001: somebody without a role on the plan has looked at it"]


LONGER = "extends: dudley\nrules: [{rule: four-weekly-visit, due: {every: 6 weeks}}]\n"


async def test_a_changed_policy_is_tried_out_and_the_fortnight_ahead_compared(council: Town) -> None:
    async with council.hand("w-tm") as manager:
        await manager.open("/")
        await manager.follow("Policies", within="nav")
        await manager.sees("What planwatch does for Dudley")
        await manager.follow("The fortnight ahead")
        await manager.sees("What planwatch would send until", "if nothing more were recorded")
        await manager.follow("Try a changed file")
        await manager.press("Check and compare")
        await manager.sees("There is a problem", "Choose a file, or paste its text")
        assert await faults_before(manager) == []
        await manager.write("Or its text", LONGER.replace("every", "evry"))
        await manager.press("Check and compare")
        await manager.sees("What is wrong in the file", "Line 2", "did you mean every")
        assert await faults_before(manager) == []
        await manager.write("Or its text", LONGER)
        await manager.press("Check and compare")
        await manager.sees("Compared with the policy in force, over the facts of", "Nothing has been put in force")
        assert await faults_before(manager) == []
