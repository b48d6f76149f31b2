"""A system to try things out with: nobody is sent anything who is not listed, whatever the database says of them."""

import asyncio

import pytest
from sqlalchemy import select

from cli.explain import explain
from config.database import reading
from notifications.message import State
from notifications.tables import message
from service.store import problems
from tests.databases import ON_SQLITE
from tests.world import NUMBERS, World, world_in

NAN = "+447700900199"  # the number of everybody who is not on the staff


async def states(world: World) -> set[tuple[str, str, str | None]]:
    """Of each message whom it is for, how it stands, and why."""
    async with reading(world.service.sessions) as session:
        rows = await session.execute(select(message.c.person, message.c.state, message.c.reason))
        return {(row.person, row.state, row.reason) for row in rows}


async def breach(world: World) -> None:
    """A bottom line is crossed, and what follows at once is told."""
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    await world.tick()


async def test_of_two_managers_only_the_listed_one_is_told_and_by_the_listed_way_alone(staffed_database: str) -> None:
    async with world_in(staffed_database, only_to=["w-tm@example.org"]) as world:
        await breach(world)
        assert [one.address for one in world.everything()] == ["w-tm@example.org"]
        assert ("w-tm", State.SENT, None) in await states(world)
        assert ("w-hsm", State.WITHHELD, "not_listed") in await states(world)


@ON_SQLITE
async def test_nobody_else_is_told_instead_and_nobody_is_told_of_it(staffed_database: str) -> None:
    async with world_in(staffed_database, only_to=["somebody@example.com"]) as world:
        await breach(world)
        assert world.everything() == []
        assert {state for _, state, _ in await states(world)} == {State.WITHHELD}
        async with reading(world.service.sessions) as session:
            assert await problems.counts(session) == {}


@ON_SQLITE
async def test_why_it_was_not_sent_is_said_in_words(
    staffed_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLANWATCH_DATABASE_URL", staffed_database)
    async with world_in(staffed_database, only_to=["somebody@example.com"]) as world:
        await breach(world)
        async with reading(world.service.sessions) as session:
            one = await session.scalar(select(message.c.id))
    await asyncio.to_thread(explain, str(one))
    said = " ".join(capsys.readouterr().out.split())
    assert "State: withheld (not_listed) In a system to try things out with (PLANWATCH_ONLY_TO) nobody" in said


@ON_SQLITE
@pytest.mark.parametrize(
    ("listed", "emails", "texts"),
    [
        ("@example.org", 2, 0),
        (NUMBERS["w-tm"], 0, 1),
        ("@ample.org", 0, 0),
        ("tm@example.org", 0, 0),
        ("@example.org.example.com", 0, 0),
    ],
)
async def test_a_whole_domain_and_a_number_are_meant_exactly(
    staffed_database: str, listed: str, emails: int, texts: int
) -> None:
    async with world_in(staffed_database, only_to=[listed]) as world:
        await breach(world)
        assert (len(world.inbox("w-tm")) + len(world.inbox("w-hsm")), len(world.phone("w-tm"))) == (emails, texts)


@ON_SQLITE
async def test_a_family_that_is_not_listed_is_not_asked_and_its_worker_hears_of_it(staffed_database: str) -> None:
    async with world_in(staffed_database, only_to=["w-sw@example.org"]) as world:
        await world.service.receive([world.person("f-nan", "family")])
        await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
        await world.receive("role.assigned", role="network_member", person="f-nan")
        await world.receive("check_ins.started", people=["f-nan"], days=["mon"], at="10:00")
        await world.until("2026-01-06T10:00")
        assert NAN not in {one.address for one in world.everything()}
        assert any(
            "only to the people whom its settings list" in " ".join(one.content.text.split())
            for one in world.inbox("w-sw")
        )
