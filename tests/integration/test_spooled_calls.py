"""A provider calls while the database takes nothing: it is told so, and what it said is here all the same."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import select

from config.database import reading
from config.settings import Settings
from jobs.timetable import spool
from service.api.application import make_application
from service.files.spool import SpoolEntry
from service.store.tables import raw_inbound, receipt
from tests.contract.forgeries import PUBLIC
from tests.integration.test_api_twilio import send, text
from tests.integration.test_disk_full import ON_SQLITE, pages
from tests.world import World

pytestmark = ON_SQLITE
LONG = {"Media": "x" * 60_000}  # finds no room where a short one might


@pytest.fixture
async def twilio(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """What Twilio calls."""
    settings = Settings(
        public_url=PUBLIC,
        twilio_account_sid="AC1",
        twilio_auth_token=SecretStr("twilio-token"),
        twilio_from="+447700900123",
    )
    app = make_application(replace(world.service, settings=settings))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://inside") as client:
        yield client


async def texts(world: World) -> list[tuple[str, str]]:
    async with reading(world.service.sessions) as session:
        return [(row.id, row.body["Body"]) for row in await session.execute(select(raw_inbound))]


async def test_a_text_that_finds_no_room_is_answered_503_and_is_in_once_there_is(
    world: World, twilio: httpx2.AsyncClient
) -> None:
    await pages(world, None)
    for _ in range(2):  # Twilio may say it again
        assert (await send(twilio, "/v1/twilio/inbound", text("1") | LONG)).status_code == 503
    with pytest.raises(Exception, match="full"):
        await spool(world.service, world.clock.now())
    assert await texts(world) == []
    await pages(world, 2**30)
    await spool(world.service, world.clock.now())
    assert await texts(world) == [("SM1", "1")]
    assert world.service.spool.take() == []


async def test_how_far_a_text_has_come_is_not_lost_either(world: World, twilio: httpx2.AsyncClient) -> None:
    async with world.service.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE receipt RENAME TO away")
    form = {"MessageSid": "SM9", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    assert (await send(twilio, "/v1/twilio/status", form)).status_code == 503
    async with world.service.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE away RENAME TO receipt")
    await spool(world.service, world.clock.now())
    async with reading(world.service.sessions) as session:
        assert [(row.id, row.status) for row in await session.execute(select(receipt))] == [("SM9", "undelivered")]


async def test_a_line_of_the_first_release_is_read_after_an_upgrade(world: World) -> None:
    said = json.loads(
        '{"word": {"provider": "twilio", "id": "SM7", "status": "undelivered", "attempt": null, "reference": null, '
        '"error": "30003"}, "at": "2026-01-05T09:00:00+00:00"}'
    )
    unread = said | {"word": said["word"] | {"id": "SM8", "status": "no word of Twilio's"}}
    world.service.spool.add(said)
    world.service.spool.add(unread)
    await spool(world.service, world.clock.now())
    async with reading(world.service.sessions) as session:
        rows = await session.execute(select(receipt))
        assert [(row.id, row.status, row.error, row.rank) for row in rows] == [("SM7", "undelivered", "30003", 4)]
    assert world.service.spool.take() == []


async def test_a_report_is_spooled_as_the_first_release_reads_it(world: World, twilio: httpx2.AsyncClient) -> None:
    async with world.service.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE receipt RENAME TO away")
    form = {"MessageSid": "SM9", "MessageStatus": "undelivered", "ErrorCode": "30003"}
    await send(twilio, "/v1/twilio/status", form)
    [line] = world.service.spool.take()
    assert line["word"] == {
        "provider": "twilio",
        "id": "SM9",
        "status": "undelivered",
        "attempt": None,
        "reference": None,
        "error": "30003",
    }


async def test_what_cannot_be_stored_is_put_aside_and_told_and_holds_nothing_up(world: World) -> None:
    word = {"provider": "twilio", "id": "SM5", "status": "delivered", "attempt": None, "reference": None, "error": None}
    at = "2026-01-05T09:00:00+00:00"
    bad: list[SpoolEntry] = [
        {"word": word | {"attempt": "\ud800"}, "at": at},
        {"word": word | {"reference": "\udfff"}, "at": at},
        {"text": ["twilio", "SM6", {"Body": "1"}], "at": "no moment"},
        {"neither": 1},
    ]
    for entry in (*bad, {"word": word, "at": at}, {"text": ["twilio", "SM7", {"Body": "1"}], "at": at}):
        world.service.spool.add(entry)
    await spool(world.service, world.clock.now())
    async with reading(world.service.sessions) as session:
        assert [row.id for row in await session.execute(select(receipt))] == ["SM5"]
    assert await texts(world) == [("SM7", "1")]
    assert world.service.spool.take() == []
    [aside] = Path(str(world.service.engine.url.database)).parent.glob("*.refused")
    assert [json.loads(line) for line in aside.read_text().splitlines()] == bad
    assert aside.stat().st_mode & 0o777 == 0o600
    await world.tick()
    assert [subject for subject in world.subjects("w-config") if "could not be read" in subject] != []


async def test_what_is_forged_is_not_kept(world: World, twilio: httpx2.AsyncClient) -> None:
    await pages(world, None)
    assert (await send(twilio, "/v1/twilio/inbound", text("1") | LONG, "forged")).status_code == 403
    assert world.service.spool.take() == []
