"""What the page of a team counts: what is owed by whom when, who is away, and messages by person and day."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import message
from service.domain.calendar import local_day
from service.domain.obligations.obligation import Status
from service.store.chunks import chunks
from service.store.tables import obligation as obligations

_LIVE = ("open", "overdue")


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


async def live_duties(session: AsyncSession, authority: str) -> list[LiveDuty]:
    """All that is still owed in an authority, in order of due days."""
    columns = [obligations.c[name] for name in LiveDuty._fields]
    live = (obligations.c.authority == authority, obligations.c.status.in_(_LIVE))
    ordered = select(*columns).where(*live).order_by(obligations.c.due_on, obligations.c.plan, obligations.c.key)
    return [LiveDuty(*row) for row in await session.execute(ordered)]


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
