"""Sources of events that have gone quiet: a system that stopped sending looks like a council without trouble."""

import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Asked, AuditFinding
from service.sentinel.working_days import local_date, start_of
from service.store.tables import NO_AUTHORITY, event

_OURS = "/planwatch"  # answers that people send by text: quiet when nobody is asked
_UNTIL_SEEN = timedelta(minutes=10)  # longer than any transaction that takes events in
_DAYS = 10  # working days before the previous one; a regular source sent on more than half of them


class EventSource(NamedTuple):
    """A source of one authority's events: what another authority sends under its name says nothing about it."""

    name: str
    authority: str


class Sources:
    """Finds quiet sources. What it has read once it remembers: a past day does not change, and of today little is new.

    So the cost grows with the events since the last look, and at the first one with those of three weeks.
    """

    def __init__(self) -> None:
        self._on_day: dict[date, frozenset[EventSource]] = {}
        self._lately, self._since, self._next = set[EventSource](), date.min, 0

    async def quiet(self, session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
        """Sources that sent on most working days, but nothing since the start of the previous one."""
        today = local_date(context.now)
        workdays = [context.days.before(today, 1 + back) for back in range(1, _DAYS + 1)]
        self._on_day = {day: await self._sent_on(session, day) for day in workdays}
        sent_on: dict[EventSource, list[date]] = {}
        for day in workdays:
            for source in self._on_day[day]:
                sent_on.setdefault(source, []).append(day)
        lately = await self._sent_since(session, context.days.before(today, 1), context.now)
        return [
            AuditFinding("source_quiet", f"{authority}|{name}", f"last sent on {days[0]:%F}", authority)
            for (name, authority), days in sorted(sent_on.items())
            if (name, authority) not in lately and len(days) * 2 > _DAYS
        ]

    async def _sent_on(self, session: AsyncSession, day: date) -> frozenset[EventSource]:
        """The sources that sent anything on a local day."""
        if day in self._on_day:
            return self._on_day[day]
        begin, end = (
            await _first_at(session, start_of(day)),
            await _first_at(session, start_of(day + timedelta(days=1))),
        )
        return frozenset(await _senders(session, begin, end))

    async def _sent_since(self, session: AsyncSession, day: date, now: datetime) -> set[EventSource]:
        """The sources that have sent anything since the start of a local day, until now."""
        if day != self._since:
            self._lately, self._since, self._next = set(), day, await _first_at(session, start_of(day))
        self._lately |= await _senders(session, self._next)
        # A number is given before its event is there for others to see: the last minutes are read again.
        self._next = max(self._next, await _first_at(session, now - _UNTIL_SEEN))
        return self._lately


# Both ends are named: with one alone, SQLite reads the index of sources from end to end.
_SENDERS = (
    select(event.c.source, event.c.authority)
    .where(event.c.seq >= bindparam("begin"), event.c.seq < bindparam("end"))
    .distinct()
)


async def _senders(session: AsyncSession, begin: int, end: int = sys.maxsize) -> set[EventSource]:
    """The sources of the events numbered (`seq`) from one to before another, but for what people answered by text."""
    rows = await session.execute(_SENDERS, {"begin": begin, "end": end})
    sources = {EventSource(*row) for row in rows}
    return {source for source in sources if not source.name.endswith(_OURS) and source.authority != NO_AUTHORITY}


async def _first_at(session: AsyncSession, moment: datetime) -> int:
    """The lowest number (`seq`) of the events received at a moment or later; they are numbered as they come in."""
    low, high = 0, (await session.scalar(select(func.max(event.c.seq))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        query = select(event.c.received_at).where(event.c.seq >= middle).order_by(event.c.seq).limit(1)
        received_at: datetime | None = await session.scalar(query)
        if received_at is not None and received_at < moment:
            low = middle + 1
        else:
            high = middle
    return low
