"""People act on pages: they take alerts, read replies, say that they are away, hand plans over, and mend."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from config.database import reading
from service.domain.own_id import OwnId
from service.store import events
from service.use_cases.overviews import to_mend
from service.web.person import person_path
from tests.browsing import Browser, browsing
from tests.databases import ON_SQLITE
from tests.world import World

pytestmark = ON_SQLITE


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with browsing(world) as opened:
        yield opened


async def recorded(world: World, event_type: str, plan: str = "P-1001") -> list[dict[str, str]]:
    async with reading(world.service.sessions) as session:
        raws = [*await events.of_plan(session, OwnId("dudley", plan))]
    return [dict(raw["data"]) for raw in raws if raw["type"] == event_type]


def waiting(browser: Browser, path: str) -> list[str]:
    """The number beside an entry of the navigation, if there is one."""
    entry = re.search(rf'pw-navigation__link" href="{path}".*?</a>', browser.page, re.DOTALL)
    return re.findall(r'<span class="pw-count[^"]*" aria-hidden="true">(\d+)<', entry[0] if entry else "")


async def breach(world: World) -> None:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()


# ---------------------------------------------------------------------------------------------------------- alerts


async def test_a_manager_takes_an_alert_and_closes_it_with_an_outcome(world: World, browser: Browser) -> None:
    await breach(world)
    await browser.enter("w-tm")
    assert "Nobody has acknowledged" in await browser.load("/alerts")
    assert waiting(browser, "/alerts") == ["1"]
    alert = browser.link("/alerts/[0-9a-f]{24}")
    page = await browser.send(f"{alert}/acknowledge")
    assert "You have acknowledged the alert" in page
    assert "Name of w-hsm is alerted again in 30 minutes" in page
    assert len(await recorded(world, "alert.acknowledged")) == 1
    assert "Say how it ended" in await browser.send(f"{alert}/close", outcome=" ")
    assert browser.status == 422
    page = await browser.send(f"{alert}/close", outcome="The children are with their grandmother.")
    assert "The alert is closed" in page
    assert waiting(browser, "/alerts") == []
    assert [data["by"] for data in await recorded(world, "alert.closed")] == ["w-tm"]


async def test_two_clicks_on_one_form_are_one_fact(world: World, browser: Browser) -> None:
    await breach(world)
    await browser.enter("w-tm")
    await browser.load("/alerts")
    alert = browser.link("/alerts/[0-9a-f]{24}")
    await browser.load(alert)
    form = browser.hidden(f"{alert}/close") | {"outcome": "Safe."}
    await browser.send_fields(f"{alert}/close", form)
    world.clock.advance(minutes=1)
    await browser.send_fields(f"{alert}/close", form | {"outcome": "Safe now."})
    assert [data["outcome"] for data in await recorded(world, "alert.closed")] == ["Safe."]


async def test_an_alert_is_not_there_for_whoever_is_not_on_its_ladder(world: World, browser: Browser) -> None:
    await breach(world)
    await browser.enter("w-tm")
    await browser.load("/alerts")
    alert = browser.link("/alerts/[0-9a-f]{24}")
    await browser.enter("w-kp")
    assert "No alert is open" in await browser.load("/alerts")
    await browser.load(alert)
    assert browser.status == 404
    assert "P-1001" not in browser.page


async def test_a_form_without_its_token_changes_nothing(world: World, browser: Browser) -> None:
    await breach(world)
    await browser.enter("w-tm")
    await browser.load("/alerts")
    alert = browser.link("/alerts/[0-9a-f]{24}")
    await browser.send_fields(f"{alert}/acknowledge", {})
    assert browser.status == 403
    assert await recorded(world, "alert.acknowledged") == []


async def test_the_title_and_address_of_a_page_say_nothing_of_the_case(world: World, browser: Browser) -> None:
    await breach(world)
    await browser.enter("w-tm")
    await browser.load("/alerts")
    alert = browser.link("/alerts/[0-9a-f]{24}")
    await browser.load(alert)
    title = re.search("<title>(.*?)</title>", browser.page)
    assert title is not None
    assert title[1] == "Alert – planwatch"
    assert "P-1001" not in "".join(re.findall('href="[^"]*"|action="[^"]*"', browser.page))


# ---------------------------------------------------------------------------------------------------------- replies


async def test_a_reply_is_read_with_what_was_done(world: World, browser: Browser) -> None:
    await world.service.receive([world.person("f-mum", "family")])
    await world.receive("contact.decided", "f-mum", decision="allow", decided_by="w-tm", channel="sms")
    await world.receive("check_ins.started", people=["f-mum"], days=["mon"], at="10:00")
    await world.until("2026-01-05T10:30")
    await world.receive("check_in.replied", person="f-mum", text="<b>he is back</b>", at=world.now_text())
    await browser.enter("w-sw")
    page = await browser.load("/replies")
    assert "<b>he is back</b>" in page
    assert waiting(browser, "/replies") == ["1"]
    assert "It follows our text of" in page
    form = re.search(r'action="(/replies/[0-9a-f]{24}/read)"', browser.page)
    assert form is not None
    assert "Say what was done" in await browser.send(form[1], note="")
    page = await browser.send(form[1], note="rang her")
    assert "Nothing waits to be read" in page
    assert waiting(browser, "/replies") == []
    assert "rang her" in page
    assert "Name of w-sw" in page


# ---------------------------------------------------------------------------------------------------- away and over


async def test_a_worker_says_that_she_is_away_and_who_covers(world: World, browser: Browser) -> None:
    await browser.enter("w-sw")
    await browser.load("/people/me")
    page = await browser.send("/people/me/away", begins="12/1", ends="5/1", cover="w-sw2")
    assert "The last day lies before the first" in page
    assert "Write a day" in await browser.send("/people/me/away", begins="soonish", ends="16/1", cover="w-sw2")
    page = await browser.send("/people/me/away", begins="", ends=" ", cover="")
    assert ("Write the first day away" in page, "Write the last day away" in page) == (True, True)
    page = await browser.send("/people/me/away", begins="12/1", ends="16 January", cover="w-sw2")
    assert "Mon 12 Jan to Fri 16 Jan: Name of w-sw2 covers" in page
    assert "Reminders and alerts go to whoever covers" in page
    page = await browser.send("/people/me/back")
    assert "Not away" in page
    page = await browser.send("/people/me/away", begins="12/1", ends="16 January", cover="")
    assert "Nobody covers: reminders still go to whoever is away, and to a manager as well." in page


async def test_the_week_of_another_team_leads_to_no_page_that_its_reader_may_not_see(
    world: World, browser: Browser
) -> None:
    await world.advance(days=24)
    await browser.enter("w-tm")
    assert "P-1001" in await browser.load("/team?of=w-tm")
    await browser.enter("w-hsm")
    await browser.load("/team?of=w-tm")
    for path in re.findall(r'href="(/plans/[^"]*)"', browser.page):
        assert (await browser.get(path)).status_code == 200


async def test_a_manager_hands_plans_over_and_the_new_holder_is_told(world: World, browser: Browser) -> None:
    for number in (2, 3):
        await world.open_plan(f"P-100{number}")
    world.clock.advance(minutes=20)
    await browser.enter("w-tm")
    page = await browser.load("/team/handover?role=social_worker&giver=w-sw")
    assert all(f"P-100{number}" in page for number in (1, 2, 3))
    boxes = re.findall(r'name="plan" type="checkbox" value="([^"]*)"', browser.page)
    assert len(boxes) == 3
    assert "Choose who takes them over" in await browser.send("/team/handover", plan=boxes[:2])
    page = await browser.send("/team/handover", plan=boxes[:2], taker="w-sw2")
    assert "The plans are handed over" in page
    changed = [
        data["person"] for number in (1, 2, 3) for data in await recorded(world, "role.assigned", f"P-100{number}")
    ]
    assert changed.count("w-sw2") == 2
    await world.until("2026-01-06T09:00")
    subjects = world.subjects("w-sw2")
    assert len(subjects) == 1
    assert subjects[0].startswith("Taken over")


async def test_a_worker_hands_nothing_over(world: World, browser: Browser) -> None:
    await browser.enter("w-sw")
    await browser.load("/team/handover?giver=w-sw")
    assert browser.status == 403


async def test_a_manager_decides_about_contact_and_it_shows_by_whom_and_until_when(
    world: World, browser: Browser
) -> None:
    await world.service.receive([world.person("f-mum", "family")])
    await world.receive("role.assigned", role="parent", person="f-mum")
    path = person_page(world, "f-mum")
    await browser.enter("w-kp")
    await browser.load(path)
    assert browser.status == 404
    await browser.enter("w-tm")
    assert "Nobody has decided yet" in await browser.load(path)
    page = await browser.send(f"{path}/contact", decision="allow", channel="sms", again="5/3")
    assert "Allowed, by text alone holds" in page
    assert "Name of w-tm" in page
    assert "Thu 5 Mar 2026" in page


def person_page(world: World, person: str) -> str:
    return person_path(world.service, OwnId("dudley", person))


async def test_a_calendar_address_is_shown_once(world: World, browser: Browser) -> None:
    await browser.enter("w-sw")
    await browser.load("/people/me")
    await browser.send("/people/me/calendar", wish="new")
    match = re.search(r"http://127.0.0.1:8000(/calendar/[\w-]{43}\.ics)", browser.page)
    assert match is not None
    assert "SUMMARY:P-1001" in (await browser.get(match[1])).text
    await browser.load("/people/me")
    assert match[1] not in browser.page
    await browser.send("/people/me/calendar", wish="end")
    assert (await browser.get(match[1])).status_code == 404


# ------------------------------------------------------------------------------------------- managers and figures


async def test_a_manager_sees_the_team_and_what_is_to_be_mended(world: World, browser: Browser) -> None:
    await world.receive("action.agreed", ref="A-1", what="x", due_on="2026-01-06")
    await world.receive("role.ended", role="social_worker", person="w-sw")
    await world.advance(hours=49)
    await browser.enter("w-tm")
    page = await browser.load("/mend")
    assert "Nobody holds a role that messages go to: social worker" in page
    assert "/record/role.assigned" in browser.page
    assert "There is a problem Say what was done" in await browser.send("/mend", note=" ")
    assert browser.status == 422
    assert "seen to" in await browser.send("/mend", note="seen to")
    page = await browser.load("/team")
    assert "The team of Name of w-tm" in page
    assert "Nobody role vacant" in page


async def test_a_note_is_kept_whichever_page_it_stands_on(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_mend, "MOST", 1)
    await world.open_plan("P-2")
    for plan in ("P-1001", "P-2"):
        await world.receive("action.agreed", subject=plan, ref=f"A-{plan}", what="x")
    await world.advance(hours=1)
    await browser.enter("w-tm")
    await browser.load("/mend")
    following = browser.link('/mend[?]after=[^"]+')
    assert "P-1001" not in following
    await browser.load(following)
    fields = browser.hidden("/mend")
    assert "seen to" in await browser.send("/mend", note="seen to")
    assert "Nothing was noted" in await browser.send_fields("/mend", fields | {"key": "of a problem that is gone"})


async def test_the_overview_has_a_file_for_each_figure(world: World, browser: Browser) -> None:
    await world.receive("action.agreed", ref="A-1", what="x", who="w-sw", due_on="2026-01-06")
    await world.advance(hours=49)
    await browser.enter("w-head")
    assert "1 overdue" in await browser.load("/overview")
    files = re.findall(r'href="(/overview/[\w-]+\.csv)"', browser.page)
    assert len(files) >= 3
    for path in files:
        answer = await browser.get(path)
        assert answer.headers["content-type"].startswith("text/csv")
        assert f'filename="planwatch-{path.split("/")[-1]}"' in answer.headers["content-disposition"]
    await browser.load("/overview/nothing.csv")
    assert browser.status == 404
    await browser.enter("w-sw")
    await browser.load("/overview")
    assert browser.status == 403
