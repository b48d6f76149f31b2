"""Sources of events that have gone quiet: a system that stopped sending looks like a council without trouble."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Asked, AuditFinding
from service.sentinel.working_days import local_date, start_of
from service.store.tables import event

_OURS = "%/planwatch"  # answers that people send by text: quiet when nobody is asked
_DAYS = 10  # working days before the previous one; a regular source sent on more than half of them


class EventSource(NamedTuple):
    """A source of one authority's events: what another authority sends under its name says nothing about it."""

    name: str
    authority: str


class Sources:
    """Finds quiet sources. It remembers on which days each has sent: a past day does not change, and is read once."""

    def __init__(self) -> None:
        self._sent: dict[tuple[EventSource, date], bool] = {}

    async def quiet(self, session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
        """Sources that sent on most working days, but nothing since the start of the previous one."""
        findings: list[AuditFinding] = []
        today = local_date(context.now)
        first_seq = await _first_at(session, start_of(context.days.before(today, 1)))
        for source in await _all(session):
            if await _event_from(session, source, first_seq) is not None:
                continue
            workdays = [context.days.before(today, 1 + back) for back in range(1, _DAYS + 1)]
            sent_on = [day for day in workdays if await self._sent_on(session, source, day)]
            if len(sent_on) * 2 > _DAYS:
                key, authority = f"{source.authority}|{source.name}", source.authority
                findings.append(AuditFinding("source_quiet", key, f"last sent on {max(sent_on):%F}", authority))
        return findings

    async def _sent_on(self, session: AsyncSession, source: EventSource, day: date) -> bool:
        """Whether a source sent anything on a local day."""
        sent = self._sent.get((source, day))
        if sent is None:
            begin = await _first_at(session, start_of(day))
            end = await _first_at(session, start_of(day + timedelta(days=1)))
            seq = await _event_from(session, source, begin)
            sent = self._sent[source, day] = seq is not None and seq < end
        return sent


async def _all(session: AsyncSession) -> Sequence[EventSource]:
    """All sources, read by leaps through the index, so that the cost does not grow with the number of events."""
    sources: list[EventSource] = []
    query = select(func.min(event.c.source)).where(event.c.source.not_like(_OURS))
    name: str | None = await session.scalar(query)
    while name is not None:
        sources += [EventSource(name, authority) for authority in await _authorities_of(session, name)]
        name = await session.scalar(query.where(event.c.source > name))
    return sources


async def _authorities_of(session: AsyncSession, name: str) -> Sequence[str]:
    """The authorities whose events have a source of this name, read by leaps likewise."""
    authorities: list[str] = []
    query = select(func.min(event.c.authority)).where(event.c.source == name)
    authority: str | None = await session.scalar(query)
    while authority is not None:
        authorities.append(authority)
        authority = await session.scalar(query.where(event.c.authority > authority))
    return authorities


async def _event_from(session: AsyncSession, source: EventSource, first_seq: int) -> int | None:
    """The number (`seq`) of the first event of a source from a number on; None if there is none."""
    # `concat` keeps the database off the index of sources: an old source may have sent a million, and few came lately.
    of_source = (event.c.source.concat("") == source.name, event.c.authority == source.authority)
    query = select(event.c.seq).where(*of_source, event.c.seq >= first_seq).order_by(event.c.seq).limit(1)
    seq: int | None = await session.scalar(query)
    return seq


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
