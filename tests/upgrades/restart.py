"""The service started again on the database of an older version, some minutes after that version was stopped."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from pydantic import SecretStr
from sqlalchemy import text

from config.clock import ManualClock
from config.database import reading
from config.settings import Settings
from notifications.message import Channel, OutboxRow, Outgoing, Sought
from notifications.outbox import outbox
from service.api.application import make_application
from service.app import open_service
from tests.contract.forgeries import PUBLIC, SIGN
from tests.memory_sender import MemorySender
from tests.world import World, book

FOLDER = Path(__file__).parent / "2026-11-27"
STOPPED = datetime(2026, 11, 27, 10, 40, 30, tzinfo=UTC)
STARTED = datetime(2026, 11, 27, 10, 45, tzinfo=UTC)
# The provider took this person's text and its answer was lost. Of the other text without an answer it knows nothing.
TAKEN_WITHOUT_AN_ANSWER = {"+447700900202": "SMfeed0001"}


class TextProvider(MemorySender):
    """A provider of texts that names each by its attempt, and can be asked which texts it took."""

    def __init__(self, taken: Mapping[str, str]) -> None:
        """`taken`: the ids of the texts that it took before, by number."""
        super().__init__("twilio")
        self.taken = taken
        self.asked: list[Sought] = []

    async def send(self, outgoing: Outgoing) -> str:
        """Keep it, and give an id as Twilio's are."""
        await super().send(outgoing)
        return f"SM{outgoing.attempt_id}"

    async def look_up(self, sought: Sought) -> str | None:
        """The id of a text that it took before."""
        self.asked.append(sought)
        return self.taken.get(sought.address)


@asynccontextmanager
async def restarted(database: str, at: datetime = STARTED) -> AsyncIterator[World]:
    """The service on this database at a moment; its senders have handed nothing over yet."""
    senders: dict[Channel, MemorySender] = {
        Channel.EMAIL: MemorySender("smtp"),
        Channel.SMS: TextProvider(TAKEN_WITHOUT_AN_ANSWER),
    }
    settings = Settings(
        database_url=database,
        public_url=PUBLIC,
        twilio_account_sid="AC1",
        twilio_auth_token=SecretStr("twilio-token"),
        twilio_from="+447700900123",
    )
    clock = ManualClock(at)
    by_channel = {channel: [sender] for channel, sender in senders.items()}
    service = await open_service(settings, clock=clock, book=book(), senders=by_channel)
    try:
        yield World(service, clock, senders)
    finally:
        await service.close()


@asynccontextmanager
async def front_door(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """What other systems and providers reach."""
    transport = httpx2.ASGITransport(app=make_application(world.service))
    async with httpx2.AsyncClient(transport=transport, base_url="http://inside") as client:
        yield client


async def from_twilio(world: World, path: str, form: Mapping[str, str]) -> None:
    """One signed callback, and what follows from it at once."""
    headers = {
        "X-Twilio-Signature": SIGN(PUBLIC + path, dict(form)),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with front_door(world) as client:
        answer = await client.post(path, content=urlencode(form), headers=headers)
    assert answer.status_code in (200, 204), answer.text
    await world.tick()


async def text_from(world: World, number: str, words: str, sid: str) -> None:
    """A text that Twilio got for us."""
    await from_twilio(world, "/v1/twilio/inbound", {"MessageSid": sid, "From": number, "Body": words})


async def report(world: World, provider_id: str, status: str) -> None:
    """What Twilio says of a text of ours."""
    await from_twilio(world, "/v1/twilio/status", {"MessageSid": provider_id, "MessageStatus": status})


async def close_alerts(world: World) -> None:
    """End the three alerts that were in flight."""
    for plan, alert in {"D-1001": "b-1001", "D-1003": "b-1003", "B-2001": "b-2001"}.items():
        authority = "bradford" if plan.startswith("B-") else "dudley"
        head = "b-head" if plan.startswith("B-") else "w-head"
        closing = {"alert": alert, "by": head, "outcome": "safe", "source": f"/{authority}/casework"}
        await world.receive("alert.closed", plan, **closing)
    await world.tick()


async def message(world: World, key: str) -> OutboxRow:
    """The message with this key, as it stands."""
    async with reading(world.service.sessions) as session:
        row = await outbox.find(session, key)
    assert row is not None, key
    return row


async def handed_over(world: World) -> list[dict[str, str | None]]:
    """What has been handed over since the start, in order of time."""
    lines = [_line(await message(world, outgoing.key), outgoing) for outgoing in world.everything()]
    return sorted(lines, key=lambda line: (str(line["at"]), str(line["channel"]), str(line["key"])))


def _line(row: OutboxRow, outgoing: Outgoing) -> dict[str, str | None]:
    return {
        "at": outgoing.started_at.isoformat(),
        "to": row.sent_to,
        "channel": outgoing.channel.value,
        "purpose": row.message.purpose.value,
        "template": row.message.template,
        "key": outgoing.key,
    }


async def rows(world: World, table: str, *columns: str) -> list[dict[str, object]]:
    """All rows of a table; `columns`: these alone."""
    async with reading(world.service.sessions) as session:
        found = await session.execute(text(f"SELECT {', '.join(columns) or '*'} FROM {table}"))  # noqa: S608
        return sorted((dict(row) for row in found.mappings()), key=str)


def lines_of(name: str) -> list[dict[str, Any]]:
    """The lines of a file of JSON that lies beside the older version's database."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]
