"""What stands now, as `plan`, `alerts`, `problems` and `overdue` print it: beside a service, from either database."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from cli.main import app
from config.database import transaction
from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.store import plans
from service.store.tables import event, ledger, obligation, plan, plan_person
from tests.databases import ON_SQLITE
from tests.machine_clock import held
from tests.world import World, moment

PLAN = OwnId("dudley", "P-1001")


@pytest.fixture(autouse=True)
def address(staffed_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands read the database of the world, and lines have 80 letters."""
    monkeypatch.setenv("PLANWATCH_DATABASE_URL", staffed_database)
    monkeypatch.setenv("COLUMNS", "80")


async def printed(world: World, words: str, status: int = 0) -> str:
    """What a command prints at the world's moment."""
    with held(world.clock.now()):
        answer = await asyncio.to_thread(CliRunner().invoke, app, words.split(), prog_name="planwatch")
    assert answer.exit_code == status, answer.output
    assert "Traceback" not in answer.output
    return str(answer.output)


async def records(world: World, words: str) -> list[dict[str, Any]]:
    """What it prints for programs."""
    return [json.loads(line) for line in (await printed(world, f"{words} --format jsonl")).splitlines()]


async def troubled(world: World) -> None:
    """A plan with something late, a bottom line crossed, an aunt whom nobody may text, and an event that is a slip."""
    aunt = {"authority": "dudley", "name": "Aunt Jane Doe", "kind": "family", "mobile": "+447700900300"}
    await world.receive("person.recorded", "f-aunt", **aunt)
    await world.receive(
        "check_ins.started", people=["f-aunt"], days=["wed", "mon"], at="18:00", on="2026-02-02", id="c-1"
    )
    await world.receive("action.completed", id="a-1", ref="none", outcome="Jane went to 12 High Street")
    world.clock.set(moment("2026-02-04T18:00"))
    await world.receive(
        "bottom_line.breached", id="b-1", bottom_line="Jane alone with him", at="2026-02-04T17:50:00+00:00"
    )
    await world.receive("alert.acknowledged", alert="b-1", by="w-tm", at="2026-02-04T18:00:00+00:00")
    world.clock.set(moment("2026-02-05T10:20"))


AS_TEXT = """\
Plan P-1001 (dudley): running since Mon 5 Jan 2026
child in need, social care
social worker w-sw, team manager w-tm, service manager w-sm
Thu 5 Feb 2026, 10:20. All times are UK local time.
planwatch should have looked at this plan 4 Feb 18:30 and has not: is planwatch
run at work?

Owed: 2, of which 2 late
  Mon 2 Feb 2026  late 3 wd  social worker visit: w-sw, social worker
  Wed 4 Feb 2026  late 1 wd  telling the hub's service manager (Wed 4 Feb 2026):
                             w-tm, team manager
  (wd: working days)

Open alerts: 1
P-1001 (dudley), alert b-1, crossed Wed 4 Feb 2026, 17:50
  role                 person    state
  team manager         w-tm      acknowledged 4 Feb 18:00
  hub service manager  w-hsm     not yet
  on-call manager      w-oncall  not yet
  head of service      w-head    not yet

Problems: 1
  refers_to_nothing, since 4 Feb 18:00
    action.completed a-1: data.ref names an action that nothing is known of.

Check-ins agreed: 1
  f-aunt  Mon Wed at 18:00  since Mon 2 Feb 2026

Withheld in the last 14 days: 2
  4 Feb 18:00, check-in to f-aunt: What no longer holds at the moment of sending
  is not sent.
  4 Feb 18:00, check-in to f-aunt: No family member or child is written to
  unless a worker has decided that it is safe.
"""


async def test_a_plan_is_shown_as_it_stands_now_beside_a_writer(world: World) -> None:
    await troubled(world)
    async with transaction(world.service.sessions) as session:  # it locks the plan, and on SQLite everything
        await plans.take(session, PLAN)
        text = await printed(world, "plan P-1001")
    assert text == AS_TEXT


async def test_for_programs_it_has_the_fields_of_the_contract_and_no_name_or_free_text(world: World) -> None:
    await troubled(world)
    found = await records(world, "plan P-1001")
    kinds = [record["record"] for record in found]
    assert kinds == ["plan", "obligation", "obligation", "alert", "problem", "check_in", "withheld", "withheld"]
    assert [(record["kind"], record["due_on"], record["status"]) for record in found[1:3]] == [
        ("visit_social_worker", "2026-02-02", "overdue"), ("notify_hub", "2026-02-04", "overdue"),
    ]  # fmt: skip
    assert {record["authority"] for record in found} == {"dudley"}
    assert (found[4]["code"], found[-1]["reason"]) == ("refers_to_nothing", "no_contact_decision")
    assert [rung["person"] for rung in found[3]["rungs"] if rung["acknowledged_at"]] == ["w-tm"]
    texts = [json.dumps(found), await printed(world, "plan P-1001 --past"), await printed(world, "problems")]
    for secret in ("Jane", "High Street", "Doe", "7700", "ZQ", "example.org"):
        assert not any(secret in text for text in texts)


@ON_SQLITE
async def test_what_is_not_owed_any_more_is_counted_and_shown_on_request(world: World) -> None:
    await world.receive("visit.recorded", by="w-sw", on="2026-01-05")
    assert "Not owed any more (1 met): --past shows it." in await printed(world, "plan P-1001")
    assert [record["status"] for record in (await records(world, "plan P-1001 --past"))[1:]] == ["met", "open"]


async def test_a_reference_of_two_authorities_asks_which_and_a_mistyped_one_names_the_nearest(world: World) -> None:
    child = {"ref": "C-1", "initials": "ZQ"}
    await world.receive("plan.opened", authority="bradford", child=child, route="court", source="/bradford/x")
    await world.receive("visit.recorded", "P-2002", by="w-sw")
    several = await printed(world, "plan P-1001", 2)
    assert several == "planwatch: bradford and dudley each have a plan P-1001; say which with --authority.\n"
    assert "(bradford): running" in await printed(world, "plan P-1001 --authority bradford")
    assert await printed(world, "plan p-1010", 2) == "planwatch: no plan p-1010 is known. Is it P-1001?\n"
    assert "1 event waits for its opening (plan.opened)" in await printed(world, "plan P-2002", 2)
    assert "'leeds' is no authority here" in await printed(world, "alerts --authority leeds", 2)
    assert "Is it w-sw or w-sw2" in await printed(world, "overdue --worker W-SW", 2)


@ON_SQLITE
async def test_a_plan_that_no_event_has_opened_is_shown_with_its_alert(world: World) -> None:
    await world.receive("bottom_line.breached", "P-9", id="b-9", bottom_line="x", at=world.now_text())
    text = await printed(world, "plan P-9")
    assert text.startswith("Plan P-9 (dudley): no event has opened it. A bottom line was crossed on it.\n")
    assert "1 event waits, without effect until it is opened." in text
    assert "P-9 (dudley), alert b-9" in await printed(world, "alerts")
    assert await records(world, "alerts --authority bradford") == []


@ON_SQLITE
async def test_a_plan_that_was_opened_again_is_shown_as_it_runs_now(world: World) -> None:
    await world.receive("plan.ended", reason="safe")
    assert (await printed(world, "plan P-1001")).startswith("Plan P-1001 (dudley): ended Mon 5 Jan 2026\n")
    world.clock.advance(hours=24)
    child = {"ref": "C-P-1001", "initials": "ZQ"}
    await world.receive("plan.opened", authority="dudley", child=child, route="child_protection", risk="high", id="o2")
    text = await printed(world, "plan P-1001")
    assert text.startswith("Plan P-1001 (dudley): running since Tue 6 Jan 2026\nchild protection, social care, risk hi")


async def test_what_is_overdue_is_shown_of_all_a_team_or_a_worker(world: World) -> None:
    await world.open_plan("P-1002", worker="w-sw2")
    await world.receive("role.assigned", "P-1002", role="team_manager", person="w-sm")
    world.clock.set(moment("2026-02-05T10:20"))
    shown = {
        words: [record["plan"] for record in await records(world, f"overdue {words}")]
        for words in ("", "--team w-tm", "--team w-sm", "--worker w-sw2", "--worker w-kp", "--authority bradford")
    }
    assert shown == {
        "": ["P-1001", "P-1002"], "--team w-tm": ["P-1001"], "--team w-sm": ["P-1002"],
        "--worker w-sw2": ["P-1002"], "--worker w-kp": [], "--authority bradford": [],
    }  # fmt: skip
    await world.receive("absence.recorded", "w-tm", from_="2026-02-05", until="2026-02-06", cover="w-kp")
    assert [record["plan"] for record in await records(world, "overdue --team w-kp")] == ["P-1001"]
    await world.receive("absence.recorded", "w-sm", from_="2026-02-05", until="2026-02-06", cover="w-sw")
    assert [record["plan"] for record in await records(world, "overdue --team w-sw")] == ["P-1002"]
    text = await printed(world, "overdue --team w-tm")
    assert "  Mon 2 Feb 2026  late 3 wd  P-1001  social worker visit: w-sw, social worker\n" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "give --team or --worker, not both" in await printed(world, "overdue --team w-tm --worker w-sw", 2)


@pytest.mark.both_databases
async def test_a_problem_is_shown_until_it_is_mended(world: World) -> None:
    await world.receive("role.ended", None, authority="dudley", role="hub_service_manager", person="w-hsm")
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    world.clock.advance(minutes=30)
    await world.tick()
    await world.receive("action.agreed", id="a-1", ref="act-1", what="x", who="w-9", due_on="2026-02-06")
    await world.receive("absence.recorded", "w-kp", id="abs-1", from_="2026-02-06", until="2062-02-06")
    world.clock.advance(hours=2)
    await world.tick()
    text = await printed(world, "problems")
    assert "nobody holds a role that messages go to: hub service manager." in text
    assert [record["code"] for record in await records(world, "problems")] == [
        "date_unlikely", "role_vacant", "refers_to_nothing",
    ]  # fmt: skip
    await world.receive("role.assigned", None, authority="dudley", role="hub_service_manager", person="w-hsm")
    await world.receive("event.withdrawn", "w-kp", event="abs-1", reason="slip")
    await world.receive("person.recorded", "w-9", authority="dudley", name="N", kind="worker")
    assert await records(world, "problems") == []


@ON_SQLITE
async def test_what_is_owed_to_a_council_whose_policy_is_not_here_is_shown_by_its_kind(world: World) -> None:
    world.clock.set(moment("2026-02-05T10:20"))
    async with transaction(world.service.sessions) as session:
        await (await session.connection()).exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table in (event, plan, plan_person, obligation, ledger):
            await session.execute(update(table).values(authority="leeds"))
    text = await printed(world, "overdue")
    assert "leeds\n  Mon 2 Feb 2026  late  P-1001  visit social worker: w-sw, social worker\n" in text


@ON_SQLITE
async def test_what_is_overdue_by_the_hour_is_shown_on_its_day(world: World) -> None:
    async with transaction(world.service.sessions) as session:
        await session.execute(update(obligation).values(status="overdue", due_on=local_day(world.clock.now())))
    assert "Mon 5 Jan 2026  late  P-1001" in await printed(world, "overdue")
    assert "Mon 5 Jan 2026  late  social worker visit" in await printed(world, "plan P-1001")


@ON_SQLITE
async def test_somebody_acknowledges_by_the_command_and_a_slip_gets_a_sentence(world: World) -> None:
    assert "no alert is open on P-1001" in await printed(world, "alert acknowledge P-1001 --by w-tm", 2)
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    wrong = await printed(world, "alert acknowledge P-1001 --by w-sw2", 2)
    assert "those who do are w-head, w-hsm, w-oncall, w-tm" in wrong
    assert "  team manager         w-tm      acknowledged 5 Jan 09:00\n" in await printed(
        world, "alert acknowledge P-1001 --by w-tm --alert b-1"
    )
    await printed(world, "alert acknowledge P-1001 --by w-hsm")
    assert await records(world, "alerts") == []
    assert [record["state"] for record in await records(world, "alerts P-1001")] == ["settled"]


@ON_SQLITE
async def test_a_database_of_an_older_version_is_left_as_it_is(world: World) -> None:
    async with transaction(world.service.sessions) as session:
        await (await session.connection()).exec_driver_sql("UPDATE alembic_version SET version_num = '0006'")
    for words in ("plan P-1001", "alerts", "problems", "overdue", "explain m-1"):
        assert "planwatch db upgrade brings it up to date" in await printed(world, words, 2)
