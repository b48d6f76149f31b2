"""What the page of a team counts: what is owed by whom when, who is away, and messages by person and day."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.domain.calendar import local_day
from service.domain.obligations.obligation import Status
from service.store.chunks import chunks
from service.store.tables import IS_LIVE
from service.store.tables import obligation as obligations


class LiveDuty(NamedTuple):
    """One duty that is still owed, as far as lists need it."""

    plan: str
    key: str
    rule: str
    about: str | None
    responsible: str | None
    responsible_role: str
    opened_on: date
    due_on: date
    act_by: date
    status: str

    def is_late(self, today: date) -> bool:
        """Whether it is overdue, by an hour or another fact too, or was due before a local day."""
        return self.status == Status.OVERDUE or self.due_on < today


async def live_duties(session: AsyncSession, authority: str, plans: Collection[str] | None = None) -> list[LiveDuty]:
    """All that is still owed in an authority, or on these plans of it, in order of due days."""
    duties = select(*(obligations.c[name] for name in LiveDuty._fields)).where(obligations.c.authority == authority)
    limits: list[Any] = (
        [true()] if plans is None else [obligations.c.plan.in_(chunk) for chunk in chunks(sorted(plans))]
    )
    rows = [row for limit in limits for row in await session.execute(duties.where(IS_LIVE, limit))]
    return sorted((LiveDuty(*row) for row in rows), key=lambda duty: (duty.due_on, duty.plan, duty.key))


async def message_days(
    session: AsyncSession, authority: str, persons: Collection[str], since: datetime
) -> dict[tuple[str, date], int]:
    """How many messages were put in for each of these persons, by local day, since a moment."""
    numbers: dict[tuple[str, date], int] = defaultdict(int)
    for chunk in chunks(sorted(persons)):
        theirs: tuple[Any, ...] = (message.c.person.in_(chunk), message.c.authority == authority)
        rows = await session.execute(
            select(message.c.person, message.c.created_at).where(*theirs, message.c.created_at >= since)
        )
        for person, at in rows:
            numbers[person, local_day(at)] += 1
    return numbers
