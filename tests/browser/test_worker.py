"""A worker's journeys: record what was done, take back what was not, answer for replies, and be away."""

from __future__ import annotations

from tests.browser.town import Town


async def test_a_visit_is_recorded_and_its_duty_goes_and_comes_back_when_it_is_withdrawn(council: Town) -> None:
    async with council.hand("w-sw") as worker:
        await worker.open("/")
        await worker.follow("Record it: Social worker visit")
        await worker.press("Continue")
        await worker.sees("There is a problem", "Answer “Was the child seen?”")
        assert await worker.page.evaluate("document.activeElement.className") == "govuk-error-summary"
        await worker.mark("Yes")
        await worker.press("Continue")
        await worker.sees("Check what you are recording", "It meets")
        await worker.press("Record it")
        await worker.sees("It met Social worker visit")
        await worker.follow("Go to my work")
        await worker.sees_not("by Mon 2 Feb")
        await worker.page.go_back()
        await worker.unfold("This was a mistake")
        await worker.press("Withdraw it")
        await worker.sees("Say why it is withdrawn")
        await worker.write("Why is it withdrawn?", "It was another plan.")
        await worker.press("Withdraw it")
        await worker.sees("The entry is withdrawn")
        await worker.open("/")
        await worker.sees("Social worker visit")


async def test_a_reply_is_read_with_what_was_done(council: Town) -> None:
    world = council.world
    await world.service.receive([world.person("f-mum", "family")])
    await world.receive("contact.decided", "f-mum", decision="allow", decided_by="w-tm", channel="sms")
    await world.receive("check_ins.started", people=["f-mum"], days=["mon"], at="10:00")
    await world.until("2026-01-05T10:30")
    await world.receive("check_in.replied", person="f-mum", text="2 can somebody ring", at=world.now_text())
    async with council.hand("w-sw") as worker:
        await worker.open("/")
        await worker.follow("Replies")
        await worker.sees("2 can somebody ring", "It follows our text of")
        await worker.press("Read: the reply of")
        await worker.sees("There is a problem")
        await worker.write("What was done", "Rang her at 10:40.")
        await worker.press("Read: the reply of")
        await worker.sees("Nothing waits to be read", "Rang her at 10:40.")


async def test_a_worker_says_that_she_is_away_and_who_covers_finds_her_work(council: Town) -> None:
    async with council.hand("w-sw") as worker:
        await worker.open("/")
        await worker.follow("Name of w-sw: away, cover, calendar")
        await worker.write("First day away", "today")
        await worker.write("Last day away", "yesterday")
        await worker.press("Record it")
        await worker.sees("There is a problem")
        await worker.write("Last day away", "Friday")
        await worker.choose("Who covers", "Name of w-sw2")
        await worker.press("Record it")
        await worker.sees("Mon 5 Jan to Fri 9 Jan: Name of w-sw2 covers")
    async with council.hand("w-sw2") as cover:
        await cover.open("/")
        await cover.sees("You cover for Name of w-sw")
        await cover.follow("Plan P-1001")
        await cover.sees("cover for the social worker")
