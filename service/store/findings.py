"""Findings: what the sentinel finds wrong, and when that was told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import finding as findings
from service.store.tables import process


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the sentinel finds wrong, and since when."""

    code: str
    key: str
    authority: str | None  # None: it concerns all authorities
    detail: str
    since: datetime


async def all_now(session: AsyncSession, limit: int = 1000) -> list[Finding]:
    """All present findings, the oldest first."""
    rows = await session.execute(select(*_COLUMNS).order_by(findings.c.since, findings.c.code).limit(limit))
    return [Finding(*row) for row in rows]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many there are of each code."""
    rows = await session.execute(select(findings.c.code, func.count()).group_by(findings.c.code))
    return {row[0]: row[1] for row in rows}


async def to_tell(
    session: AsyncSession,
    urgent: Collection[str],
    urgent_since: datetime,
    since: datetime,
    told_before: datetime,
    weekly: Collection[str],
) -> list[Finding]:
    """The findings to be told: they have lasted long enough, and were not told since `told_before`.

    Long enough is since `urgent_since` for the urgent codes, and since `since` for all others. The `weekly` codes were
    not told since six days before `told_before` either.
    """
    is_urgent = findings.c.code.in_(urgent)
    lasts = or_(and_(is_urgent, findings.c.since <= urgent_since), and_(~is_urgent, findings.c.since <= since))
    told_in_week = and_(findings.c.code.in_(weekly), findings.c.told_at > told_before - timedelta(days=6))
    untold = or_(findings.c.told_at.is_(None), and_(findings.c.told_at <= told_before, ~told_in_week))
    # Of two processes that tell findings, the second skips those that the first has locked.
    statement = select(*_COLUMNS).where(lasts, untold).with_for_update(skip_locked=True)
    return [Finding(*row) for row in await session.execute(statement)]


async def told(session: AsyncSession, told_findings: Sequence[Finding], now: datetime) -> None:
    """Note that these findings were told."""
    for finding in told_findings:
        same_finding = (findings.c.code == finding.code, findings.c.key == finding.key)
        await session.execute(update(findings).where(*same_finding).values(told_at=now))


async def last_look(session: AsyncSession) -> datetime | None:
    """When a sentinel last audited (aware, UTC). None: none ever has."""
    seen_at: datetime | None = await session.scalar(
        select(func.max(process.c.seen_at)).where(process.c.kind == "sentinel")
    )
    return seen_at


_COLUMNS = (findings.c.code, findings.c.key, findings.c.authority, findings.c.detail, findings.c.since)


async def of_authority(session: AsyncSession, authority: str, limit: int = 100) -> list[Finding]:
    """The present findings that concern an authority, or all authorities; the oldest first."""
    concern = or_(findings.c.authority == authority, findings.c.authority.is_(None))
    rows = await session.execute(select(*_COLUMNS).where(concern).order_by(findings.c.since).limit(limit))
    return [Finding(*row) for row in rows]
