"""A worker in a process of its own, to be killed: `python -m tests.contract.worker DATABASE SMTP_PORT MINUTES`.

It delivers what is due so many minutes after the room's start, over SMTP on loopback, and ends.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import ManualClock
from config.database import make_engine, make_sessions
from notifications.errors import DeliveryError
from notifications.message import Channel, Decision, OutboxRow, Send
from notifications.outbox.deliver import Delivery
from notifications.providers.smtp.send import SmtpSender
from tests.contract.post_room import START, drain


async def check(session: AsyncSession, rows: Sequence[OutboxRow]) -> list[Decision]:
    """Everything may go."""
    return [Send(row.message.person, "worker@example.org", row.message.context) for row in rows]


async def tell(session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
    """Nobody is told."""


async def main(database: str, port: int, minutes: float) -> None:
    """Deliver what is due."""
    engine = make_engine(database)
    senders = {Channel.EMAIL: [SmtpSender("localhost", port, "none", "planwatch@example.org")]}
    clock = ManualClock(START + timedelta(minutes=minutes))
    await drain(Delivery(make_sessions(engine), senders, check, clock, f"worker-{os.getpid()}", tell))
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
