"""Replies to check-ins on all plans of an authority: an index knows them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Purpose
from notifications.tables import message
from service.store.chunks import chunks
from service.store.tables import event as events

# As a literal: SQLite knows only then that its index of replies holds the answer.
_IS_REPLY = events.c.type == literal_column("'check_in.replied'")
_MAY_HAVE_GONE = ("sent", "unknown", "held")


@dataclass(frozen=True, slots=True)
class StoredReply:
    """A reply to a check-in, as it came: its event's name for good, its plan, who wrote what, and when (aware)."""

    uid: str
    id: str
    plan: str
    person: str
    text: str
    at: datetime


async def since(session: AsyncSession, authority: str, moment: datetime) -> list[StoredReply]:
    """The replies that came since a moment, the oldest first; those of withdrawn events too."""
    theirs = (_IS_REPLY, events.c.authority == authority, events.c.time >= moment, ~events.c.waiting)
    columns = (events.c.source, events.c.id, events.c.subject, events.c.time, events.c.raw)
    rows = await session.execute(select(*columns).where(*theirs).order_by(events.c.time, events.c.seq))
    return [_reply(*row) for row in rows]


def _reply(source: str, name: str, plan: str, time: datetime, raw: dict[str, Any]) -> StoredReply:
    data = raw["data"]
    at = datetime.fromisoformat(data["at"]) if data.get("at") else time
    return StoredReply(f"{source}#{name}", name, plan, str(data["person"]), str(data["text"]), at)


@dataclass(frozen=True, slots=True)
class CheckInText:
    """A check-in's text that may have gone: to whom, when (aware), and its words."""

    person: str
    at: datetime
    text: str


async def texts_to(
    session: AsyncSession, authority: str, persons: Collection[str] | None, moment: datetime
) -> list[CheckInText]:
    """The check-ins' texts to these persons since a moment, the oldest first. None for the persons: to everybody."""
    columns = (message.c.person, message.c.first_attempt_at, message.c.text)
    since_then = (message.c.authority == authority, message.c.created_at >= moment, message.c.text.is_not(None))
    gone = (message.c.state.in_(_MAY_HAVE_GONE), message.c.purpose == Purpose.CHECK_IN)
    statement = select(*columns).where(*since_then, *gone, message.c.first_attempt_at.is_not(None))
    if persons is None:
        rows = list(await session.execute(statement))
    else:
        parts = [statement.where(message.c.person.in_(chunk)) for chunk in chunks(sorted(persons))]
        rows = [row for part in parts for row in await session.execute(part)]
    return sorted((CheckInText(*row) for row in rows), key=lambda text: text.at)


async def withdrawn(session: AsyncSession, authority: str, replies: Collection[StoredReply]) -> set[str]:
    """The ids of those of these replies that were recorded by mistake."""
    ids: set[str] = set()
    plans = sorted({reply.plan for reply in replies})
    for chunk in chunks(plans):
        about_plan = (events.c.about == "plan", events.c.subject.in_(chunk), events.c.authority == authority)
        withdrawals = select(events.c.raw).where(*about_plan, events.c.type == "event.withdrawn")
        ids |= {str(raw["data"]["event"]) for raw in await session.scalars(withdrawals)}
    return ids & {reply.id for reply in replies}
