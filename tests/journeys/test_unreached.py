"""Somebody cannot be reached: another way is tried once, another person is told, and nothing goes round in circles."""

from collections import Counter

import pytest
from sqlalchemy import update

from config.database import reading, transaction
from notifications.errors import Undeliverable
from notifications.message import Channel, OutboxRow
from notifications.outbox import outbox
from notifications.providers.twilio.callback import report_of
from notifications.tables import message
from service.domain.telling.records import Problem
from service.store import problems
from service.use_cases.delivery.receive_delivery_report import receive_delivery_report
from service.use_cases.delivery.undeliverable import undelivered
from tests.databases import ON_SQLITE
from tests.world import NUMBERS, World, address

REFUSED = Undeliverable("refused for good")


async def breach(world: World) -> None:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="agreed place left", at=world.now_text())
    await world.tick()


def cut_off(world: World, person: str) -> None:
    world.senders[Channel.SMS].refuse(NUMBERS[person], REFUSED)
    world.senders[Channel.EMAIL].refuse(address(person), REFUSED)


async def tried(world: World, person: str) -> list[OutboxRow]:
    async with reading(world.service.sessions) as session:
        return [row for row in await outbox.recent(session, person=person) if row.message.template == "bottom_line"]


async def mended_by(world: World) -> list[Problem]:
    async with reading(world.service.sessions) as session:
        return [one for one in await problems.recent(session) if one.code == "undeliverable"]


async def test_with_both_addresses_refused_each_is_tried_once_and_the_next_person_is_told(world: World) -> None:
    cut_off(world, "w-tm")
    await breach(world)
    assert Counter(row.message.channel for row in await tried(world, "w-tm")) == {"sms": 1, "email": 1}
    assert [one.plan for one in await mended_by(world)] == ["P-1001", "P-1001"]
    assert any("could not be reached" in subject for subject in world.subjects("w-sm"))


@ON_SQLITE
async def test_whoever_is_to_be_told_and_is_not_reached_either_is_passed_over(world: World) -> None:
    cut_off(world, "w-tm")
    cut_off(world, "w-sm")
    await breach(world)
    assert any("could not be reached" in subject for subject in world.subjects("w-config"))


@ON_SQLITE
@pytest.mark.parametrize(("channel", "other"), [("sms", "email"), ("email", "sms")])
async def test_one_refused_address_leaves_the_other_alone(world: World, channel: str, other: str) -> None:
    where = NUMBERS["w-tm"] if channel == "sms" else address("w-tm")
    world.senders[Channel(channel)].refuse(where, REFUSED)
    await breach(world)
    sent = {row.message.channel.value: row.state.value for row in await tried(world, "w-tm")}
    assert sent == {channel: "undeliverable", other: "sent"}


async def later_word(world: World, status: str, sid: str) -> bool:
    tell = undelivered(world.service.book, world.clock)
    form = {"MessageSid": sid, "MessageStatus": status, "ErrorCode": "30003"}
    report = report_of(form, "", world.clock.now())
    assert report is not None
    news = await receive_delivery_report(world.service.sessions, tell, report)
    await world.tick()
    return news


async def sid_of_text(world: World, person: str) -> str:
    async with reading(world.service.sessions) as session:
        row = next(row for row in await outbox.recent(session, person=person) if row.message.channel is Channel.SMS)
        return str((await outbox.attempts(session, row.id))[-1].provider_id)


async def states(world: World, person: str) -> dict[str, str]:
    return {row.message.channel.value: row.state.value for row in await tried(world, person)}


@ON_SQLITE
@pytest.mark.parametrize("status", ["undelivered", "failed", "canceled"])
async def test_what_the_provider_could_not_deliver_after_all_is_told_to_a_person(world: World, status: str) -> None:
    await breach(world)
    assert await later_word(world, status, await sid_of_text(world, "w-tm"))
    assert await states(world, "w-tm") == {"sms": "undeliverable", "email": "sent"}
    assert any("could not be reached" in subject for subject in world.subjects("w-sm"))
    assert (await mended_by(world))[0].code == "undeliverable"


@ON_SQLITE
async def test_an_alert_whose_other_way_was_never_tried_goes_by_it_at_once(world: World) -> None:
    await breach(world)
    async with transaction(world.service.sessions) as session:
        email = (message.c.person == "w-tm", message.c.channel == "email")
        await session.execute(update(message).where(*email).values(state="withheld"))
    before = len(world.inbox("w-tm"))
    await later_word(world, "undelivered", await sid_of_text(world, "w-tm"))
    assert len(world.inbox("w-tm")) == before + 1


@ON_SQLITE
async def test_nothing_is_put_instead_of_what_was_put_instead(world: World) -> None:
    await breach(world)
    async with transaction(world.service.sessions) as session:
        email = (message.c.person == "w-tm", message.c.channel == "email")
        await session.execute(update(message).where(*email).values(state="withheld"))
    cut_off(world, "w-tm")
    await world.advance(minutes=1)
    await later_word(world, "undelivered", await sid_of_text(world, "w-tm"))
    await world.advance(minutes=25)
    keys = [row.message.key for row in await tried(world, "w-tm")]
    assert sorted(key.count("|instead") for key in keys) == [0, 0, 1]


@ON_SQLITE
async def test_an_email_in_place_of_a_text_has_the_initials_like_any_other(world: World) -> None:
    await breach(world)
    async with transaction(world.service.sessions) as session:
        email = (message.c.person == "w-tm", message.c.channel == "email")
        await session.execute(update(message).where(*email).values(state="withheld"))
    await later_word(world, "undelivered", await sid_of_text(world, "w-tm"))
    await world.tick()
    assert ["(ZQ)" in mail.content.text for mail in world.inbox("w-tm")] == [True, True]


async def test_a_word_that_overtakes_the_answer_counts(world: World) -> None:
    sms = world.senders[Channel.SMS]
    tell = undelivered(world.service.book, world.clock)

    async def fail_it() -> None:
        sms.meanwhile(None)
        form = {"MessageSid": "SM-early", "MessageStatus": "failed"}
        report = report_of(form, sms.sent[-1].attempt_id, world.clock.now())
        assert report is not None
        await receive_delivery_report(world.service.sessions, tell, report)

    sms.meanwhile(fail_it)
    await breach(world)
    found = {person: (await states(world, person))["sms"] for person in ("w-tm", "w-hsm")}
    assert sorted(found.values()) == ["sent", "undeliverable"]


async def test_the_later_word_counts_once_and_never_backwards(world: World) -> None:
    await breach(world)
    sid = await sid_of_text(world, "w-tm")
    assert [await later_word(world, status, sid) for status in ("sent", "undelivered", "undelivered", "failed")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert await later_word(world, "delivered", sid) is False
    assert await states(world, "w-tm") == {"sms": "undeliverable", "email": "sent"}
    assert len(await mended_by(world)) == 1


@ON_SQLITE
async def test_what_was_delivered_stays_so(world: World) -> None:
    await breach(world)
    sid = await sid_of_text(world, "w-tm")
    assert await later_word(world, "delivered", sid)
    assert await later_word(world, "undelivered", sid) is False
    assert await states(world, "w-tm") == {"sms": "sent", "email": "sent"}
    assert await mended_by(world) == []


@ON_SQLITE
async def test_a_word_about_a_message_that_is_not_ours_changes_nothing(world: World) -> None:
    await breach(world)
    assert await later_word(world, "undelivered", "SM-of-somebody-else")
    assert await mended_by(world) == []


@ON_SQLITE
async def test_a_check_in_that_did_not_arrive_is_told_to_the_social_worker_and_not_sent_again(world: World) -> None:
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    await world.receive("check_ins.started", id="c-1", people=["f-nan"], days=["mon"], at="10:00")
    await world.until("2026-01-05T10:05")
    await later_word(world, "undelivered", await sid_of_text(world, "f-nan"))
    assert any("could not be reached" in subject for subject in world.subjects("w-sw"))
    assert len([one for one in world.everything() if one.address == "+447700900199"]) == 1
