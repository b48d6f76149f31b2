"""The sending side before the start: a database with its tables, and messages in its outbox."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import func, select

from bench.faults.rig.clock import START
from bench.faults.rig.databases import Database
from config.database import Sessions, make_engine, make_sessions, reading, transaction
from notifications.message import Channel, Message, Purpose
from notifications.outbox import outbox
from notifications.tables import attempt, message
from service.store import schema
from service.store.chunks import chunks

URGENT_EVERY = 10


def messages(number: int, channels: Sequence[Channel] = tuple(Channel)) -> list[Message]:
    """So many messages to workers, of these channels by turns, every tenth of them urgent; due now.

    Each has its plan's reference to itself, by which the receiving side knows it.
    """
    return [_message(n, channels[n % len(channels)]) for n in range(number)]


def _message(number: int, channel: Channel) -> Message:
    plan, urgent = reference(number), number % URGENT_EVERY == 0
    context = {"plan": plan, "initials": None, "link": None, "ended": "Wed 4 Mar 2026", "cancelled": 2}
    purpose = Purpose.ALERT if urgent else Purpose.NOTICE
    return Message(
        key=f"notice|{plan}|{channel}",
        channel=channel,
        purpose=purpose,
        urgent=urgent,
        plan=plan,
        authority="example",
        role="social_worker",
        person=f"w-{number}",
        about=({"event": f"e-{number}"},),
        template="plan_ended",
        context=context,
        at=START,
    )


def reference(number: int) -> str:
    """The plan's reference of the message of this number."""
    return f"P-{number:06}"


@asynccontextmanager
async def filled(database: Database, new: Sequence[Message]) -> AsyncIterator[Sessions]:
    """The database with its tables and these messages, put there by the product's own outbox."""
    engine = make_engine(database.url)
    try:
        await schema.upgrade(engine)
        sessions = make_sessions(engine)
        for chunk in chunks(new):
            async with transaction(sessions) as session:
                await outbox.put(session, list(chunk), START)
        yield sessions
    finally:
        await engine.dispose()


async def unsettled(sessions: Sessions) -> int:
    """How many messages still wait for something."""
    async with reading(sessions) as session:
        number: int | None = await session.scalar(
            select(func.count()).select_from(message).where(message.c.settled_at.is_(None))
        )
    return number or 0


async def all_settled(sessions: Sessions, seconds: float) -> bool:
    """Whether everything comes to its end in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not await unsettled(sessions):
            return True
        await asyncio.sleep(0.05)
    return False


async def attempts_by_plan(sessions: Sessions) -> dict[str, int]:
    """How many attempts are on record for each message: what arrives more often was never committed."""
    joined = select(message.c.plan, func.count()).join(attempt, attempt.c.message_id == message.c.id)
    async with reading(sessions) as session:
        return {str(plan): number for plan, number in await session.execute(joined.group_by(message.c.plan))}
