"""Whether the service does its work: plans are looked at, processes live, providers are asked, sources speak."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import MOST, Asked, Finding
from service.store.tables import plan, process, pull

_LOOKED_WITHIN = timedelta(minutes=2)
_LIVES = timedelta(seconds=60)
_PULLED_WITHIN = timedelta(minutes=15)


async def late(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Plans whose look is due for more than two minutes, of those that can be looked at."""
    rows = await session.execute(
        select(plan.c.authority, func.count(), func.min(plan.c.next_look))
        .where(plan.c.next_look <= asked.now - _LOOKED_WITHIN, plan.c.fault_at.is_(None))
        .group_by(plan.c.authority)
    )
    return [
        Finding("look_late", authority, f"{number}, the first due {oldest:%F %H:%M}Z", authority)
        for authority, number, oldest in rows
    ]


async def failing(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Plans whose last look raised."""
    rows = await session.execute(
        select(plan.c.id, plan.c.authority, plan.c.fault, plan.c.fault_count)
        .where(plan.c.fault_at.is_not(None))
        .order_by(plan.c.fault_at)
        .limit(MOST)
    )
    return [
        Finding("plan_failing", name, f"{name}: {fault}, {count} times", authority)
        for name, authority, fault, count in rows
    ]


async def workers(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Whether any process that looks and sends has given a sign of life within a minute."""
    last: datetime | None = await session.scalar(
        select(func.max(process.c.seen_at)).where(process.c.kind.in_(("work", "both")))
    )
    if last is not None and last > asked.now - _LIVES:
        return []
    return [Finding("no_worker", "", f"the last was seen {last:%F %H:%M}Z" if last else "none was ever seen")]


async def pulls(session: AsyncSession, asked: Asked) -> Sequence[Finding]:
    """Providers that could not be asked for received texts for more than 15 minutes, or that nobody asks."""
    limit = asked.now - _PULLED_WITHIN
    rows = await session.execute(
        select(pull.c.provider, pull.c.failing_since, pull.c.covered_until).where(
            or_(pull.c.failing_since <= limit, pull.c.tried_at <= limit)
        )
    )
    return [Finding("pull_failing", provider, _since(failing, covered)) for provider, failing, covered in rows]


def _since(failing: datetime | None, covered: datetime | None) -> str:
    covers = f"what came before {covered:%F %H:%M}Z is here" if covered else "it was never asked with success"
    return f"fails since {failing:%F %H:%M}Z; {covers}" if failing else f"nobody asks; {covers}"
