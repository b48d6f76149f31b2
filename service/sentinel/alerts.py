"""Breaches of bottom lines: whether each open one still leads to an alert, and whether each belongs to a known plan."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, FromClause, and_, exists, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.sentinel.finding import MOST, Asked, AuditFinding
from service.store.tables import event, plan

BREACH = "bottom_line.breached"
ENDS = ("alert.acknowledged", "alert.closed")
_GRACE = timedelta(minutes=2)  # for a look and a hand-over
_TAKEN_IN = timedelta(seconds=60)


async def without_next_step(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Open breaches, neither acknowledged nor closed, with no alert on its way and no look at the plan due in time.

    On plans that no event has introduced, too: what raises and ends their alerts waits, and counts all the same.
    """
    rows = await session.execute(
        select(event.c.id, event.c.subject, event.c.authority, plan.c.next_look)
        .outerjoin(plan, and_(plan.c.id == event.c.subject, plan.c.authority == event.c.authority))
        .where(*_open_breaches(context), _no_look_in_time(context), _nothing_on_its_way())
        .limit(MOST)
    )
    return [
        AuditFinding(
            "alert_without_next_step",
            f"{authority}|{subject}|{breach}",
            f"{subject}: {_look_at(next_look)}",
            authority,
        )
        for breach, subject, authority, next_look in rows
    ]


async def waiting(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Breaches that have waited for 60 seconds because no event has introduced their plan, and are not withdrawn."""
    rows = await session.execute(
        select(event.c.id, event.c.subject, event.c.authority, event.c.received_at)
        .where(event.c.type == BREACH, event.c.waiting, event.c.received_at <= context.now - _TAKEN_IN)
        .where(not_(_withdrawn(event)))
        .limit(MOST)
    )
    return [
        AuditFinding("breach_waiting", f"{authority}|{subject}|{breach}", f"{subject}, since {at:%F %H:%M}Z", authority)
        for breach, subject, authority, at in rows
    ]


def _open_breaches(context: Asked) -> Sequence[ColumnElement[bool]]:
    ending = event.alias("ended")
    ends_breach = and_(
        _of_a_plan(ending),
        ending.c.subject == event.c.subject,
        ending.c.authority == event.c.authority,
        ending.c.type.in_(ENDS),
        ending.c.raw[("data", "alert")].as_string() == event.c.id,
        _counts(ending, event),
        not_(_withdrawn(ending)),
    )
    is_taken_in = event.c.received_at <= context.now - _GRACE
    return (
        event.c.type == BREACH,
        is_taken_in,
        not_(exists().where(ends_breach)),
        not_(_withdrawn(event)),
    )


def _withdrawn(events: FromClause) -> ColumnElement[bool]:
    withdrawal = event.alias()
    return exists().where(
        _of_a_plan(withdrawal),
        withdrawal.c.subject == events.c.subject,
        withdrawal.c.authority == events.c.authority,
        withdrawal.c.type == "event.withdrawn",
        withdrawal.c.raw[("data", "event")].as_string() == events.c.id,
        _counts(withdrawal, events),
    )


def _of_a_plan(events: FromClause) -> ColumnElement[bool]:
    """Indexed together with the subject: one plan has few events. A withdrawal that waits is about plan or person."""
    return or_(events.c.about == "plan", and_(events.c.about.is_(None), events.c.waiting))


def _counts(later: FromClause, events: FromClause) -> ColumnElement[bool]:
    """Whether what ends or withdraws an event does: it has taken effect, or it waits for the plan as the event does."""
    return or_(not_(later.c.waiting), events.c.waiting)


def _no_look_in_time(context: Asked) -> ColumnElement[bool]:
    return or_(plan.c.next_look.is_(None), plan.c.next_look > context.now + context.expected.again_every + _GRACE)


def _nothing_on_its_way() -> ColumnElement[bool]:
    is_going = exists().where(
        message.c.plan == event.c.subject,
        message.c.authority == event.c.authority,
        message.c.purpose == "alert",
        message.c.state.in_(("queued", "claimed", "unknown")),
    )
    return not_(is_going)


def _look_at(next_look: datetime | None) -> str:
    return f"looked at again {next_look:%F %H:%M}Z" if next_look else "not looked at again"
