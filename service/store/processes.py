"""The processes that work on this database, each with its last sign of life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import process as processes

_FORGOTTEN_AFTER = timedelta(days=1)
_LIVES = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class ProcessPolicies:
    """By which generation of policies a process decides, and what is wrong with its files: code, authority, detail."""

    generation: int
    faults: Sequence[tuple[str, str | None, str]] = ()


async def seen(
    session: AsyncSession, name: str, kind: str, now: datetime, policies: ProcessPolicies | None = None
) -> None:
    """Note a sign of life. Processes without one for a day are forgotten. `kind` is web, work, both or sentinel."""
    await session.execute(delete(processes).where(processes.c.seen_at < now - _FORGOTTEN_AFTER))
    values: dict[str, object] = {"seen_at": now}
    if policies is not None:
        values |= {"policies": policies.generation, "policy_faults": [*map(list, policies.faults)] or None}
    renewed = update(processes).where(processes.c.id == name).values(values).returning(processes.c.id)
    if await session.scalar(renewed) is None:
        await session.execute(insert(processes).values(values | {"id": name, "kind": kind, "started_at": now}))


async def left(session: AsyncSession, name: str) -> None:
    """Forget a process that has ended."""
    await session.execute(delete(processes).where(processes.c.id == name))


async def living(session: AsyncSession, now: datetime) -> dict[str, int]:
    """How many processes of each kind gave a sign of life within the last minute."""
    alive = processes.c.seen_at > now - _LIVES
    rows = await session.execute(select(processes.c.kind, func.count()).where(alive).group_by(processes.c.kind))
    return {row[0]: row[1] for row in rows}
