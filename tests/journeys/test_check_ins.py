"""Check-ins: asked at the agreed hour on any day, answered in the person's own words, ended by STOP."""

import pytest

from notifications.errors import Undeliverable
from notifications.message import Channel
from service.use_cases.texts.receive_text import store_text, understand_text
from tests.databases import ON_SQLITE
from tests.world import NUMBERS, World, book

NAN = "+447700900199"  # the number of everybody who is not on the staff


@pytest.fixture
async def asked(world: World) -> World:
    """A grandmother who may be texted, and is asked on Saturdays and Sundays at ten."""
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    await world.receive("role.assigned", role="network_member", person="f-nan")
    await world.receive("check_ins.started", id="c-1", people=["f-nan"], days=["sat", "sun"], at="10:00")
    return world


def texts(world: World) -> list[str]:
    return [one.content.text for one in world.everything() if one.address == NAN]


async def reply(world: World, text: str) -> None:
    body = {"From": NAN, "Body": text, "MessageSid": f"SM-{text}-{world.now_text()}"}
    await store_text(world.service.sessions, "twilio", body["MessageSid"], body, world.clock.now())
    while await understand_text(world.service.sessions, book(), world.clock.now()):
        pass
    await world.tick()


async def test_she_is_asked_on_the_days_agreed_weekend_or_not(asked: World) -> None:
    await asked.until("2026-01-10T10:05")  # a Saturday
    assert len(texts(asked)) == 1
    await asked.until("2026-01-13T10:05")
    assert len(texts(asked)) == 2


@ON_SQLITE
async def test_she_is_asked_whatever_stands_in_the_ids_of_other_systems(world: World) -> None:
    nan = "f|nan#1 'x'"
    await world.receive("person.recorded", nan, authority="dudley", name="N", kind="family", mobile=NAN)
    await world.receive("contact.decided", nan, id="c|d", decision="allow", decided_by="w-tm")
    await world.receive("role.assigned", id="r#1|2", role="network_member", person=nan)
    started = ("check_ins.started", "P-1001")
    name, weekend = "check_ins.started|P-1001|7", ["sat", "sun"]
    await world.receive(*started, id=name, source="/dudley/a|b#c", people=[nan], days=weekend, at="10:00")
    await world.until("2026-01-10T10:05")
    await reply(world, "2")
    assert (len(texts(world)), len(world.phone("w-sw")), len(world.inbox("w-sw"))) == (2, 1, 1)
    await world.until("2026-01-11T12:05")  # nobody answers on Sunday
    await world.until("2026-01-12T08:35")
    assert (len(texts(world)), len(world.inbox("w-sw"))) == (3, 2)
    assert "check-in" in world.subjects("w-sw")[-1]


@ON_SQLITE
async def test_a_call_that_is_asked_for_is_told_at_once(asked: World) -> None:
    await asked.until("2026-01-10T10:05")
    await reply(asked, "2")
    assert (len(asked.phone("w-sw")), len(asked.inbox("w-sw"))) == (1, 1)
    assert len(texts(asked)) == 2  # one neutral answer


@ON_SQLITE
async def test_stop_ends_the_texts_and_no_more_is_sent(asked: World) -> None:
    await asked.until("2026-01-10T10:05")
    await reply(asked, "STOP")
    before = len(texts(asked))
    await asked.until("2026-01-20T10:05")
    assert len(texts(asked)) == before
    assert NAN not in NUMBERS.values()


async def test_stop_on_one_plan_counts_on_the_other(asked: World) -> None:
    await asked.open_plan("P-1002")
    await asked.receive("role.assigned", "P-1002", role="network_member", person="f-nan")
    await asked.receive("check_ins.started", "P-1002", people=["f-nan"], days=["mon"], at="11:00")
    await asked.until("2026-01-10T10:05")
    await reply(asked, "stop")
    before = len(texts(asked))
    await asked.until("2026-01-13T10:05")
    assert len(texts(asked)) == before


@ON_SQLITE
async def test_a_text_that_was_refused_is_not_counted_as_unanswered(asked: World) -> None:
    asked.senders[Channel.SMS].refuse(NAN, Undeliverable("the number is not in use"))
    await asked.until("2026-01-12T09:05")  # a Saturday's and a Sunday's text, and the Monday morning
    said = asked.subjects("w-sw")
    assert sum("could not be" in one or "reach" in one for one in said) == 2
    assert [one for one in said if "not answered" in one or "in a row" in one] == []


async def test_a_person_excluded_between_the_look_and_the_claim_is_not_asked(asked: World) -> None:
    await asked.until("2026-01-10T09:59")
    await asked.receive("person.excluded", person="f-nan", on="2026-01-10")
    await asked.until("2026-01-12T09:05")
    assert texts(asked) == []
    assert [one for one in asked.subjects("w-sw") if "not answered" in one or "in a row" in one] == []
