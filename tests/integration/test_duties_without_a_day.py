"""Duties that are due before another fact, or at an hour, as every page shows them to whoever owes or leads them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.database import transaction
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import calendar_addresses
from service.web.viewer import Entrance
from tests import sixth
from tests.browsing import Browser, browsing
from tests.databases import ON_SQLITE
from tests.unit.domain.builders import fact
from tests.world import World

pytestmark = ON_SQLITE
PLAN = OwnId(sixth.AUTHORITY, "P-1")
MILESTONES = {"letter": {"label": "letter before proceedings"}, "court": {"label": "application to court"}}


def reached(milestone: str) -> dict[str, Any]:
    return {"when": "milestone.reached", "where": {"milestone": milestone}}


OFFER = sixth.rule(
    rule="offer", label="offer of a meeting", opens=reached("letter"), met={"when": "plan.reviewed"},
    due={"before_fact": reached("court"), "called": "the application to court"},
)  # fmt: skip
CALL = sixth.rule(
    rule="call", label="call to the family", opens={"when": "plan.opened"}, met={"when": "plan.reviewed"},
    due={"within": "4 hours"},
)  # fmt: skip
PAGES = ("/", "/plans", "/plans?sort=overdue", "/alerts", "/team", "/team/handover?giver=w-lead", "/overview")


@pytest.fixture
async def world(database: str, tmp_path: Path) -> AsyncIterator[World]:
    policy = sixth.policy(tmp_path, OFFER, CALL, milestones=MILESTONES)
    opened = await World.open(database, "2026-11-02T09:00", policies=PolicyBook([policy]))
    try:
        letter = sixth.reached("2026-11-02T09:00", "letter", on="2026-11-02")
        team = [
            fact("2026-11-02T09:00", "role.assigned", PLAN.id, role=role, person=person)
            for role, person in (("social_worker", "w-lead"), ("team_manager", "w-tm"))
        ]
        await opened.service.receive([*sixth.people(), sixth.opened(), *team, letter])
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with browsing(world) as opened:
        yield opened


def plan_path(world: World) -> str:
    return f"/plans/{Entrance(world.service, frozenset()).addresses.id_of(PLAN)}"


async def test_each_page_shows_them_and_invents_no_day(world: World, browser: Browser) -> None:
    for person in ("w-lead", "w-tm", "w-head"):
        await browser.enter(person, sixth.AUTHORITY)
        for path in (*PAGES, plan_path(world), f"{plan_path(world)}/record"):
            text = await browser.load(path)
            assert browser.status in (200, 403, 404), (person, path, text)
            assert "9999" not in text, (person, path)
            assert "31 Dec" not in text, (person, path)
    await browser.enter("w-lead", sixth.AUTHORITY)
    assert "Due before the application to court" in await browser.load("/")
    assert "before the application to court open" in await browser.load(plan_path(world))


async def test_a_calendar_has_entries_for_days_alone(world: World, browser: Browser) -> None:
    async with transaction(world.service.sessions) as session:
        secret = await calendar_addresses.make(session, OwnId(sixth.AUTHORITY, "w-lead"), world.clock.now())
    answer = await browser.get(f"/calendar/{secret}.ics")
    assert answer.status_code == 200
    assert "call to the family" in answer.text
    assert "offer of a meeting" not in answer.text


async def test_what_was_due_at_an_hour_is_late_everywhere_from_that_hour_on(world: World, browser: Browser) -> None:
    await world.until("2026-11-03T05:00")  # within four hours of the day on which the plan was opened
    await browser.enter("w-lead", sixth.AUTHORITY)
    assert "My work 1 , 1 overdue" in await browser.load("/")
    assert "1 overdue" in await browser.load("/plans")
    assert "2 open, 1 of them late" in await browser.load(plan_path(world))
    await browser.enter("w-tm", sixth.AUTHORITY)
    assert "1 thing overdue" in await browser.load("/team")
    assert "1 overdue, none of it for over 20 working days" in await browser.load("/overview")
    assert "P-1 1 overdue , 2 open" in await browser.load("/team/handover?role=social_worker&giver=w-lead")


async def test_a_duty_whose_rule_was_taken_out_costs_no_page(world: World, browser: Browser, tmp_path: Path) -> None:
    world.service.book.replace([sixth.policy(tmp_path, OFFER, milestones=MILESTONES)], 2)
    await browser.enter("w-lead", sixth.AUTHORITY)
    for path in (*PAGES, plan_path(world)):
        text = await browser.load(path)
        assert browser.status in (200, 403), (path, text)
        assert "Call to the family" not in text
