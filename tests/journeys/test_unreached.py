"""Somebody cannot be reached: another way is tried once, another person is told, and nothing goes round in circles."""

from collections import Counter

import pytest

from config.database import reading
from notifications import outbox
from notifications.errors import Undeliverable
from notifications.message import Channel, OutboxRow
from service.domain.records import Problem
from service.store import problems
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


async def test_nothing_is_put_instead_of_what_was_put_instead(world: World) -> None:
    # Refused one after the other, each after the other had been withheld: the worst order there is.
    await world.receive("person.recorded", "w-tm", authority="dudley", name="N", kind="worker", mobile=NUMBERS["w-tm"])
    cut_off(world, "w-tm")
    await breach(world)
    await world.receive(
        "person.recorded", "w-tm", authority="dudley", name="N", kind="worker",
        mobile=NUMBERS["w-tm"], email=address("w-tm"),
    )  # fmt: skip
    await world.advance(minutes=29)
    keys = [row.message.key for row in await tried(world, "w-tm")]
    assert [key for key in keys if key.count("|instead") > 1] == []
    assert len(keys) <= 3


async def test_whoever_is_to_be_told_and_is_not_reached_either_is_passed_over(world: World) -> None:
    cut_off(world, "w-tm")
    cut_off(world, "w-sm")
    await breach(world)
    assert any("could not be reached" in subject for subject in world.subjects("w-config"))


@pytest.mark.parametrize(("channel", "other"), [("sms", "email"), ("email", "sms")])
async def test_one_refused_address_leaves_the_other_alone(world: World, channel: str, other: str) -> None:
    where = NUMBERS["w-tm"] if channel == "sms" else address("w-tm")
    world.senders[Channel(channel)].refuse(where, REFUSED)
    await breach(world)
    sent = {row.message.channel.value: row.state.value for row in await tried(world, "w-tm")}
    assert sent == {channel: "undeliverable", other: "sent"}
