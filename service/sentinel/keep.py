"""Findings kept: what is found stays as long as it is found, and goes with its cause."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Finding
from service.store.tables import finding, process

_FORGOTTEN_AFTER = timedelta(days=1)


async def keep(session: AsyncSession, found: Sequence[Finding], asked_for: Collection[str], now: datetime) -> None:
    """Make these all that is found under the codes that were asked for. Other codes are left as they stand."""
    rows = await session.execute(select(finding.c.code, finding.c.key).where(finding.c.code.in_(asked_for)))
    before = {(code, key) for code, key in rows}
    after = {(one.code, one.key): one for one in found}
    for code, key in before - after.keys():
        await session.execute(delete(finding).where(finding.c.code == code, finding.c.key == key))
    # Another auditor may have found the same in this moment.
    insert_ = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for one in after.values():
        values = {"detail": one.detail, "authority": one.authority, "seen_at": now}
        row = insert_(finding).values(code=one.code, key=one.key, since=now, **values)
        await session.execute(row.on_conflict_do_update(index_elements=["code", "key"], set_=values))


async def standing(session: AsyncSession) -> dict[str, int]:
    """How many findings of each code stand."""
    rows = await session.execute(select(finding.c.code, func.count()).group_by(finding.c.code))
    return {row[0]: row[1] for row in rows}


async def beat(session: AsyncSession, name: str, started_at: datetime, now: datetime) -> None:
    """Note that this auditor has looked; auditors of whom nothing was heard for a day are forgotten."""
    stale = (process.c.kind == "sentinel", process.c.seen_at < now - _FORGOTTEN_AFTER)
    await session.execute(delete(process).where(*stale))
    beaten = update(process).where(process.c.id == name).values(seen_at=now).returning(process.c.id)
    if await session.scalar(beaten) is None:
        row = {"id": name, "kind": "sentinel", "started_at": started_at, "seen_at": now}
        await session.execute(insert(process).values(row))
