"""Problems: what a person must mend."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.telling.records import Problem
from service.store.chunks import chunks
from service.store.tables import problem as problems

_COLUMNS = (problems.c.key, problems.c.at, problems.c.plan, problems.c.code, problems.c.detail)


async def add(session: AsyncSession, new: Sequence[Problem]) -> None:
    """Keep problems, each key once."""
    known: set[str] = set()
    for some in chunks([one.key for one in new]):
        known.update(await session.scalars(select(problems.c.key).where(problems.c.key.in_(some))))
    rows = [{column.name: getattr(one, column.name) for column in _COLUMNS} for one in new if one.key not in known]
    if rows:
        await session.execute(insert(problems), rows)


async def mended(session: AsyncSession, keys: Collection[str]) -> None:
    """Take problems away that are none any more."""
    for some in chunks(keys):
        await session.execute(delete(problems).where(problems.c.key.in_(some)))


async def recent(session: AsyncSession, plan: str | None = None, limit: int = 100) -> list[Problem]:
    """The latest problems (of one plan), the latest first."""
    asked = select(*_COLUMNS).order_by(problems.c.at.desc(), problems.c.key).limit(limit)
    rows = await session.execute(asked if plan is None else asked.where(problems.c.plan == plan))
    return [Problem(*row) for row in rows]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many problems there are of each code."""
    rows = await session.execute(select(problems.c.code, func.count()).group_by(problems.c.code))
    return {row[0]: row[1] for row in rows}
