"""Whom alerts about bottom lines went to: what the outbox holds of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.domain.own_id import OwnId

_BOTTOM_LINE = "bottom_line"


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """A text or email about an alert: to whom, by which channel, and what became of it when (aware, UTC)."""

    person: str
    role: str
    channel: str
    state: str
    at: datetime


async def alerted_lately(session: AsyncSession, person: OwnId, since: datetime) -> set[OwnId]:
    """The plans about whose bottom lines a person was alerted since a moment: few rows, and an index has them."""
    theirs = (
        message.c.authority == person.authority,
        message.c.template == _BOTTOM_LINE,
        message.c.created_at >= since,
    )
    to_them = or_(message.c.person == person.id, message.c.sent_to == person.id)
    plans = await session.scalars(select(message.c.plan).where(*theirs, to_them).distinct())
    return {OwnId(person.authority, plan) for plan in plans if plan is not None}


async def of_alert(session: AsyncSession, plan: OwnId, breach: str) -> list[AlertMessage]:
    """The messages about one alert of a plan, by its event's own id, in order of time."""
    columns = (
        message.c.sent_to, message.c.person, message.c.role, message.c.channel, message.c.state,
        message.c.settled_at, message.c.at, message.c.about,
    )  # fmt: skip
    theirs = (message.c.plan == plan.id, message.c.authority == plan.authority, message.c.template == _BOTTOM_LINE)
    rows = await session.execute(select(*columns).where(*theirs).order_by(message.c.created_at, message.c.id))
    return [
        AlertMessage(row.sent_to or row.person, row.role, row.channel, row.state, row.settled_at or row.at)
        for row in rows
        if {"alert": breach} in row.about
    ]
