"""The service at work: whether plans are looked at, a process works, and providers are asked for received texts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import MOST, Asked, AuditFinding
from service.store.tables import plan, process, pull

_LOOKED_WITHIN = timedelta(minutes=2)
_LIVES = timedelta(seconds=60)
_PULLED_WITHIN = timedelta(minutes=15)


async def late(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Plans whose look has been due for more than two minutes, except those whose look raises an error."""
    rows = await session.execute(
        select(plan.c.authority, func.count(), func.min(plan.c.next_look))
        .where(plan.c.next_look <= context.now - _LOOKED_WITHIN, plan.c.fault_at.is_(None))
        .group_by(plan.c.authority)
    )
    return [
        AuditFinding("look_late", authority, f"{number}, the first due {oldest:%F %H:%M}Z", authority)
        for authority, number, oldest in rows
    ]


async def failing(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Plans whose latest look raised an error."""
    rows = await session.execute(
        select(plan.c.id, plan.c.authority, plan.c.fault, plan.c.fault_count)
        .where(plan.c.fault_at.is_not(None))
        .order_by(plan.c.fault_at)
        .limit(MOST)
    )
    return [
        AuditFinding("plan_failing", f"{authority}|{name}", f"{name}: {fault}, {count} times", authority)
        for name, authority, fault, count in rows
    ]


async def workers(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """One finding if no process that looks and sends has given a sign of life within a minute."""
    seen_at: datetime | None = await session.scalar(
        select(func.max(process.c.seen_at)).where(process.c.kind.in_(("work", "both")))
    )
    if seen_at is not None and seen_at > context.now - _LIVES:
        return []
    return [
        AuditFinding("no_worker", "", f"the last was seen {seen_at:%F %H:%M}Z" if seen_at else "none was ever seen")
    ]


async def pulls(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Providers that have not answered for more than 15 minutes when asked for received texts, or that nobody asks."""
    limit = context.now - _PULLED_WITHIN
    rows = await session.execute(
        select(pull.c.provider, pull.c.failing_since, pull.c.covered_until).where(
            or_(pull.c.failing_since <= limit, pull.c.tried_at <= limit)
        )
    )
    return [
        AuditFinding("pull_failing", provider, _since(failing_since, covered_until))
        for provider, failing_since, covered_until in rows
    ]


def _since(failing_since: datetime | None, covered_until: datetime | None) -> str:
    covered = (
        f"what came before {covered_until:%F %H:%M}Z is here" if covered_until else "it was never asked with success"
    )
    return f"fails since {failing_since:%F %H:%M}Z; {covered}" if failing_since else f"nobody asks; {covered}"
