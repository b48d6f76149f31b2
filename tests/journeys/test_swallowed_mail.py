"""Canaries: what planwatch writes to itself arrives, or it is told that email is swallowed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from cli.sentinel import expected_of
from config.clock import ManualClock
from config.database import reading, transaction
from config.settings import Settings
from jobs.sentinel_loop import withholding
from jobs.timetable import TIMETABLE
from notifications.message import Channel
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind, SuspensionCause
from notifications.providers.sender import Sender, Senders
from notifications.tables import message
from service.app import Service, open_service
from service.sentinel.auditor import Auditor
from service.store.tables import canary, raw_inbound
from service.use_cases.operations.tell_findings import tell_findings
from tests.contract.mail import Mailbox, mail_server
from tests.databases import ON_SQLITE
from tests.integration.test_doctor import nobodys_port
from tests.memory_sender import MemorySender
from tests.world import MONDAY, World, address, book, moment

STEPS = {tick.name: tick.step for tick in TIMETABLE}


class OwnMemorySender(MemorySender):
    """One that keeps what it is handed, and names an address of ours."""

    mail_from = "planwatch@example.org"


class Rounds:
    """A service that sends through a real mail server and reads a mailbox; whether email gets there, a test says."""

    def __init__(self, database: str, server: Mailbox, box: Path) -> None:
        self._database, self.server, self.box = database, server, box
        self.clock, self.texts = ManualClock(moment(MONDAY)), MemorySender("twilio")
        self.email: list[Sender] = [server.sender()]
        self._carried, self._elapsed = 0, 0.0

    async def open(self, *, bounces: bool = True) -> Service:
        """A process of it."""
        settings = Settings(_env_file=None, database_url=self._database, bounces=self.box if bounces else None)
        senders: Senders = {Channel.EMAIL: self.email, Channel.SMS: [self.texts]}
        return await open_service(settings, clock=self.clock, book=book(), senders=senders)

    async def start(self) -> None:
        """Begin, with an auditor."""
        self.service = await self.open()
        expected, elapsed = expected_of(book()), lambda: self._elapsed
        self._auditor = Auditor(self.service.sessions, self.clock, expected, "sentinel-1", elapsed)

    async def write(self, *, minutes: float = 0) -> None:
        """Let time pass, and write if it is time to."""
        self.clock.advance(minutes=minutes)
        await STEPS["canary"](self.service, self.clock.now())

    async def deliver(self) -> None:
        """Have what the server took get to the mailbox, and be read there."""
        for entry in self.server.arrived()[self._carried :]:
            self._carried += 1
            (self.box / "new" / f"{self._carried}.mail").write_text(entry["message"])
        await STEPS["bounces"](self.service, self.clock.now())

    async def swallowed(self, *, minutes: float = 0) -> bool:
        """Whether the auditor, a while later, finds that email is; nothing else that is urgent is to be found."""
        self.clock.advance(minutes=minutes)
        await STEPS["alive"](self.service, self.clock.now())
        self._elapsed += 15
        return "mail_swallowed" in await self._auditor.look()

    async def rows(self) -> list[tuple[str | None, bool]]:
        """What is on record: the outcome, and whether it arrived."""
        async with reading(self.service.sessions) as session:
            rows = await session.execute(select(canary.c.outcome, canary.c.arrived_at).order_by(canary.c.slot))
            return [(outcome, arrived_at is not None) for outcome, arrived_at in rows]


@pytest.fixture
async def rounds(database: str, tmp_path: Path) -> AsyncIterator[Rounds]:
    """A service on a Monday at 09:00, a mail server and an empty Maildir."""
    for folder in ("new", "cur", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    async with AsyncExitStack() as stack:
        made = Rounds(database, await stack.enter_async_context(mail_server(tmp_path)), tmp_path / "box")
        await made.start()
        stack.push_async_callback(made.service.close)
        yield made


async def test_it_goes_round_to_ourselves_alone_and_is_put_among_the_read(rounds: Rounds) -> None:
    await rounds.write()
    await rounds.deliver()
    assert [entry["to"] for entry in rounds.server.arrived()] == [["planwatch@example.org"]]
    assert await rounds.rows() == [("accepted", True)]
    assert [path.name for path in (rounds.box / "cur").iterdir()] == ["1.mail:2,S"]
    assert not await rounds.swallowed(minutes=30)


@ON_SQLITE
async def test_it_is_no_message_and_no_bounce(rounds: Rounds) -> None:
    await rounds.write()
    await rounds.deliver()
    async with reading(rounds.service.sessions) as session:
        counted = [await session.scalar(select(func.count()).select_from(table)) for table in (message, raw_inbound)]
    assert counted == [0, 0]


@ON_SQLITE
async def test_every_ten_minutes_another_goes_and_what_is_a_day_old_is_forgotten(rounds: Rounds) -> None:
    for minutes in (0, 1, 8.9, 0.2, 9, 1):  # 09:00, 09:01, 09:09:54, 09:10:06, 09:19:06, 09:20:06
        await rounds.write(minutes=minutes)
    assert [len(await rounds.rows()), len(rounds.server.arrived())] == [3, 3]
    await rounds.write(minutes=24 * 60 - 5)
    assert len(await rounds.rows()) == 2


async def test_of_several_processes_one_writes(rounds: Rounds) -> None:
    other = await rounds.open()
    both = [rounds.service, other] * 3
    await asyncio.gather(*(STEPS["canary"](one, rounds.clock.now()) for one in both))
    await other.close()
    assert [len(rounds.server.arrived()), await rounds.rows()] == [1, [("accepted", False)]]


@ON_SQLITE
async def test_what_the_server_takes_and_does_not_deliver_is_found_after_two(rounds: Rounds) -> None:
    await rounds.write()
    await rounds.deliver()
    await rounds.write(minutes=10)
    assert not await rounds.swallowed(minutes=9.9)
    await rounds.write(minutes=0.1)
    assert not await rounds.swallowed(minutes=9.9)
    assert await rounds.swallowed(minutes=0.1)
    await rounds.deliver()
    assert not await rounds.swallowed()


@ON_SQLITE
async def test_it_is_told_by_email_and_by_text_and_the_heartbeat_falls_silent(rounds: Rounds) -> None:
    world = World(rounds.service, rounds.clock, {Channel.SMS: rounds.texts})
    await world.staff()
    await world.open_plan()
    for minutes in (0, 10):
        await rounds.write(minutes=minutes)
    assert await rounds.swallowed(minutes=10)
    rounds.clock.advance(seconds=61)
    assert await tell_findings(rounds.service.sessions, book(), rounds.clock.now()) > 0
    await world.tick()
    assert address("w-config") in [entry["to"][0] for entry in rounds.server.arrived()]
    assert len(world.phone("w-config")) == 1
    assert withholding({"mail_swallowed": 1}) == ["mail_swallowed"]


async def hold(rounds: Rounds, kind: Kind) -> None:
    async with transaction(rounds.service.sessions) as session:
        await suspension.begin(session, kind, SuspensionCause.PERSON, "x", "x", rounds.clock.now())


@ON_SQLITE
async def test_while_sending_is_held_none_goes_and_in_a_pause_one_does(rounds: Rounds) -> None:
    await hold(rounds, Kind.PAUSE)
    await rounds.write()
    await hold(rounds, Kind.HOLD)
    await rounds.write(minutes=10)
    assert [len(rounds.server.arrived()), await rounds.rows()] == [1, [("accepted", False)]]


@ON_SQLITE
async def test_where_no_mailbox_is_read_none_goes(rounds: Rounds) -> None:
    blind = await rounds.open(bounces=False)
    await STEPS["canary"](blind, rounds.clock.now())
    await blind.close()
    assert await rounds.rows() == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("answers", "outcome"),
    [({"RCPT": "550 no"}, "undeliverable"), ({"DOT": "451 later"}, "try_later"), (None, "misconfigured")],
)
async def test_a_refusal_or_a_dead_server_is_noted_and_is_not_swallowing(
    rounds: Rounds, tmp_path: Path, answers: dict[str, str] | None, outcome: str
) -> None:
    await rounds.write()
    await rounds.deliver()
    (tmp_path / "other").mkdir()
    async with mail_server(tmp_path / "other", answers=answers or {}) as other:
        rounds.email[:] = [other.sender() if answers else other.sender(port=nobodys_port())]
        for _ in range(3):
            await rounds.write(minutes=10)
    assert await rounds.rows() == [("accepted", True), *[(outcome, False)] * 3]
    assert not await rounds.swallowed(minutes=15)


@ON_SQLITE
async def test_where_none_has_ever_arrived_it_is_found_after_an_hour_whatever_the_server_says(rounds: Rounds) -> None:
    rounds.email[:] = [rounds.server.sender(port=nobodys_port())]
    await rounds.write()
    for _ in range(5):
        await rounds.write(minutes=10)
    assert not await rounds.swallowed(minutes=9)
    assert await rounds.swallowed(minutes=1)


@ON_SQLITE
async def test_where_none_is_sent_any_more_nothing_is_found(rounds: Rounds) -> None:
    for minutes in (0, 10):
        await rounds.write(minutes=minutes)
    assert await rounds.swallowed(minutes=59)
    assert not await rounds.swallowed(minutes=1)


async def test_it_is_on_record_before_it_is_handed_over_outside_any_transaction(rounds: Rounds) -> None:
    sender, seen = OwnMemorySender("smtp"), []

    async def write_meanwhile() -> None:
        async with transaction(rounds.service.sessions) as session:
            seen.append(await session.scalar(select(canary.c.mark)))

    sender.meanwhile(write_meanwhile)
    rounds.email[:] = [sender]
    await rounds.write()
    assert seen == [sender.sent[0].message_id]


@ON_SQLITE
async def test_one_that_is_met_again_arrived_when_it_was_met_first(rounds: Rounds) -> None:
    await rounds.write()
    await rounds.deliver()
    for found in list((rounds.box / "cur").iterdir()):  # as after a crash before it was put among the read
        found.replace(rounds.box / "new" / "again")
    rounds.clock.advance(minutes=5)
    await rounds.deliver()
    async with reading(rounds.service.sessions) as session:
        row: Any = (await session.execute(select(canary))).one()
    assert row.arrived_at - row.sent_at == timedelta(0)
