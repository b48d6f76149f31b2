"""The store of findings: each stays as long as the auditor finds it, and goes when its cause has gone."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.sentinel.finding import AuditFinding
from service.store.tables import finding, process

_FORGOTTEN_AFTER = timedelta(days=1)


Named = tuple[str, str]  # a finding's code and key


async def stored(session: AsyncSession, codes: Collection[str]) -> set[Named]:
    """The findings of some codes."""
    rows = await session.execute(select(finding.c.code, finding.c.key).where(finding.c.code.in_(codes)))
    return {(code, key) for code, key in rows}


async def keep(
    session: AsyncSession, findings: Sequence[AuditFinding], before: Collection[Named], now: datetime
) -> None:
    """Store these findings, and delete those that stood `before` their questions were asked and are not among them.

    What another auditor has stored since stays: a question that goes round did not ask about it. A finding that stood
    already keeps its `since`.
    """
    after = {(current.code, current.key): current for current in findings}
    for code, key in set(before) - after.keys():
        await session.execute(delete(finding).where(finding.c.code == code, finding.c.key == key))
    # Another auditor may be storing the same finding at this moment.
    for (code, key), current in after.items():
        values = {"detail": current.detail, "authority": current.authority, "seen_at": now}
        row = upsert(session, finding).values(code=code, key=key, since=now, **values)
        await session.execute(row.on_conflict_do_update(index_elements=["code", "key"], set_=values))


async def standing(session: AsyncSession) -> dict[str, int]:
    """The number of findings by code."""
    rows = await session.execute(select(finding.c.code, func.count()).group_by(finding.c.code))
    return {row[0]: row[1] for row in rows}


async def beat(session: AsyncSession, name: str, started_at: datetime, now: datetime) -> None:
    """Record that this auditor has looked, and delete auditors that gave no sign of life for a day."""
    stale = (process.c.kind == "sentinel", process.c.seen_at < now - _FORGOTTEN_AFTER)
    await session.execute(delete(process).where(*stale))
    seen_now = update(process).where(process.c.id == name).values(seen_at=now).returning(process.c.id)
    if await session.scalar(seen_now) is None:
        row = {"id": name, "kind": "sentinel", "started_at": started_at, "seen_at": now}
        await session.execute(insert(process).values(row))
