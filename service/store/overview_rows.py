"""What the overview of an authority counts: obligations, changes of roles, alerts, and messages by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.domain.events.event_types import ALERTING, CHANGES_OF_ROLE, WITHDRAWAL
from service.store.tables import event as events
from service.store.tables import obligation as obligations

# As literals: SQLite knows only then that its index of these types holds the answer.
_SAYS_WHO_HOLDS = events.c.type.in_([literal_column(f"'{name}'") for name in sorted({*CHANGES_OF_ROLE, WITHDRAWAL})])
_COUNTED = ("open", "overdue", "met", "met_late")


class DueCount(NamedTuple):
    """How many obligations of a kind and status were due on a local day."""

    kind: str
    due_on: date
    status: str
    number: int


class PlanCount(NamedTuple):
    """How many obligations of a status a plan had."""

    plan: str
    status: str
    number: int


class MessageCount(NamedTuple):
    """How many messages were put in for a person, by channel."""

    person: str
    channel: str
    number: int


@dataclass(frozen=True, slots=True)
class RoleChange:
    """That a role was given on a plan, or given up."""

    plan: str
    id: str
    person: str
    assigned: bool


async def due_counts(session: AsyncSession, authority: str, since: date, until: date) -> list[DueCount]:
    """By kind, day and status, what was due from one day to another (both included); what is owed no more left out."""
    columns = (obligations.c.kind, obligations.c.due_on, obligations.c.status)
    counted = select(*columns, func.count()).where(*_due(authority, since, until)).group_by(*columns)
    return [DueCount(*row) for row in await session.execute(counted)]


async def plan_counts(session: AsyncSession, authority: str, since: date, until: date) -> list[PlanCount]:
    """The same by plan and status."""
    columns = (obligations.c.plan, obligations.c.status)
    counted = select(*columns, func.count()).where(*_due(authority, since, until)).group_by(*columns)
    return [PlanCount(*row) for row in await session.execute(counted)]


def _due(authority: str, since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    of_authority = (obligations.c.authority == authority, obligations.c.status.in_(_COUNTED))
    return *of_authority, obligations.c.due_on >= since, obligations.c.due_on <= until


async def role_changes(session: AsyncSession, authority: str, role: str) -> list[RoleChange]:
    """The standing changes of a role on the authority's plans, in order of time."""
    person, event_id, held = (events.c.raw[("data", name)].as_string() for name in ("person", "event", "role"))
    columns = (events.c.subject, events.c.id, events.c.type, person, event_id)
    theirs = (_SAYS_WHO_HOLDS, events.c.authority == authority, events.c.subject.is_not(None), ~events.c.waiting)
    of_role = or_(events.c.type == WITHDRAWAL, held == role)
    rows = (await session.execute(select(*columns).where(*theirs, of_role).order_by(events.c.time, events.c.seq))).all()
    withdrawn = {(plan, of_event) for plan, _, name, _, of_event in rows if name == WITHDRAWAL}
    return [
        RoleChange(plan, name, str(holder), kind == "role.assigned")
        for plan, name, kind, holder, _ in rows
        if kind != WITHDRAWAL and (plan, name) not in withdrawn
    ]


async def alert_events(session: AsyncSession, authority: str, plans: Sequence[str]) -> list[dict[str, Any]]:
    """The breaches on some plans and what was answered to them, as they came, in order of time."""
    about = (events.c.about == "plan", events.c.subject.in_(plans), events.c.authority == authority)
    statement = select(events.c.raw).where(*about, events.c.type.in_(sorted(ALERTING)), ~events.c.waiting)
    return list(await session.scalars(statement.order_by(events.c.time, events.c.seq)))


async def message_counts(session: AsyncSession, authority: str, since: datetime) -> list[MessageCount]:
    """How many messages were put in for each person since a moment, by channel."""
    columns = (message.c.person, message.c.channel)
    theirs = (message.c.created_at >= since, message.c.authority == authority, ~message.c.family)
    rows = await session.execute(select(*columns, func.count()).where(*theirs).group_by(*columns))
    return [MessageCount(*row) for row in rows]
