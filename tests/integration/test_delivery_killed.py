"""A worker is killed in the middle of sending: what the mail server wrote down is the proof."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from notifications.message import State
from tests.contract.mail import Mailbox, mail_server
from tests.contract.post_room import PostRoom, alert, post_room
from tests.fork_server import Forked, run_module
from tests.waiting import until

pytestmark = pytest.mark.both_databases


@asynccontextmanager
async def worker(database: str, mailbox: Mailbox, minutes: float) -> AsyncIterator[Forked]:
    """A worker's process at so many minutes after the start."""
    process = await run_module("tests.contract.worker", database, str(mailbox.port), str(minutes))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def killed_at(database: str, mailbox: Mailbox, happens: Callable[[], bool]) -> None:
    """Start a worker, and kill it as soon as this happens at the other end."""
    async with worker(database, mailbox, 0) as process:
        await until(happens)
        process.kill()


async def worked_at(database: str, mailbox: Mailbox, minutes: float) -> None:
    """Let a worker deliver what is due then."""
    async with worker(database, mailbox, minutes) as process:
        assert await process.wait() == 0


async def state(room: PostRoom) -> State:
    """How the alert stands."""
    return (await room.row("a")).state


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
async def test_killed_before_the_data_it_arrives_once(database: str, tmp_path: Path, command: str) -> None:
    async with post_room(database) as room:
        await room.put(alert("a"))
        async with mail_server(tmp_path, answers={command: "hang"}) as hanging:
            await killed_at(database, hanging, lambda: command in hanging.commands())
        async with mail_server(tmp_path) as mailbox:
            await worked_at(database, mailbox, 1.1)
            [message] = mailbox.messages()
        assert "repeat" not in str(message)
        assert await state(room) is State.SENT


@pytest.mark.parametrize("moment", ["MIDDLE", "DOT"])
async def test_killed_after_it_nothing_is_lost_and_the_copy_says_that_it_is_one(
    database: str, tmp_path: Path, moment: str
) -> None:
    arrived = {"MIDDLE": 0, "DOT": 1}[moment]
    async with post_room(database) as room:
        await room.put(alert("a"))
        async with mail_server(tmp_path, answers={moment: "hang"}) as hanging:
            await killed_at(database, hanging, lambda: moment in hanging.commands())
        async with mail_server(tmp_path) as mailbox:
            await worked_at(database, mailbox, 1.1)
            assert len(mailbox.messages()) == arrived
            await worked_at(database, mailbox, 13)
            messages = mailbox.messages()
        assert len(messages) == arrived + 1
        assert len({message["Message-ID"] for message in messages}) == 1
        assert "This may repeat a message of 08:30 UTC" in str(messages[-1])
        assert await state(room) is State.SENT
