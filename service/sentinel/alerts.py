"""Bottom lines that were crossed: whether each that is open leads anywhere, and whether each is known of at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, FromClause, and_, exists, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.sentinel.finding import MOST, Asked, Finding
from service.store.tables import event, plan

BREACH = "bottom_line.breached"
ENDS = ("alert.acknowledged", "alert.closed")
_GRACE = timedelta(minutes=2)  # a look and a hand-over take their time
_TAKEN_IN = timedelta(seconds=60)


async def without_next_step(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Breaches that nobody has confirmed or closed, on plans where nothing is on its way and no look comes in time."""
    rows = await session.execute(
        select(event.c.id, event.c.subject, plan.c.authority, plan.c.next_look)
        .join(plan, plan.c.id == event.c.subject)
        .where(*_open_breaches(asked), _no_look_in_time(asked), _nothing_on_its_way())
        .limit(MOST)
    )
    return [
        Finding("alert_without_next_step", f"{subject}|{breach}", f"{subject}: {_look_at(next_look)}", authority)
        for breach, subject, authority, next_look in rows
    ]


async def waiting(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Breaches on plans that nothing has introduced."""
    rows = await session.execute(
        select(event.c.id, event.c.subject, event.c.writer, event.c.received_at)
        .where(event.c.type == BREACH, event.c.waiting, event.c.received_at <= asked.now - _TAKEN_IN)
        .limit(MOST)
    )
    return [
        Finding("breach_waiting", f"{subject}|{breach}", f"{subject}, since {at:%F %H:%M}Z", writer)
        for breach, subject, writer, at in rows
    ]


def _open_breaches(asked: Asked) -> Sequence[ColumnElement[bool]]:
    ended = event.alias("ended")
    over = and_(
        ended.c.about == "plan",  # with the subject an index: what one plan has is little
        ended.c.subject == event.c.subject,
        ended.c.type.in_(ENDS),
        ended.c.raw[("data", "alert")].as_string() == event.c.id,
        not_(ended.c.waiting),
        not_(_withdrawn(ended)),
    )
    taken_in = event.c.received_at <= asked.now - _GRACE
    return (
        event.c.type == BREACH,
        not_(event.c.waiting),
        taken_in,
        not_(exists().where(over)),
        not_(_withdrawn(event)),
    )


def _withdrawn(one: FromClause) -> ColumnElement[bool]:
    taken_back = event.alias()
    return exists().where(
        taken_back.c.about == "plan",
        taken_back.c.subject == one.c.subject,
        taken_back.c.type == "event.withdrawn",
        taken_back.c.raw[("data", "event")].as_string() == one.c.id,
        not_(taken_back.c.waiting),
    )


def _no_look_in_time(asked: Asked) -> ColumnElement[bool]:
    return or_(plan.c.next_look.is_(None), plan.c.next_look > asked.now + asked.expected.again_every + _GRACE)


def _nothing_on_its_way() -> ColumnElement[bool]:
    going = exists().where(
        message.c.plan == event.c.subject,
        message.c.purpose == "alert",
        message.c.state.in_(("queued", "claimed", "unknown")),
    )
    return not_(going)


def _look_at(next_look: datetime | None) -> str:
    return f"looked at again {next_look:%F %H:%M}Z" if next_look else "not looked at again"
