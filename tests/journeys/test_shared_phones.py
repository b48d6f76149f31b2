"""A phone that serves several: each check-in says by which letters it is answered, and none is put down wrongly."""

import pytest
from sqlalchemy import select

from config.database import reading
from service.domain.own_id import OwnId
from service.store import events
from service.store.tables import raw_inbound
from service.use_cases.delivery.phones import CODES, Line, codes
from service.use_cases.texts.receive_text import store_text, understand_text
from tests.databases import ON_SQLITE
from tests.world import World, book

NAN = "+447700900199"  # the number of everybody who is not on the staff


async def asked(world: World, plan: str, person: str, *days: str, at: str = "10:00") -> None:
    await world.service.receive([world.person(person, "family")])
    await world.receive("contact.decided", person, decision="allow", decided_by="w-tm")
    await world.receive("check_ins.started", plan, people=[person], days=list(days), at=at)


@pytest.fixture
async def shared(world: World) -> World:
    """Two grandparents on one phone, each asked about another plan, on Tuesday at ten and at eleven."""
    await world.open_plan("P-1002", "w-sw2")
    await asked(world, "P-1001", "f-nan", "tue")
    await asked(world, "P-1002", "f-grandad", "tue", at="11:00")
    return world


def texts(world: World) -> list[str]:
    return [one.content.text for one in world.everything() if one.address == NAN]


async def reply(world: World, text: str, sid: str | None = None) -> None:
    sid = sid or f"SM-{abs(hash(text))}-{world.now_text()}"
    await store_text(world.service.sessions, "twilio", sid, {"From": NAN, "Body": text}, world.clock.now())
    while await understand_text(world.service.sessions, book(), world.clock.now()):
        pass
    await world.tick()


async def replies(world: World, plan: str) -> list[tuple[str, str]]:
    async with reading(world.service.sessions) as session:
        raws = await events.of_plan(session, OwnId("dudley", plan))
    return [(raw["data"]["person"], raw["data"]["text"]) for raw in raws if raw["type"] == "check_in.replied"]


async def both(world: World) -> tuple[list[str], list[str]]:
    return [text for _, text in await replies(world, "P-1001")], [text for _, text in await replies(world, "P-1002")]


def code_in(text: str) -> str:
    return text.partition("Text ")[2][:2]


def test_letters_are_the_same_for_the_same_and_differ_for_all_of_a_phone() -> None:
    lines = [Line(f"P-{n}", "f-nan", "dudley", True, None) for n in range(len(CODES) + 3)]
    found = codes(lines)
    assert len(set(found.values())) == len(found) == len(CODES)
    assert codes(list(reversed(lines))) == found


@ON_SQLITE
async def test_a_phone_that_serves_one_gets_no_letters(world: World) -> None:
    await asked(world, "P-1001", "f-nan", "tue")
    await world.until("2026-01-06T10:05")
    assert "Text 1 if so, or 2 and" in texts(world)[0]


async def test_a_phone_that_serves_two_gets_letters_for_each(shared: World) -> None:
    await shared.until("2026-01-06T11:05")
    first, second = texts(shared)
    assert {code_in(first), code_in(second)} <= set(CODES)
    assert code_in(first) != code_in(second)


@ON_SQLITE
async def test_one_person_on_two_plans_gets_letters_too(world: World) -> None:
    await world.open_plan("P-1002")
    await asked(world, "P-1001", "f-nan", "tue")
    await asked(world, "P-1002", "f-nan", "tue", at="11:00")
    await world.until("2026-01-06T11:05")
    assert len({code_in(text) for text in texts(world)} & set(CODES)) == 2


@ON_SQLITE
async def test_when_one_of_them_ends_the_other_goes_without_letters_again(shared: World) -> None:
    await shared.receive("plan.ended", "P-1002", reason="done", on="2026-01-05")
    await shared.until("2026-01-06T10:05")
    assert "Text 1 if so" in texts(shared)[0]


@ON_SQLITE
@pytest.mark.parametrize("said", ["{}1", "1 {}", "{} 1", "{} yes", "yes {}.", "1{}"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
async def test_the_letters_say_which_is_meant(shared: World, said: str, case: type[str]) -> None:
    await shared.until("2026-01-06T11:05")
    await reply(shared, said.format(case(code_in(texts(shared)[0]))))
    mine, others = await both(shared)
    assert (len(mine), others) == (1, [])
    await shared.until("2026-01-07T12:00")
    assert [subject for subject in shared.subjects("w-sw") if "not answered" in subject] == []
    assert [subject for subject in shared.subjects("w-sw2") if "not answered" in subject] != []


@ON_SQLITE
async def test_a_call_with_letters_is_told_to_that_social_worker_alone(shared: World) -> None:
    await shared.until("2026-01-06T11:05")
    await reply(shared, f"{code_in(texts(shared)[0])}2")
    assert (len(shared.phone("w-sw")), len(shared.phone("w-sw2"))) == (1, 0)
    assert len(texts(shared)) == 3  # one neutral answer


@ON_SQLITE
async def test_without_letters_it_answers_the_last_that_is_open(shared: World) -> None:
    await shared.until("2026-01-06T11:05")
    await reply(shared, "1")
    assert await both(shared) == ([], ["1"])
    await shared.advance(minutes=1)
    await reply(shared, "1")
    assert await both(shared) == (["1"], ["1"])


@ON_SQLITE
@pytest.mark.parametrize("said", ["1", "yes", "2", "👍"])
async def test_what_answers_nothing_that_is_open_is_read_by_each_and_never_ok(shared: World, said: str) -> None:
    await reply(shared, said)  # before anything was asked
    assert (len(shared.phone("w-sw")), len(shared.phone("w-sw2"))) == (1, 1)
    assert all("read" in one.content.text for person in ("w-sw", "w-sw2") for one in shared.phone(person))
    assert texts(shared) == []


@ON_SQLITE
async def test_letters_that_were_never_sent_mean_nothing(shared: World) -> None:
    await shared.until("2026-01-06T11:05")
    other = next(code for code in CODES if code not in {code_in(text) for text in texts(shared)})
    await reply(shared, f"{other} 1")
    mine, others = await both(shared)
    assert (mine, others) == ([], [f"{other} 1"])  # the last that is open, and unclear: somebody reads it
    assert len(shared.phone("w-sw2")) == 1


@ON_SQLITE
@pytest.mark.parametrize("said", ["STOP", "{} stop", "stop {}"])
async def test_stop_binds_the_number_everywhere_with_one_answer(shared: World, said: str) -> None:
    await shared.until("2026-01-06T11:05")
    before = len(texts(shared))
    await reply(shared, said.format(code_in(texts(shared)[0])))
    assert len(texts(shared)) == before + 1
    await shared.until("2026-01-20T12:00")
    assert len(texts(shared)) == before + 1
    for worker in ("w-sw", "w-sw2"):
        assert any("asked for no more texts" in subject for subject in shared.subjects(worker))


async def test_the_same_text_again_changes_nothing(shared: World) -> None:
    await shared.until("2026-01-06T11:05")
    await reply(shared, "1", "SM-1")
    await reply(shared, "1", "SM-1")
    assert await both(shared) == ([], ["1"])


async def test_understood_again_after_the_process_died_it_still_means_what_it_meant(shared: World) -> None:
    await shared.until("2026-01-06T11:05")
    await reply(shared, "1", "SM-1")
    async with shared.service.sessions.begin() as session:
        await session.execute(raw_inbound.update().values(taken_as=None))
    await reply(shared, "1", "SM-1")
    async with reading(shared.service.sessions) as session:
        assert await session.scalar(select(raw_inbound.c.taken_as)) == "check_in.replied"
    assert await both(shared) == ([], ["1"])
