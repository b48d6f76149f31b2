"""Email comes back after the mail server took it: a person is told, an alert goes another way, and each counts once."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from config.database import reading, transaction
from notifications.mailbox.bounce_box import BounceBox, Returned
from notifications.mailbox.bounces import read_bounce
from notifications.message import Channel, OutboxRow
from notifications.outbox import outbox
from notifications.tables import attempt, message
from service.store import problems
from service.store.tables import bad_address
from service.use_cases.delivery.receive_bounce import Taken, read_bounces, receive_bounce
from service.use_cases.delivery.undeliverable import undelivered
from tests.contract.returned_mail import OUT_OF_OFFICE, report, written
from tests.databases import ON_SQLITE
from tests.world import World, address


async def breach(world: World) -> None:
    world.senders[Channel.EMAIL].name = "smtp"
    await world.receive("bottom_line.breached", id="b-1", bottom_line="agreed place left", at=world.now_text())
    await world.tick()


def outside_id(world: World, person: str) -> str:
    return world.inbox(person)[0].message_id


async def came(world: World, raw: bytes) -> Taken:
    tell = undelivered(world.service.book, world.clock)
    mark = f"{hash(raw):x}"
    taken = await receive_bounce(world.service.sessions, tell, Returned(mark, read_bounce(raw)), world.clock.now())
    await world.tick()
    return taken


async def bounced(world: World, person: str, action: str = "failed", status: str = "5.1.1") -> Taken:
    return await came(world, report(outside_id(world, person), address(person), action, status))


async def tried(world: World, person: str) -> dict[str, str]:
    async with reading(world.service.sessions) as session:
        rows: list[OutboxRow] = await outbox.recent(session, person=person)
    return {row.message.channel.value: row.state.value for row in rows if row.message.template == "bottom_line"}


async def bad(world: World) -> list[tuple[str, str]]:
    async with reading(world.service.sessions) as session:
        return [(row.person, row.address) for row in await session.execute(select(bad_address))]


async def mended_by(world: World) -> list[str]:
    async with reading(world.service.sessions) as session:
        return [one.detail for one in await problems.recent(session) if one.code == "undeliverable"]


async def test_an_alert_that_came_back_is_told_to_a_person_and_its_address_is_known_to_be_bad(world: World) -> None:
    await breach(world)
    assert await bounced(world, "w-tm") is Taken.RETURNED
    assert await tried(world, "w-tm") == {"sms": "sent", "email": "undeliverable"}
    assert any("could not be reached" in subject for subject in world.subjects("w-sm"))
    assert await bad(world) == [("w-tm", address("w-tm"))]


@ON_SQLITE
async def test_an_alert_whose_other_way_was_never_tried_goes_by_it_at_once(world: World) -> None:
    await breach(world)
    async with transaction(world.service.sessions) as session:
        texts = (message.c.person == "w-tm", message.c.channel == "sms")
        await session.execute(update(message).where(*texts).values(state="withheld"))
    before = len(world.phone("w-tm"))
    await bounced(world, "w-tm")
    assert len(world.phone("w-tm")) == before + 2  # the alert, and that the address is bad


@ON_SQLITE
async def test_a_full_mailbox_is_told_and_its_address_stays_good(world: World) -> None:
    await breach(world)
    assert await bounced(world, "w-tm", "failed", "5.2.2") is Taken.RETURNED
    assert (await tried(world, "w-tm"))["email"] == "undeliverable"
    assert await bad(world) == []


@ON_SQLITE
@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "delivered"])
async def test_what_is_no_failure_is_only_noted_and_a_failure_after_it_counts(world: World, action: str) -> None:
    await breach(world)
    assert await bounced(world, "w-tm", action, "4.4.1") is Taken.NOTED
    assert (await tried(world, "w-tm"), await mended_by(world)) == ({"sms": "sent", "email": "sent"}, [])
    assert await bounced(world, "w-tm") is Taken.RETURNED


async def test_each_report_counts_once(world: World) -> None:
    await breach(world)
    assert [await bounced(world, "w-tm") for _ in range(3)] == [Taken.RETURNED, Taken.NOTED, Taken.NOTED]
    assert await bounced(world, "w-tm", "failed", "5.1.2") is Taken.NOTED
    assert len(await mended_by(world)) == 1


@ON_SQLITE
async def test_a_report_about_a_message_that_is_not_ours_changes_nothing(world: World) -> None:
    await breach(world)
    assert await came(world, report("f" * 32, address("w-tm"))) is Taken.STRANGER
    assert (await mended_by(world), await bad(world)) == ([], [])


@ON_SQLITE
async def test_an_out_of_office_note_is_no_answer_and_no_failure(world: World) -> None:
    await breach(world)
    assert await came(world, written(OUT_OF_OFFICE, outside_id(world, "w-tm"), address("w-tm"))) is Taken.NO_REPORT
    await world.advance(minutes=31)
    assert len([one for one in world.inbox("w-tm") if "bottom line" in str(one.content.subject).lower()]) == 2


@ON_SQLITE
async def test_an_address_behind_a_forwarded_message_is_not_taken_for_ours(world: World) -> None:
    await breach(world)
    assert await came(world, report(outside_id(world, "w-tm"), "elsewhere@example.org")) is Taken.RETURNED
    assert await bad(world) == []


async def test_a_report_about_our_own_account_marks_nobody_and_is_told_to_whoever_can_mend_it(world: World) -> None:
    await breach(world)
    assert await bounced(world, "w-tm", "failed", "5.1.8") is Taken.RETURNED
    assert (await tried(world, "w-tm"))["email"] == "failed"
    assert await bad(world) == []
    assert any("a provider refuses what we send" in subject for subject in world.subjects("w-config"))
    told = len(world.subjects("w-config"))
    assert await bounced(world, "w-hsm", "failed", "5.1.8") is Taken.RETURNED
    assert len(world.subjects("w-config")) == told


async def test_a_report_from_somebody_marks_no_address(world: World) -> None:
    await breach(world)
    genuine = report(outside_id(world, "w-tm"), address("w-tm"))
    forged = genuine.replace(b"Return-Path: <>", b"Return-Path: <mallory@example.org>")
    assert await came(world, forged) is Taken.NO_REPORT
    assert ((await tried(world, "w-tm"))["email"], await bad(world)) == ("sent", [])
    assert await came(world, genuine) is Taken.RETURNED


async def test_whose_address_is_bad_is_told_by_text_once(world: World) -> None:
    await breach(world)
    before = len(world.phone("w-tm"))
    await bounced(world, "w-tm")
    words = [text.content.text for text in world.phone("w-tm")[before:]]
    assert ["emails to you do not arrive" in text for text in words] == [True]


async def test_an_id_that_the_relay_gave_leads_to_the_message_that_it_took(world: World) -> None:
    await breach(world)
    async with transaction(world.service.sessions) as session:
        ours = select(message.c.id).where(message.c.outside_id == outside_id(world, "w-tm")).scalar_subquery()
        answer = "2.0.0 Ok 0102018f00000000-1b2c"
        await session.execute(update(attempt).where(attempt.c.message_id == ours).values(provider_id=answer))
    raw = report("0" * 32, address("w-tm"))
    for relay_id, taken in ((b"0102018f", Taken.STRANGER), (b"0102018f00000000-1B2C", Taken.RETURNED)):
        assert await came(world, raw.replace(b"0" * 32, relay_id)) is taken
    assert await bad(world) == [("w-tm", address("w-tm"))]


async def test_a_relays_id_counts_for_the_address_that_it_took_alone(world: World) -> None:
    await breach(world)
    async with transaction(world.service.sessions) as session:
        await session.execute(update(attempt).values(provider_id="2.0.0 Ok 0102018f00000000-1b2c"))
    raw = report("0" * 32, "elsewhere@example.org").replace(b"0" * 32, b"0102018f00000000-1b2c")
    assert await came(world, raw) is Taken.STRANGER


async def test_an_email_that_cannot_be_read_is_put_aside_and_told_and_holds_nobody_up(
    world: World, tmp_path: Path
) -> None:
    await breach(world)
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    (tmp_path / "box" / "new" / "1").write_text(parts)
    (tmp_path / "box" / "new" / "2").write_bytes(report(outside_id(world, "w-tm"), address("w-tm")))
    book, tell, box = world.service.book, undelivered(world.service.book, world.clock), BounceBox(tmp_path / "box")
    assert await read_bounces(world.service.sessions, book, tell, box, world.clock.now())
    await world.tick()
    assert sorted(file.name for file in (tmp_path / "box" / "cur").iterdir()) == ["1:2,F", "2:2,S"]
    assert [subject for subject in world.subjects("w-config") if "could not be read" in subject] != []


@ON_SQLITE
async def test_a_bad_address_is_forgotten_when_another_is_recorded(world: World) -> None:
    await breach(world)
    await bounced(world, "w-tm")
    await world.service.receive([world.person("w-tm")])
    assert len(await bad(world)) == 1
    known = {"authority": "dudley", "name": "N", "kind": "worker"}
    await world.receive("person.recorded", "w-tm", email="other@example.org", **known)
    assert await bad(world) == []


@ON_SQLITE
async def test_what_lies_in_the_mailbox_is_taken_once_even_if_it_is_found_again(world: World, tmp_path: Path) -> None:
    await breach(world)
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    tell, box = undelivered(world.service.book, world.clock), BounceBox(tmp_path / "box")
    for found in (True, False):  # the second time as after a crash before it was put among the read
        (tmp_path / "box" / "new" / "1").write_bytes(report(outside_id(world, "w-tm"), address("w-tm")))
        assert await read_bounces(world.service.sessions, world.service.book, tell, box, world.clock.now()) is found
    assert len(await mended_by(world)) == 1
