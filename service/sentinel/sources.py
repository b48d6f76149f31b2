"""Sources of events that have gone quiet: a system that does not send any more looks like a council without trouble."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Asked, Finding
from service.sentinel.working_days import local_date, start_of
from service.store.tables import event

_OURS = "%/planwatch"  # what people told us by text: quiet when nobody is asked
_DAYS = 10  # working days before the previous one, of which it sent on more than half


class Sources:
    """Knows on which days each source has sent. What is past does not change, and is asked once."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, date], bool] = {}

    async def quiet(self, session: AsyncSession, asked: Asked) -> Sequence[Finding]:
        """Sources that sent on most working days, and nothing since the start of the previous one."""
        found: list[Finding] = []
        today = local_date(asked.now)
        first = await _first_at(session, start_of(asked.days.before(today, 1)))
        for source in await _all(session):
            last = await _newest(session, source, first)
            if last is not None:
                continue
            days = [asked.days.before(today, 1 + back) for back in range(1, _DAYS + 1)]
            sent = [day for day in days if await self._on(session, source, day)]
            if len(sent) * 2 > _DAYS:
                authority = await _whose(session, source)
                found.append(Finding("source_quiet", source, f"last sent on {max(sent):%F}", authority))
        return found

    async def _on(self, session: AsyncSession, source: str, day: date) -> bool:
        """Whether a source sent anything on a local day."""
        known = self._sent.get((source, day))
        if known is None:
            begin = await _first_at(session, start_of(day))
            end = await _first_at(session, start_of(day + timedelta(days=1)))
            newest = await _newest(session, source, begin)
            known = self._sent[source, day] = newest is not None and newest < end
        return known


async def _all(session: AsyncSession) -> Sequence[str]:
    """Every source, found by leaps through the index, however many events each has sent."""
    found: list[str] = []
    asked = select(func.min(event.c.source)).where(event.c.source.not_like(_OURS))
    source: str | None = await session.scalar(asked)
    while source is not None:
        found.append(source)
        source = await session.scalar(asked.where(event.c.source > source))
    return found


async def _newest(session: AsyncSession, source: str, first: int) -> int | None:
    """An event of a source that came in from a number on."""
    # Not by the index of sources: an old one may have sent a million, and what came lately is little.
    mine = (event.c.source.concat("") == source, event.c.seq >= first)
    found: int | None = await session.scalar(select(event.c.seq).where(*mine).order_by(event.c.seq).limit(1))
    return found


async def _whose(session: AsyncSession, source: str) -> str | None:
    """The authority that a source belongs to, as far as its events say."""
    asked = select(event.c.authority).where(event.c.source == source, event.c.authority.is_not(None)).limit(1)
    found: str | None = await session.scalar(asked)
    return found


async def _first_at(session: AsyncSession, moment: datetime) -> int:
    """The number from which on events came in at a moment or later: they are numbered as they come in."""
    low, high = 0, (await session.scalar(select(func.max(event.c.seq))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        asked = select(event.c.received_at).where(event.c.seq >= middle).order_by(event.c.seq).limit(1)
        received_at: datetime | None = await session.scalar(asked)
        if received_at is not None and received_at < moment:
            low = middle + 1
        else:
            high = middle
    return low
