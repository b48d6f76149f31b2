"""Findings: what the auditor found and who was told of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import finding as findings
from service.store.tables import process


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the auditor finds not to be as it should, since it was first found."""

    code: str
    key: str
    authority: str | None  # whose it is; None: everybody's
    detail: str
    since: datetime


async def all_now(session: AsyncSession, limit: int = 1000) -> list[Finding]:
    """Everything that is found now, the oldest first."""
    rows = await session.execute(select(*_COLUMNS).order_by(findings.c.since, findings.c.code).limit(limit))
    return [Finding(*row) for row in rows]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many there are of each code."""
    rows = await session.execute(select(findings.c.code, func.count()).group_by(findings.c.code))
    return {row[0]: row[1] for row in rows}


async def to_tell(
    session: AsyncSession, urgent: Collection[str], urgent_since: datetime, since: datetime, told_before: datetime
) -> list[Finding]:
    """What lasts since a moment (an earlier or later one for urgent codes), and was not told since another."""
    is_urgent = findings.c.code.in_(urgent)
    lasts = or_(and_(is_urgent, findings.c.since <= urgent_since), and_(~is_urgent, findings.c.since <= since))
    untold = or_(findings.c.told_at.is_(None), findings.c.told_at <= told_before)
    # Of two processes that tell, the second leaves what the first has in hand.
    asked = select(*_COLUMNS).where(lasts, untold).with_for_update(skip_locked=True)
    return [Finding(*row) for row in await session.execute(asked)]


async def told(session: AsyncSession, some: Sequence[Finding], now: datetime) -> None:
    """Note that somebody was told."""
    for one in some:
        here = (findings.c.code == one.code, findings.c.key == one.key)
        await session.execute(update(findings).where(*here).values(told_at=now))


async def last_look(session: AsyncSession) -> datetime | None:
    """When an auditor last looked; None: none ever has."""
    found: datetime | None = await session.scalar(
        select(func.max(process.c.seen_at)).where(process.c.kind == "sentinel")
    )
    return found


_COLUMNS = (findings.c.code, findings.c.key, findings.c.authority, findings.c.detail, findings.c.since)
