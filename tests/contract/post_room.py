"""An outbox and what empties it: workers, a clock that is moved by hand, a channel that can be made to fail."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import ManualClock
from config.database import Sessions, make_engine, make_sessions, transaction
from notifications.errors import DeliveryError
from notifications.message import Attempt, Channel, Decision, Hold, Message, OutboxRow, Purpose, Send, message_id_of
from notifications.outbox import outbox, suspension
from notifications.outbox.deliver import Delivery
from notifications.outbox.prepare import LastCheck
from notifications.providers.sender import Sender, Senders
from tests.contract.outgoing import ADDRESSES
from tests.memory_sender import MemorySender

START = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)
CONTEXT: Mapping[str, object] = {
    "plan": "P-1",
    "initials": None,
    "link": None,
    "ended": "Fri 18 Dec 2026",
    "cancelled": 2,
}


def wanted(key: str, **changed: Any) -> Message:
    """A message to a worker, by default a notice by email that is due now."""
    usual: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "purpose": Purpose.NOTICE,
        "urgent": False,
        "plan": "P-1",
        "authority": "example",
        "role": "social_worker",
        "person": "w-sw",
        "about": ({"event": "e-1"},),
        "template": "plan_ended",
        "context": CONTEXT,
        "at": START,
    }
    return Message(key=key, **usual | changed)


def alert(key: str, **changed: Any) -> Message:
    """The same, at once."""
    return wanted(key, **{"purpose": Purpose.ALERT, "urgent": True} | changed)


@dataclass
class PostRoom:
    """What a test looks at and turns."""

    sessions: Sessions
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    channel: MemorySender = field(default_factory=MemorySender)
    holds: dict[str, str] = field(default_factory=dict)  # key: why the last check says no
    told: list[tuple[str, str, str]] = field(default_factory=list)  # key, state, error
    checked: list[str] = field(default_factory=list)

    async def put(self, *messages: Message) -> list[str]:
        """Put messages into the outbox."""
        async with transaction(self.sessions) as session:
            return await outbox.put(session, messages, self.clock.now())

    async def withdraw(self, *keys: str) -> None:
        """Take them back, as after a restore."""
        ids = [message_id_of(wanted(key).name) for key in keys]
        async with transaction(self.sessions) as session:
            await suspension.withdraw(session, ids, "restored", self.clock.now())

    async def row(self, key: str) -> OutboxRow:
        """A message as it stands."""
        async with self.sessions() as session:
            found = await outbox.find(session, key)
        assert found is not None
        return found

    async def attempts(self, key: str) -> list[Attempt]:
        """The attempts at a message."""
        async with self.sessions() as session:
            return await outbox.attempts(session, (await self.row(key)).id)

    def senders(self, *senders: Sender | None) -> Senders:
        """For both channels these providers, or the one of the room."""
        there = [sender for sender in senders if sender is not None]
        return {channel: there or [self.channel] for channel in Channel}

    def worker(self, name: str = "worker", sender: Sender | None = None, **options: Any) -> Delivery:
        """A worker, on the channel of the room or on one of its own."""
        return Delivery(
            self.sessions, self.senders(sender), one_by_one(self.check), self.clock, name, self.tell, **options
        )

    async def check(self, session: AsyncSession, row: OutboxRow) -> Send | Hold:
        """The last check of one message."""
        self.checked.append(row.message.key)
        if row.message.key in self.holds:
            return Hold(self.holds[row.message.key])
        address = ADDRESSES[row.message.channel.spec.address_field]
        return Send(row.message.person, address, row.message.context)

    async def tell(self, session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
        """Somebody is told that a message did not go."""
        self.told.append((row.message.key, row.state.value, type(error).__name__))

    def sent(self) -> list[str]:
        """The keys of what was handed over, in order."""
        return [outgoing.key for outgoing in self.channel.sent]


def one_by_one(check: Callable[[AsyncSession, OutboxRow], Awaitable[Decision]]) -> LastCheck:
    """A last check that looks at each message by itself."""

    async def check_all(session: AsyncSession, rows: Sequence[OutboxRow]) -> list[Decision]:
        return [await check(session, row) for row in rows]

    return check_all


@asynccontextmanager
async def post_room(database: str) -> AsyncIterator[PostRoom]:
    """A room with an empty outbox, on the database with this address."""
    engine = make_engine(database)
    try:
        yield PostRoom(make_sessions(engine))
    finally:
        await engine.dispose()


async def drain(worker: Delivery, **options: Any) -> int:
    """Let a worker go on until nothing is due; how many steps did something."""
    steps = 0
    while await worker.step(**options):
        steps += 1
    return steps
