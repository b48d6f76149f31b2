"""My work, the plans and a plan's page, as a worker sees them; and what is recorded from there."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from config.database import reading
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.store import events
from service.web.routes import add_pages
from service.web.viewer import Entrance, sign_in
from tests.databases import ON_SQLITE
from tests.world import World, world_in

pytestmark = ON_SQLITE
PUBLIC = "https://planwatch.example.org"
PLAN = OwnId("dudley", "P-1001")


@pytest.fixture
async def world(staffed_database: str) -> AsyncIterator[World]:
    async with world_in(staffed_database, public_url=PUBLIC) as opened:
        yield opened


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    app = make_application(world.service)

    @app.get("/enter/{person}")
    async def enter(request: Request, person: str) -> Response:
        answer = RedirectResponse("/", 303)
        await sign_in(request, answer, OwnId("dudley", person), "test")
        return answer

    add_pages(app, world.service, entrance=Entrance(world.service, frozenset({"test"})))
    headers = {"Accept": "text/html"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC, headers=headers) as client:
        await client.get("/enter/w-sw")
        yield client


def path(world: World) -> str:
    return f"/plans/{Entrance(world.service, frozenset()).addresses.id_of(PLAN)}"


async def shown(browser: httpx2.AsyncClient, address: str) -> str:
    """A page as it is read: without tags."""
    answer = await browser.get(address)
    assert answer.status_code == 200, answer.text
    return words(answer.text)


def words(page: str) -> str:
    text = re.sub(r"<[^>]+>", " ", page.replace("&#39;", "'").replace("&#34;", '"'))
    return " ".join(text.split())


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


async def filled(browser: httpx2.AsyncClient, address: str, **typed: str) -> dict[str, str]:
    """What a browser sends from a form: what stands in it, with what was typed."""
    page = (await browser.get(address)).text
    proposed = dict(re.findall(r'<input class="govuk-input[^>]*value="([^"]*)" id="field-(\w+)"', page))
    chosen = dict(re.findall(r'name="(\w+)" value="(\w+)" checked', page))
    return hidden(page) | {name: value for value, name in proposed.items()} | chosen | typed


# ------------------------------------------------------------------------------------------------------------- work


async def test_a_stranger_is_sent_to_sign_in(world: World, browser: httpx2.AsyncClient) -> None:
    browser.cookies.clear()
    for address in ("/", "/plans", path(world), f"{path(world)}/record"):
        answer = await browser.get(address)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_a_worker_finds_what_is_owed_with_the_form_for_it(world: World, browser: httpx2.AsyncClient) -> None:
    page = (await browser.get("/")).text
    assert "Plan P-1001" in page
    assert "Social worker visit" in page
    assert re.search(rf'href="{path(world)}/record/visit.recorded\?for=[0-9a-f]{{12}}"', page)
    assert "P-1001" not in re.sub(r">[^<]*<", "><", page), "a reference stands in an address"


async def test_what_is_late_comes_first_and_is_counted(world: World, browser: httpx2.AsyncClient) -> None:
    await world.advance(hours=24 * 32)
    await browser.get("/enter/w-sw")
    text = await shown(browser, "/")
    assert text.index("Overdue") < text.index("Was due")
    assert re.search(r"My work 1 , 1 overdue", text)


async def test_a_cover_finds_the_work_of_whoever_is_away(world: World, browser: httpx2.AsyncClient) -> None:
    await browser.get("/enter/w-sw2")
    assert "Social worker visit" not in await shown(browser, "/")
    await world.receive("absence.recorded", "w-sw", from_=world.today(), until=world.today(), cover="w-sw2")
    assert "You cover for Name of w-sw" in await shown(browser, "/")


# ------------------------------------------------------------------------------------------------------------ plans


async def test_the_list_finds_a_plan_by_a_part_of_its_reference(world: World, browser: httpx2.AsyncClient) -> None:
    await world.open_plan("Q-2002")
    assert "Q-2002" in await shown(browser, "/plans")
    found = await shown(browser, "/plans?ref=q-20")
    assert "Q-2002" in found
    assert "P-1001" not in found
    assert "No plan that you may see" in await shown(browser, "/plans?ref=%25")


async def test_the_list_shows_only_what_planwatch_would_tell_of(world: World, browser: httpx2.AsyncClient) -> None:
    await world.open_plan("Q-2002", worker="w-sw2")
    assert "Q-2002" not in await shown(browser, "/plans")
    await browser.get("/enter/w-tm")
    assert "Q-2002" in await shown(browser, "/plans")


async def test_the_list_is_sorted_by_links(world: World, browser: httpx2.AsyncClient) -> None:
    await world.open_plan("A-0001")
    down = await shown(browser, "/plans?sort=reference&down=1")
    assert down.index("P-1001") < down.index("A-0001")
    page = (await browser.get("/plans?sort=reference")).text
    assert 'href="/plans?sort=reference&amp;down=1"' in page
    assert 'aria-sort="ascending"' in page


# -------------------------------------------------------------------------------------------------------- one plan


async def test_a_plan_shows_duties_picture_people_and_why_it_is_seen(world: World, browser: httpx2.AsyncClient) -> None:
    page = (await browser.get(path(world))).text
    text = words(page)
    for part in ("ZQ", "Social worker visit", "social worker of the plan", "What is owed on the plan", "Name of w-tm"):
        assert part in text
    assert page.count('<svg class="pw-chart') == 2
    assert "<title>Plan – planwatch</title>" in page


async def test_a_plan_that_is_not_ones_own_looks_like_none(world: World, browser: httpx2.AsyncClient) -> None:
    await browser.get("/enter/w-sw2")
    foreign, nowhere = await browser.get(path(world)), await browser.get("/plans/AAAA")
    assert (foreign.status_code, nowhere.status_code) == (404, 404)
    assert words(foreign.text) == words(nowhere.text)


async def test_a_family_member_who_may_not_be_contacted_has_no_number_on_the_page(
    world: World, browser: httpx2.AsyncClient
) -> None:
    await world.service.receive([
        world.person("kin", "family"),
        world.event("role.assigned", role="parent", person="kin"),
    ])  # fmt: skip
    text = await shown(browser, path(world))
    assert "nobody has decided that they may be contacted" in text
    assert "kin@example.org" not in text
    await world.receive("contact.decided", "kin", decision="allow", decided_by="w-tm")
    assert "kin@example.org" in await shown(browser, path(world))


async def test_the_code_in_an_alert_is_shown_to_nobody_else(world: World, browser: httpx2.AsyncClient) -> None:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()
    page = (await browser.get(path(world))).text
    assert "A bottom line was crossed" in page
    letters = {
        (await browser.get(address)).text for address in re.findall(rf'href="({path(world)}/messages/[^"]+)"', page)
    }
    assert letters
    assert not any("/a/" in letter or re.search(r"Reply \d{6}", letter) for letter in letters)


# -------------------------------------------------------------------------------------------------------- recording


async def test_a_visit_is_recorded_in_three_clicks_and_an_answer_and_the_duty_goes(
    world: World, browser: httpx2.AsyncClient
) -> None:
    form = re.findall(r'href="([^"]+/record/visit.recorded[^"]+)"', (await browser.get("/")).text)[0]
    assert "checked" not in re.split('name="child_seen"', (await browser.get(form)).text, maxsplit=1)[1][:400]
    unsaid = await browser.post(form.partition("?")[0], data=await filled(browser, form, by="w-sw", step="check"))
    assert "Answer “Was the child seen?”" in words(unsaid.text)
    sent = await filled(browser, form, by="w-sw", child_seen="yes")
    check = await browser.post(form.partition("?")[0], data=sent | {"step": "check"})
    assert "It meets Social worker visit" in words(check.text)
    assert "(today)" in check.text
    done = await browser.post(form.partition("?")[0], data=sent | {"step": "send"})
    assert done.status_code == 303
    assert "It met Social worker visit" in await shown(browser, done.headers["location"])


async def test_what_was_just_recorded_is_counted_no_longer(world: World, browser: httpx2.AsyncClient) -> None:
    await world.advance(hours=24 * 32)
    await browser.get("/enter/w-sw")
    assert "1 overdue" in await shown(browser, "/plans")
    sent = await filled(browser, f"{path(world)}/record/visit.recorded", by="w-sw", child_seen="yes", step="send")
    recorded = await browser.post(f"{path(world)}/record/visit.recorded", data=sent)
    assert "1 overdue" not in await shown(browser, recorded.headers["location"])


async def test_two_clicks_are_one_fact(world: World, browser: httpx2.AsyncClient) -> None:
    sent = await filled(browser, f"{path(world)}/record/visit.recorded", by="w-sw", child_seen="yes", step="send")
    first = await browser.post(f"{path(world)}/record/visit.recorded", data=sent)
    world.clock.advance(seconds=1)
    second = await browser.post(f"{path(world)}/record/visit.recorded", data=sent)
    assert first.headers["location"] == second.headers["location"]
    async with reading(world.service.sessions) as session:
        raws = await events.of_plan(session, PLAN)
    assert [raw["type"] for raw in raws].count("visit.recorded") == 1
    assert raws[-1]["data"]["recorded_by"] == "w-sw"


async def test_a_mistake_is_withdrawn_from_the_same_place(world: World, browser: httpx2.AsyncClient) -> None:
    sent = await filled(browser, f"{path(world)}/record/visit.recorded", by="w-sw", child_seen="yes", step="send")
    entry = (await browser.post(f"{path(world)}/record/visit.recorded", data=sent)).headers["location"]
    csrf = hidden((await browser.get(entry)).text)
    refused = await browser.post(f"{entry}/withdraw", data=csrf)
    assert "Say why it is withdrawn" in refused.text
    gone = await browser.post(f"{entry}/withdraw", data=csrf | {"reason": "wrong plan"})
    assert gone.headers["location"] == path(world)
    assert "was withdrawn" in await shown(browser, entry)
    assert "Social worker visit" in await shown(browser, "/")


async def test_what_was_typed_is_kept_beside_what_is_wrong_with_it(world: World, browser: httpx2.AsyncClient) -> None:
    sent = await filled(browser, f"{path(world)}/record/visit.recorded", by="w-sw", when="31/2", step="check")
    answer = await browser.post(f"{path(world)}/record/visit.recorded", data=sent)
    assert answer.status_code == 422
    assert 'value="31/2"' in answer.text
    assert '<a href="#field-when">There is no day 31/2' in answer.text
    assert answer.text.startswith("<!DOCTYPE html>")
    assert "<title>Error: " in answer.text


async def test_a_form_without_the_sessions_token_changes_nothing(world: World, browser: httpx2.AsyncClient) -> None:
    sent = await filled(browser, f"{path(world)}/record/visit.recorded", by="w-sw", step="send", csrf="x")
    answer = await browser.post(f"{path(world)}/record/visit.recorded", data=sent)
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text


async def test_every_fact_that_can_be_recorded_has_its_form(world: World, browser: httpx2.AsyncClient) -> None:
    page = (await browser.get(f"{path(world)}/record")).text
    forms = set(re.findall(rf'href="({path(world)}/record/[a-z0-9_.]+)"', page))
    assert len(forms) > 35
    for form in forms:
        answer = await browser.get(form)
        assert answer.status_code == 200, form
        assert "{" not in words(answer.text), form
        assert not re.search(r'<option value="">Choose</option>\s*</select>', answer.text), f"nothing to choose: {form}"


async def test_what_there_is_nothing_for_yet_says_what_comes_first(world: World, browser: httpx2.AsyncClient) -> None:
    page = await browser.get(f"{path(world)}/record/meeting.uploaded")
    assert "Nothing that this could be about is recorded on the plan yet." in page.text
    assert 'href="../record"' in page.text


async def test_what_was_left_out_is_asked_for_in_the_way_in_which_it_is_answered(
    world: World, browser: httpx2.AsyncClient
) -> None:
    meeting, change = (f"{path(world)}/record/{fact}" for fact in ("meeting.scheduled", "circumstances.changed"))
    page = words((await browser.post(meeting, data=await filled(browser, meeting, step="check"))).text)
    assert "Say when, like tomorrow or 5/12 Choose an answer to “Which meeting is it?”" in page
    page = words((await browser.post(change, data=await filled(browser, change, step="check"))).text)
    assert "Write an answer to “What has changed?”" in page
