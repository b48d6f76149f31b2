"""Problems: what a person has to put right."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.telling.records import Problem
from service.store.chunks import chunks
from service.store.tables import problem as problems

_COLUMNS = (problems.c.key, problems.c.at, problems.c.plan, problems.c.code, problems.c.detail)


async def add(session: AsyncSession, new: Sequence[Problem]) -> None:
    """Keep problems. A key that is kept already stays as it is."""
    stored: set[str] = set()
    for chunk in chunks([problem.key for problem in new]):
        stored.update(await session.scalars(select(problems.c.key).where(problems.c.key.in_(chunk))))
    rows = [
        {column.name: getattr(problem, column.name) for column in _COLUMNS}
        for problem in new
        if problem.key not in stored
    ]
    if rows:
        await session.execute(insert(problems), rows)


async def is_kept(session: AsyncSession, key: str) -> bool:
    """Whether there is a problem with this key."""
    return await session.scalar(select(problems.c.key).where(problems.c.key == key)) is not None


async def mended(session: AsyncSession, keys: Collection[str]) -> None:
    """Delete problems that exist no longer."""
    for chunk in chunks(keys):
        await session.execute(delete(problems).where(problems.c.key.in_(chunk)))


async def recent(session: AsyncSession, plan: str | None = None, limit: int = 100) -> list[Problem]:
    """The newest problems, of all plans or of one, the newest first."""
    statement = select(*_COLUMNS).order_by(problems.c.at.desc(), problems.c.key).limit(limit)
    rows = await session.execute(statement if plan is None else statement.where(problems.c.plan == plan))
    return [Problem(*row) for row in rows]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many problems there are of each code."""
    rows = await session.execute(select(problems.c.code, func.count()).group_by(problems.c.code))
    return {row[0]: row[1] for row in rows}
