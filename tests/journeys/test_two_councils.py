"""Two councils on one service, with the same ids and the same telephone: each has its own, and a STOP is for all."""

from collections.abc import Sequence

import pytest

from config.database import reading
from notifications.outbox import outbox
from service.domain.own_id import OwnId
from service.store import events, problems
from service.use_cases.texts.receive_text import store_text, understand_text
from tests.world import World, book

NAN = "+447700900199"  # the number of everybody who is not on the staff
THEIRS = "elsewhere.example.org"


async def bradford(world: World, event_type: str, subject: str | None = "P-1001", **data: object) -> None:
    """Something that the other council's system records now."""
    await world.receive(event_type, subject, source="/bradford/test", **data)


@pytest.fixture
async def two(world: World) -> World:
    """Bradford has a plan and people of the same ids, and both ask the same telephone on Tuesday at ten and at noon."""
    for person, kind in (("w-sw", "worker"), ("w-tm", "worker"), ("f-nan", "family")):
        known = {"authority": "bradford", "name": "N", "kind": kind, "email": f"{person}@{THEIRS}"}
        await bradford(world, "person.recorded", person, **known, **({"mobile": NAN} if kind == "family" else {}))
    await bradford(world, "role.assigned", None, authority="bradford", role="team_manager", person="w-tm")
    child = {"ref": "C-9", "initials": "QX"}
    await bradford(world, "plan.opened", id="b-open", authority="bradford", child=child, route="child_in_need")
    await bradford(world, "role.assigned", role="social_worker", person="w-sw")
    await world.service.receive([world.person("f-nan", "family")])
    for council, at in (("dudley", "10:00"), ("bradford", "12:00")):
        source = f"/{council}/test"
        await world.receive("contact.decided", "f-nan", source=source, decision="allow", decided_by="w-tm")
        await world.receive("check_ins.started", source=source, id="c-1", people=["f-nan"], days=["tue"], at=at)
    return world


async def reply(world: World, text: str) -> None:
    """A text from the telephone that both councils ask."""
    body = {"From": NAN, "Body": text}
    await store_text(world.service.sessions, "twilio", f"SM-{world.now_text()}", body, world.clock.now())
    while await understand_text(world.service.sessions, book(), world.clock.now()):
        pass
    await world.tick()


async def replies(world: World) -> Sequence[list[str]]:
    """What Dudley's plan and Bradford's plan know as answers."""
    async with reading(world.service.sessions) as session:
        plans = [await events.of_plan(session, OwnId(council, "P-1001")) for council in ("dudley", "bradford")]
    return [[raw["data"]["text"] for raw in raws if raw["type"] == "check_in.replied"] for raws in plans]


def asked(world: World) -> list[str]:
    return [one.content.text for one in world.everything() if one.address == NAN]


async def test_an_answer_goes_to_the_council_whose_check_in_is_open(two: World) -> None:
    await two.until("2026-01-06T10:30")
    await reply(two, "1")
    assert await replies(two) == [["1"], []]


async def test_where_only_the_later_one_is_open_it_goes_there(two: World) -> None:
    await two.until("2026-01-06T12:30")
    await reply(two, "1")
    assert await replies(two) == [[], ["1"]]


async def test_where_both_are_open_the_letters_decide(two: World) -> None:
    await two.until("2026-01-06T09:00")
    await two.receive("check_ins.started", id="c-2", people=["f-nan"], days=["tue"], at="11:30")
    await two.until("2026-01-06T12:10")
    letters = asked(two)[-1].partition("Text ")[2][:2]
    await reply(two, f"{letters}1")
    assert await replies(two) == [[], ["1"]]


async def test_where_both_are_open_and_no_letters_say_which_a_person_of_each_reads_it(two: World) -> None:
    await two.until("2026-01-06T09:00")
    await two.receive("check_ins.started", id="c-2", people=["f-nan"], days=["tue"], at="11:30")
    await two.until("2026-01-06T12:10")
    await reply(two, "1")
    ours, theirs = await replies(two)
    assert (ours, theirs) == (["1 (it is not known which check-in this answers)"],) * 2
    readers = {one.address for one in two.everything() if "w-sw@" in one.address}
    assert readers == {"w-sw@example.org", f"w-sw@{THEIRS}"}


async def test_a_stop_that_was_received_silences_the_number_for_both(two: World) -> None:
    await two.until("2026-01-06T10:30")
    await reply(two, "STOP")
    texts = len(asked(two))
    await two.until("2026-01-13T13:00")
    assert len(asked(two)) == texts


async def test_a_stop_that_an_event_reports_silences_it_in_its_own_council(two: World) -> None:
    await two.until("2026-01-06T10:30")
    await two.receive("check_in.replied", person="f-nan", text="STOP", at=two.now_text())
    await two.until("2026-01-06T11:00")
    texts = len(asked(two))
    await two.until("2026-01-13T13:00")
    assert len(asked(two)) == texts + 2  # Bradford's, of this week and of the next


async def test_a_breach_of_the_same_name_is_alerted_by_each_to_its_own(two: World) -> None:
    for council in ("dudley", "bradford"):
        at = two.now_text()
        await two.receive("bottom_line.breached", source=f"/{council}/test", id="b-1", bottom_line="x", at=at)
    await two.tick()
    alerted = {one.address for one in two.everything() if one.urgent}
    assert {"w-tm@example.org", "w-hsm@example.org", f"w-sw@{THEIRS}", f"w-tm@{THEIRS}"} <= alerted
    await bradford(two, "alert.closed", alert="b-1", by="w-tm", outcome="safe", at=two.now_text())
    closed = two.clock.now()
    await two.advance(minutes=31)
    later = {one.address for one in two.everything() if one.urgent and one.started_at > closed}
    assert "w-tm@example.org" in later
    assert not {address for address in later if address.endswith(THEIRS)}


async def test_messages_with_one_key_are_two_in_two_councils(two: World) -> None:
    await two.until("2026-01-06T12:30")
    async with reading(two.service.sessions) as session:
        rows = [row for row in await outbox.recent(session, limit=1000) if row.message.purpose == "check_in"]
    assert {row.message.authority for row in rows} == {"dudley", "bradford"}
    assert len({row.id for row in rows}) == len(rows) == 2


async def test_what_stands_in_the_way_of_one_is_a_problem_of_that_council(two: World) -> None:
    await bradford(two, "visit.recorded", "P-7", id="lost", by="w-sw")
    await two.receive("visit.recorded", "P-7", id="lost", by="w-sw", source="/bradford/test")
    async with reading(two.service.sessions) as session:
        waiting = [one for one in await problems.recent(session) if one.code == "not_introduced"]
    assert [(one.authority, one.plan) for one in waiting] == [("bradford", "P-7")]
