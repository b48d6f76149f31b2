"""A policy is changed while the service runs: all follow at once, nothing is told again, and nobody is flooded."""

import asyncio
import os
import signal
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import delete, func, insert, select, update

from cli import run
from config.clock import SystemClock
from config.database import reading, transaction
from jobs.timetable import alive, upkeep
from notifications.message import State
from notifications.tables import message
from service.app import Service
from service.domain.live_policies import LivePolicies
from service.files.policy_folder import read_policies
from service.store import obligations, plans, policies
from service.store.policy_tables import policy
from service.store.tables import plan, process
from service.use_cases.looks.look_at_due import look_at_due
from service.use_cases.policies.follow import UnreadablePolicyError, follow
from service.use_cases.policies.put_in_force import LOOKED_AT_WITHIN, Proposed, put_in_force
from tests.waiting import others_turn, until
from tests.world import World, book


def folder_with(folder: Path, visits: str) -> Path:
    """A folder that says of Dudley alone how often the social worker visits."""
    changes = f"rules: [{{rule: four-weekly-visit, due: {{every: {visits}}}}}]"
    (folder / "dudley.yaml").write_text(f"extends: dudley\n{changes}\n", encoding="utf-8")
    return folder


async def change(world: World, folder: Path, visits: str) -> Proposed:
    """What a process does whose folder says so: at its start, or on SIGHUP."""
    return await world.service.policies.propose(read_policies(folder_with(folder, visits)), world.clock.now())


async def visit_due(world: World, reference: str = "P-1001") -> str:
    """The day by which the social worker's visit is due, as it was last looked at."""
    async with reading(world.service.sessions) as session:
        owed = await obligations.live_of_plans(session, await plans.with_id(session, reference))
    return next(duty.due_on.isoformat() for duty in owed if duty.kind == "visit_social_worker")


@pytest.mark.both_databases
async def test_every_plan_is_looked_at_within_ten_minutes_and_not_all_at_once(world: World, tmp_path: Path) -> None:
    for number in range(30):
        await world.open_plan(f"P-{number}")
    await world.until("2026-01-07T14:00")
    await change(world, tmp_path, "2 weeks")
    async with reading(world.service.sessions) as session:
        moments = list(await session.scalars(select(plan.c.next_look).where(plan.c.policy_changed_at.is_not(None))))
    assert len(moments) == 31
    assert len(set(moments)) == 2
    assert max(moments) <= world.clock.now() + LOOKED_AT_WITHIN < world.clock.now() + timedelta(minutes=10)
    await world.advance(minutes=9)
    async with reading(world.service.sessions) as session:
        assert await plans.count_to_follow(session, "dudley") == 0
    assert {await visit_due(world, f"P-{number}") for number in range(30)} == {"2026-01-19"}


async def test_what_the_change_makes_overdue_is_one_list_a_person(world: World, tmp_path: Path) -> None:
    await world.open_plan("P-2")
    await world.until("2026-01-14T14:00")
    gone = len(world.everything())
    await change(world, tmp_path, "1 weeks")
    await world.until("2026-01-15T08:59")
    assert await visit_due(world) == "2026-01-12"
    assert world.everything()[gone:] == []
    await world.until("2026-01-16T17:00")
    for person in ("w-sw", "w-tm"):
        (email,) = world.inbox(person)[-1:]
        assert all(reference in str(email.content.text) for reference in ("P-1001", "P-2"))
    assert len(world.everything()) == gone + 2
    await world.until("2026-01-20T17:00")  # the weekly list of the Monday, and no escalation
    assert len(world.everything()) == gone + 4
    assert world.inbox("w-sm") == []


async def test_what_was_told_is_not_told_again_when_its_day_moves(world: World, tmp_path: Path) -> None:
    await change(world, tmp_path, "1 weeks")
    await world.until("2026-01-13T10:00")
    assert world.subjects("w-sw")[-1] == "P-1001: a date has passed"
    gone = len(world.everything())
    await change(world, tmp_path, "6 days")
    await world.until("2026-01-14T17:00")
    assert await visit_due(world) == "2026-01-11"
    assert len(world.everything()) == gone
    await world.until("2026-01-15T17:00")  # the escalation, two working days after the one message
    assert [world.inbox(person)[-1].content.subject for person in ("w-sm",)] == world.subjects("w-sm")
    assert len(world.everything()) == gone + 1


async def test_a_change_that_says_the_same_changes_nothing(world: World, tmp_path: Path) -> None:
    assert await change(world, tmp_path, "4 weeks") == await change(world, tmp_path, "4 weeks") == Proposed()


async def test_an_older_file_takes_nothing_back_but_a_person_can(world: World, tmp_path: Path) -> None:
    now = world.clock.now()
    for visits in ("2 weeks", "3 weeks"):
        assert (await change(world, tmp_path, visits)).in_force == ("dudley",)
    assert await change(world, tmp_path, "2 weeks") == Proposed(older=("dudley",))
    assert world.service.policies.faults[0][:2] == ("policy_older", "dudley")
    older = read_policies(folder_with(tmp_path, "2 weeks"))
    assert (await put_in_force(world.service.sessions, older, now, again=["dudley"])).in_force == ("dudley",)


async def test_a_later_versions_file_that_is_gone_takes_nothing_back(world: World, tmp_path: Path) -> None:
    later = tmp_path / "dudley-later.yaml"
    later.write_text("extends: ./dudley.yaml\nversion: 9\nin_force_from: 2026-01-01\n")
    assert (await change(world, tmp_path, "2 weeks")).in_force == ("dudley",)
    later.unlink()
    assert await change(world, tmp_path, "2 weeks") == Proposed(older=("dudley",))
    later.write_text("extends: ./dudley.yaml\nversion: 9\nin_force_from: 2026-02-01\n")
    assert (await change(world, tmp_path, "2 weeks")).in_force == ("dudley",)


async def test_a_process_without_the_folder_follows_those_who_have_it(world: World, tmp_path: Path) -> None:
    await change(world, tmp_path, "2 weeks")
    other = await world.reopen()  # with the built-in policies alone
    try:
        assert other.service.policies.faults[0][:2] == ("policy_older", "dudley")
        await other.advance(minutes=10)
        assert await visit_due(other) == "2026-01-19"
    finally:
        await other.close()


async def test_a_look_by_another_process_follows_before_it_decides(world: World, tmp_path: Path) -> None:
    other = await World.open(world.service.settings.database_url)
    try:
        await change(world, tmp_path, "2 weeks")
        other.clock.set(world.clock.now())
        await other.go_on()
        await other.open_plan("P-9")  # it has not heard of the change yet
        assert await visit_due(other, "P-9") == "2026-01-19"
    finally:
        await other.close()


async def test_a_faulty_file_is_refused_whole_and_what_was_in_force_goes_on(world: World, tmp_path: Path) -> None:
    await change(world, tmp_path, "2 weeks")
    (tmp_path / "dudley.yaml").write_text("extends: dudley\ntitle: 3\nrules: []\n")
    (tmp_path / "kent.yaml").write_text("extends: wakefield\nauthority: kent\ntitle: Kent\n")
    assert "kent" not in world.service.book.authorities
    proposed = await world.service.policies.propose(read_policies(tmp_path), world.clock.now())
    assert proposed == Proposed(in_force=("kent",))
    assert "kent" in world.service.book.authorities
    code, authority, detail = world.service.policies.faults[0]
    assert (code, authority) == ("policy_faulty", "dudley")
    assert "dudley.yaml:2: title" in detail
    await world.advance(minutes=10)
    assert await visit_due(world) == "2026-01-19"
    await alive(world.service, world.clock.now())
    async with reading(world.service.sessions) as session:
        stored = await session.scalar(select(process.c.policy_faults).where(process.c.id == world.service.name))
    assert stored == [["policy_faulty", "dudley", detail]]


async def test_what_is_built_in_stands_in_for_a_file_that_is_faulty_at_the_first_start(
    world: World, tmp_path: Path
) -> None:
    async with transaction(world.service.sessions) as session:
        await session.execute(delete(policy))
    (tmp_path / "file.yaml").write_text("\ufeffauthority: dudley\nrules: []\n", encoding="utf-8")
    await put_in_force(world.service.sessions, read_policies(tmp_path), world.clock.now())
    async with reading(world.service.sessions) as session:
        assert (await policies.in_force(session))["dudley"].built_in


async def test_a_folder_that_is_gone_takes_nothing_back(world: World, tmp_path: Path) -> None:
    await change(world, tmp_path, "2 weeks")
    proposed = await world.service.policies.propose(read_policies(tmp_path / "not-mounted"), world.clock.now())
    assert proposed == Proposed()
    assert world.service.policies.faults[0][:2] == ("policy_faulty", None)


async def test_what_is_in_force_is_read_back_as_it_was(world: World, tmp_path: Path) -> None:
    await change(world, tmp_path, "2 weeks")
    new = LivePolicies([])
    async with reading(world.service.sessions) as session:
        assert await follow(session, new)
        assert new.generation == await session.scalar(select(func.max(policy.c.number)))
    for authority in book().authorities:
        assert new.versions(authority) == world.service.book.versions(authority)


async def test_what_a_process_cannot_read_is_no_fault_of_plans_and_messages(world: World) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    now = world.clock.now()
    newer = {"authority": "bradford", "digest": "x", "content": "of a newer version", "built_in": False}
    async with transaction(world.service.sessions) as session:
        await session.execute(insert(policy).values(newer | {"in_force_at": now}))
        await session.execute(update(plan).values(next_look=now))
    with pytest.raises(UnreadablePolicyError):
        await look_at_due(world.service.sessions, world.service.book, now)
    with pytest.raises(UnreadablePolicyError):
        await world.service.delivery.step(urgent_only=True)
    async with reading(world.service.sessions) as session:
        assert set(await session.scalars(select(plan.c.fault_count))) == {0}
        assert set(await session.scalars(select(message.c.state))) == {State.QUEUED.value}
        assert set(await session.scalars(select(message.c.reason))) == {None}


async def test_a_plan_whose_end_is_withdrawn_follows_as_well(world: World, tmp_path: Path) -> None:
    await world.receive("plan.ended", id="end", on="2026-01-05", reason="made by mistake")
    await world.until("2026-01-14T14:00")
    await change(world, tmp_path, "1 weeks")
    await world.receive("event.withdrawn", event="end", reason="made by mistake")
    assert await visit_due(world) == "2026-01-12"
    await world.until("2026-01-20T17:00")
    assert "P-1001" in str(world.inbox("w-tm")[-1].content.text)
    assert world.inbox("w-sm") == []  # what a change makes overdue climbs nowhere


async def test_a_file_that_cannot_be_read_leaves_the_next_hang_up_to_be_heard() -> None:
    heard: list[datetime] = []

    async def read_again(now: datetime) -> None:
        heard.append(now)
        raise UnreadablePolicyError("of a newer version")

    service = SimpleNamespace(policies=SimpleNamespace(read_again=read_again), clock=SystemClock())
    reading_again = asyncio.create_task(run._read_policies_again(cast("Service", service), asyncio.Event()))
    for number in (1, 2):
        await others_turn()
        assert not reading_again.done()
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda number=number: len(heard) == number)  # type: ignore[misc]
    reading_again.cancel()


async def test_the_owner_is_told_once_that_a_document_is_to_be_read_again(world: World, tmp_path: Path) -> None:
    edition = '{title: Working Together, edition: "2026", read_again: 2026-01-07}'
    (tmp_path / "dudley.yaml").write_text(f"extends: dudley\nrests_on: [{edition}]\n", encoding="utf-8")
    await world.service.policies.propose(read_policies(tmp_path), world.clock.now())
    owner = "w-owner"
    held = {"authority": "dudley", "role": "configuration_owner", "person": owner}
    await world.service.receive([world.person(owner), world.event("role.assigned", None, **held)])
    await world.until("2026-01-06T17:00")
    await upkeep(world.service, world.clock.now())
    await world.tick()
    assert world.inbox(owner) == []
    for day in ("2026-01-07T12:00", "2026-01-09T12:00"):
        await world.until(day)
        await upkeep(world.service, world.clock.now())
        await world.tick()
        assert world.subjects(owner) == ["planwatch: a document of your policy is to be read again"]
    assert "Working" not in str(world.inbox(owner)[0].content.text)
