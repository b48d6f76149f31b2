"""Problems: what a person has to put right."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.keys.key import names
from service.domain.own_id import OwnId
from service.domain.telling.records import Problem
from service.store.chunks import chunks
from service.store.tables import NO_AUTHORITY
from service.store.tables import problem as problems

_COLUMNS = (
    problems.c.key, problems.c.at, problems.c.authority, problems.c.plan, problems.c.code, problems.c.detail,
)  # fmt: skip
# What is on record each time that it is in the way of something. All else is on record once.
RECURRING = ("role_vacant", "no_reachable_contact", "absent_without_cover", "no_one_above")


@dataclass(frozen=True, slots=True)
class Occurrences:
    """A problem at its latest, since when it is on record, and how often."""

    problem: Problem
    first_at: datetime
    times: int


def _in_order(entry: Occurrences) -> tuple[str, str, datetime, str]:
    problem = entry.problem
    return problem.authority or NO_AUTHORITY, problem.plan or "", entry.first_at, problem.key


async def add(session: AsyncSession, new: Sequence[Problem]) -> None:
    """Keep problems. A key that is kept already in its authority stays as it is."""
    rows = {(problem.authority or NO_AUTHORITY, problem.key): _values(problem) for problem in reversed(new)}
    authorities = {authority for authority, _ in rows}
    for chunk in chunks([problem.key for problem in new]):
        these = (problems.c.key.in_(chunk), problems.c.authority.in_(authorities))
        kept = select(problems.c.authority, problems.c.key).where(*these)
        for authority, key in await session.execute(kept):
            rows.pop((authority, key), None)
    if rows:
        await session.execute(insert(problems), list(reversed(rows.values())))


async def is_kept(session: AsyncSession, key: str) -> bool:
    """Whether there is a problem with this key, of whichever authority."""
    return await session.scalar(select(problems.c.key).where(problems.c.key == key).limit(1)) is not None


async def mended(session: AsyncSession, keys: Collection[str], authority: str | None = None) -> None:
    """Delete problems of an authority, or of planwatch itself, that exist no longer."""
    # What was stored before problems had an authority is planwatch's own.
    whose = problems.c.authority.in_({authority or NO_AUTHORITY, NO_AUTHORITY})
    for chunk in chunks(keys):
        await session.execute(delete(problems).where(problems.c.key.in_(chunk), whose))


async def recent(session: AsyncSession, plan: OwnId | None = None, limit: int = 100) -> list[Problem]:
    """The newest problems, of all plans or of one, the newest first."""
    statement = select(*_COLUMNS).order_by(problems.c.at.desc(), problems.c.key, problems.c.authority).limit(limit)
    if plan is not None:
        statement = statement.where(problems.c.plan == plan.id, problems.c.authority == plan.authority)
    rows = await session.execute(statement)
    return [Problem(key, at, authority or None, *more) for key, at, authority, *more in rows]


async def since(session: AsyncSession, moment: datetime) -> list[Problem]:
    """What came on record at a moment or later, in order of keys."""
    came = select(*_COLUMNS).where(problems.c.at >= moment).order_by(problems.c.key, problems.c.authority)
    return [Problem(key, at, whose or None, *more) for key, at, whose, *more in await session.execute(came)]


async def about_event(session: AsyncSession, authority: str, uid: str) -> list[str]:
    """What is on record about an event, by its name for good: the words of each problem, in order of time."""
    naming = (problems.c.authority == authority, problems.c.key.contains(uid, autoescape=True))
    rows = await session.execute(select(problems.c.key, problems.c.detail).where(*naming).order_by(problems.c.at))
    return [detail for key, detail in rows if names(key, uid)]


async def folded(
    session: AsyncSession, since: datetime, authority: str | None = None, plan: OwnId | None = None
) -> list[Occurrences]:
    """The problems of all plans, of an authority's or of one plan, those of one wording as one, in order of plans.

    Those that happen again and again count only if they happened since a moment.
    """
    fold = (problems.c.authority, problems.c.plan, problems.c.code, problems.c.detail)
    latest, began, times = func.max(problems.c.at), func.min(problems.c.at), func.count()
    statement = select(*fold, func.max(problems.c.key), latest, began, times).group_by(*fold)
    if plan is not None:
        statement = statement.where(problems.c.plan == plan.id, problems.c.authority == plan.authority)
    elif authority is not None:
        statement = statement.where(problems.c.authority == authority)
    rows = await session.execute(statement.having(or_(problems.c.code.not_in(RECURRING), latest >= since)))
    occurrences = [
        Occurrences(Problem(key, at, whose or None, of_plan, code, detail), first_at, number)
        for whose, of_plan, code, detail, key, at, first_at, number in rows
    ]
    return sorted(occurrences, key=_in_order)


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many problems there are of each code."""
    rows = await session.execute(select(problems.c.code, func.count()).group_by(problems.c.code))
    return {row[0]: row[1] for row in rows}


def _values(problem: Problem) -> dict[str, object]:
    return {column.name: getattr(problem, column.name) for column in _COLUMNS} | {
        "authority": problem.authority or NO_AUTHORITY
    }
