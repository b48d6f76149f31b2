"""Everybody reads the rules; leads see the fortnight ahead, and what a changed file would have sent differently."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from service.domain.calendar import local_day
from service.files.policy_places import POLICIES
from service.policy_tools import live_comparison
from service.policy_tools.draft import read_draft
from service.policy_tools.live_comparison import compare_live
from tests.browsing import Browser, browsing
from tests.databases import ON_SQLITE
from tests.world import World, book

pytestmark = ON_SQLITE
OURS = (POLICIES / "dudley.yaml").read_text(encoding="utf-8")
VISITS, RARER = "due: {every: 4 weeks}", "due: {every: 6 weeks}"
COMPARE = "/policies/compare"


@pytest.fixture
async def browser(world: World) -> AsyncIterator[Browser]:
    async with browsing(world) as opened:
        yield opened


async def compared(browser: Browser, text: str) -> str:
    await browser.load(COMPARE)
    return await browser.send(COMPARE, text=text)


async def test_a_worker_reads_each_rule_with_its_source_and_whose_the_number_is(browser: Browser) -> None:
    await browser.enter("w-sw")
    page = await browser.load("/policies")
    assert "The social worker sees the young person at least every four weeks." in page
    assert "My Safety Plan multi-agency guidance, 7, Visits · time: from the guidance" in page
    assert "time: chosen here, not in the guidance" in page
    assert "with a due day that is a choice of this policy, because the document gives none" in page
    assert "local default" not in page.lower()
    assert "Try a changed file" not in page


async def test_who_has_no_role_reads_the_rules_and_nothing_of_plans(browser: Browser) -> None:
    await browser.enter("w-sw2")
    assert "social worker visit" in (await browser.load("/policies")).lower()
    assert [browser.status, "ahead" in browser.page] == [200, False]
    for path in ("/policies/ahead", COMPARE):
        await browser.load(path)
        assert browser.status == 403


async def test_each_sees_what_comes_on_plans_of_their_own_and_a_lead_counts_the_others(
    world: World, browser: Browser
) -> None:
    await world.open_plan("P-1002", worker="w-sw2")
    await world.advance(days=20)
    await browser.enter("w-sw")
    page = await browser.load("/policies/ahead")
    assert ("P-1001" in page, "P-1002" in page) == (True, False)
    await browser.enter("w-config")
    page = await browser.load("/policies/ahead")
    assert ("P-1001" in page, "P-1002" in page) == (False, False)
    assert "2 plans" in page


async def test_a_changed_file_is_compared_over_the_facts_and_not_put_in_force(world: World, browser: Browser) -> None:
    await world.advance(days=40)
    await browser.enter("w-tm")
    page = await compared(browser, OURS.replace(VISITS, RARER))
    assert "What would have been different since" in page
    assert "Social worker visit, reminder" in page
    assert "P-1001" in page
    assert "every 4 weeks" in await browser.load("/policies")
    assert "every 6 weeks" not in await browser.load("/policies")


async def test_plans_for_which_a_page_has_no_time_are_left_to_the_command(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_comparison, "_AT_ONCE", 1)
    await world.open_plan("P-1002")
    await world.advance(days=40)
    now, in_force = world.clock.now(), book().newest("dudley")
    changed = read_draft(OURS.replace(VISITS, RARER), "dudley", None, local_day(now)).policy
    assert changed is not None
    partial = await compare_live(world.service.sessions, in_force, changed, now, within=0)
    whole = await compare_live(world.service.sessions, in_force, changed, now, within=None)
    assert (len(partial.compared), partial.plan_count) == (1, 2)
    assert (len(whole.compared), whole.plan_count) == (2, 2)
    assert {change.thing.plan for change in whole.comparison.changes} == {"P-1001", "P-1002"}


async def test_who_may_not_see_a_plan_gets_its_changes_counted(world: World, browser: Browser) -> None:
    await world.advance(days=40)
    await browser.enter("w-config")
    page = await compared(browser, OURS.replace(VISITS, RARER))
    assert "changes on plans that you do not see" in page
    assert "P-1001" not in page


async def test_the_same_file_changes_nothing(world: World, browser: Browser) -> None:
    await world.advance(days=30)
    await browser.enter("w-tm")
    assert "Nothing would have been different" in await compared(browser, OURS)


async def test_a_fault_is_named_with_its_line_and_what_was_typed_is_kept(browser: Browser) -> None:
    await browser.enter("w-tm")
    page = await compared(browser, OURS.replace("basis: guidance", "basis: gidance", 1))
    line = OURS[: OURS.index("basis: guidance")].count("\n") + 1
    assert f"Line {line}" in page
    assert browser.status == 422
    assert "basis: gidance" in browser.page


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Choose a file, or paste its text"),
        ("a: [", "YAML"),
        (OURS.replace("authority: dudley", "authority: wakefield"), "is for 'wakefield', and you are of 'dudley'"),
        ("authority: dudley\nextends: /etc/other.yaml\n", "names a file elsewhere"),
        ("authority: dudley\nrules_from: {../other.yaml: [visit]}\n", "names a file elsewhere"),
    ],
)
async def test_what_is_no_policy_of_ours_is_refused_with_a_reason(browser: Browser, text: str, said: str) -> None:
    await browser.enter("w-tm")
    assert said in await compared(browser, text)
    assert browser.status == 422


async def test_a_file_that_is_far_too_long_is_not_read(browser: Browser) -> None:
    await browser.enter("w-tm")
    page = await compared(browser, "x" * 600_000)
    assert browser.status == 413
    assert "too long" in page
