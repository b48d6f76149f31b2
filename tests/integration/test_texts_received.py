"""A text that comes late, or by another provider, means what it meant when it came."""

from datetime import timedelta

import pytest

from config.database import reading
from notifications.message import Channel
from service.domain.own_id import OwnId
from service.store import events
from service.use_cases.texts.receive_text import store_text, understand_text
from tests.world import NUMBERS, World, book, moment

NAN = "+447700900199"


async def received(
    world: World, provider_id: str, said: str, at: str, provider: str = "notify", number: str = NAN, **more: str
) -> None:
    """A text that a provider got at a moment, and that reaches us now."""
    body = {"From": number, "Body": said, "At": at, **more}
    await store_text(world.service.sessions, provider, provider_id, body, world.clock.now())
    while await understand_text(world.service.sessions, book(), world.clock.now()):
        pass


async def replies(world: World, plan: str = "P-1001") -> list[dict[str, str]]:
    async with reading(world.service.sessions) as session:
        raws = await events.of_plan(session, OwnId("dudley", plan))
    return [raw["data"] for raw in raws if raw["type"] == "check_in.replied"]


async def asked(world: World, plan: str, person: str, at: str) -> None:
    await world.service.receive([world.person(person, "family")])
    await world.receive("contact.decided", person, decision="allow", decided_by="w-tm")
    await world.receive("check_ins.started", plan, people=[person], days=["tue"], at=at)


async def test_a_text_that_comes_late_was_written_when_the_provider_got_it(world: World) -> None:
    await asked(world, "P-1001", "f-nan", "10:00")
    await world.until("2026-01-08T09:00")
    await received(world, "n-1", "1", moment("2026-01-06T10:20").isoformat())
    assert [one["at"] for one in await replies(world)] == ["2026-01-06T10:20:00+00:00"]


async def test_it_answers_what_was_asked_before_it_and_not_what_was_asked_since(world: World) -> None:
    await world.open_plan("P-1002", "w-sw2")
    await asked(world, "P-1001", "f-nan", "10:00")
    await asked(world, "P-1002", "f-grandad", "11:00")
    await world.until("2026-01-06T11:05")
    await received(world, "n-1", "1", moment("2026-01-06T10:20").isoformat())
    assert ([one["text"] for one in await replies(world)], await replies(world, "P-1002")) == (["1"], [])


@pytest.mark.parametrize("at", ["", "soon", "2026-01-06T10:20:00", "2036-01-06T10:20:00+00:00"])
async def test_without_a_moment_that_can_be_it_came_when_we_got_it(world: World, at: str) -> None:
    await asked(world, "P-1001", "f-nan", "10:00")
    await world.until("2026-01-06T10:30")
    await received(world, "n-1", "1", at)
    assert [one["at"] for one in await replies(world)] == [world.now_text()]


async def test_the_same_text_pushed_and_pulled_is_one(world: World) -> None:
    await asked(world, "P-1001", "f-nan", "10:00")
    await world.until("2026-01-06T10:30")
    for at in ("", (world.clock.now() - timedelta(minutes=1)).isoformat()):
        await received(world, "n-1", "1", at)
    assert len(await replies(world)) == 1


async def test_the_providers_own_word_for_stop_counts_and_a_person_reads_it(world: World) -> None:
    await asked(world, "P-1001", "f-nan", "10:00")
    await world.until("2026-01-06T10:30")
    await received(world, "SM1", "ESTOPIO", "", "twilio", OptOutType="STOP")
    assert [one["text"] for one in await replies(world)] == ["STOP (ESTOPIO)"]
    await world.tick()
    assert len(world.phone("w-sw")) == 1
    await world.until("2026-01-13T10:30")
    said = [one.content.text for one in world.everything() if one.address == NAN]
    assert said[1:] == ["OK. No more texts from me."]


async def test_a_stop_holds_for_the_number_that_its_sender_has_changed_since(world: World) -> None:
    await asked(world, "P-1001", "f-nan", "10:00")
    await world.until("2026-01-06T10:30")
    await world.receive("person.recorded", "f-nan", authority="dudley", name="N", kind="family", mobile="+447700900198")
    await received(world, "n-1", "STOP", "")
    await world.open_plan("P-1002", "w-sw2")
    await asked(world, "P-1002", "f-grandad", "11:00")
    await world.until("2026-01-20T11:30")
    # The text of the sixth, and the answer, which goes to the person.
    assert [one.address for one in world.everything() if one.channel is Channel.SMS] == [NAN, "+447700900198"]


async def test_a_workers_stop_is_told_to_the_configuration_owner_and_email_goes_on(world: World) -> None:
    await received(world, "n-1", "Stop please", "", number=NUMBERS["w-sw"])
    await world.tick()
    assert any("asked for no more texts" in subject for subject in world.subjects("w-config"))
    await asked(world, "P-1001", "f-nan", "10:00")
    await world.until("2026-01-06T10:30")
    await received(world, "n-2", "2", "")
    await world.tick()
    assert (len(world.phone("w-sw")), len(world.inbox("w-sw"))) == (0, 1)
    await world.receive("contact.decided", "w-sw", decision="allow", decided_by="w-tm")
    await received(world, "n-3", "who is this", "")
    await world.tick()
    assert len(world.phone("w-sw")) == 1
