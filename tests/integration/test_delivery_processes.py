"""Eight processes empty one outbox: the mail server, with each message on disk before it answers, has each once."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from notifications.message import State
from tests.contract.mail import mail_server
from tests.contract.post_room import PostRoom, post_room, wanted
from tests.fork_server import run_module

pytestmark = pytest.mark.both_databases

PROCESSES = 8


async def work(database: str, port: int) -> int:
    """One process, from its start until nothing is due; its status."""
    process = await run_module("tests.contract.worker", database, str(port), "0")
    await process.communicate()
    return await process.wait()


async def emptied(room: PostRoom, database: str, folder: Path, count: int) -> Counter[str]:
    """How often each message arrived, by the id that the world sees."""
    keys = [f"k-{n}" for n in range(count)]
    for start in range(0, count, 500):
        await room.put(*(wanted(key) for key in keys[start : start + 500]))
    async with mail_server(folder) as mailbox:
        ended = await asyncio.gather(*(work(database, mailbox.port) for _ in range(PROCESSES)))
        assert ended == [0] * PROCESSES
        arrived = Counter(str(message["Message-ID"]) for message in mailbox.messages())
    assert {(await room.row(key)).state for key in keys[:: count // 50]} == {State.SENT}
    workers = {attempt.worker for key in keys[:: count // 50] for attempt in await room.attempts(key)}
    assert len(workers) > 1  # they shared the work
    return arrived


async def test_each_message_goes_once_whoever_takes_it(database: str, tmp_path: Path) -> None:
    async with post_room(database) as room:
        arrived = await emptied(room, database, tmp_path, 150)
    assert (len(arrived), set(arrived.values())) == (150, {1})


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_each_of_twenty_thousand_goes_once(database: str, tmp_path: Path) -> None:
    async with post_room(database) as room:
        arrived = await emptied(room, database, tmp_path, 20_000)
    assert (len(arrived), set(arrived.values())) == (20_000, {1})
