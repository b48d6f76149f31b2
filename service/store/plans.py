"""Plans: their authorities, when to look at each next, and the fault of its last look."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.chunks import chunks
from service.store.tables import plan as plans


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan as it stood when it was taken."""

    id: str
    authority: str
    next_look: datetime | None
    ended_on: date | None
    fault: str | None
    fault_count: int
    fault_at: datetime | None

    @property
    def due(self) -> datetime | None:
        """Since when it is to be looked at, as far as is known: looks that fail put its next look off."""
        return min((moment for moment in (self.next_look, self.fault_at) if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class PlanFault:
    """A plan whose last look failed: the type and place of the fault, how many looks failed in a row, and when."""

    plan: str
    fault: str
    count: int
    at: datetime


async def authorities(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """The authority of each of these plans that was introduced."""
    authority_of: dict[str, str] = {}
    for chunk in chunks(ids):
        rows = await session.execute(select(plans.c.id, plans.c.authority).where(plans.c.id.in_(chunk)))
        authority_of.update({row[0]: row[1] for row in rows})
    return authority_of


async def introduce(session: AsyncSession, introduced: Mapping[str, str]) -> None:
    """Note new plans, with their authorities."""
    before = await authorities(session, introduced)
    new = [
        {"id": plan, "authority": authority, "version": 0, "fault_count": 0}
        for plan, authority in introduced.items()
        if plan not in before
    ]
    if new:
        await session.execute(insert(plans), new)


async def take(session: AsyncSession, plan: str, due_by: datetime | None = None) -> PlanRow | None:
    """Lock a plan until the transaction ends. With `due_by`, only if it is to be looked at by then.

    The guarded UPDATE is the lock: a second transaction waits until the first one commits, and then reads what the
    first one wrote. None: there is no such plan, or another process has just looked at it, and nothing is left to do.
    """
    claim = update(plans).where(plans.c.id == plan)
    if due_by is not None:
        claim = claim.where(plans.c.next_look <= due_by)
    taken = await session.execute(claim.values(version=plans.c.version + 1).returning(*_COLUMNS))
    row = taken.one_or_none()
    return None if row is None else PlanRow(*row)


async def looked(session: AsyncSession, plan: PlanRow, next_look: datetime | None, ended_on: date | None) -> None:
    """Note the outcome of a look that succeeded: when the next one is, and that there is no fault."""
    outcome = {"next_look": next_look, "ended_on": ended_on, "fault": None, "fault_count": 0, "fault_at": None}
    if (plan.next_look, plan.ended_on, plan.fault) != (next_look, ended_on, None):
        await session.execute(update(plans).where(plans.c.id == plan.id).values(outcome))


async def failed(session: AsyncSession, plan: str, fault: str, at: datetime, next_look: datetime) -> None:
    """Note that a look failed, and when to try again."""
    outcome = {"fault": fault, "fault_count": plans.c.fault_count + 1, "fault_at": at, "next_look": next_look}
    await session.execute(update(plans).where(plans.c.id == plan).values(outcome))


async def failures_of(session: AsyncSession, plan: str) -> int:
    """How many looks at a plan have failed in a row."""
    return await session.scalar(select(plans.c.fault_count).where(plans.c.id == plan)) or 0


async def mark_due(session: AsyncSession, ids: Collection[str], now: datetime) -> None:
    """Make plans due, so that the next tick looks at them."""
    for chunk in chunks(sorted(ids)):
        await session.execute(update(plans).where(plans.c.id.in_(chunk), _later_than(now)).values(next_look=now))


async def bring_forward(session: AsyncSession, now: datetime, until: datetime) -> None:
    """Make those plans due now that are to be looked at between now and a later moment."""
    soon = (plans.c.next_look > now, plans.c.next_look <= until)
    await session.execute(update(plans).where(*soon).values(next_look=now))


async def mark_authorities_due(session: AsyncSession, authorities: Collection[str], now: datetime) -> None:
    """Make all plans of some authorities due, except those that have ended and need no further look."""
    alive = or_(plans.c.ended_on.is_(None), plans.c.next_look.is_not(None))
    await session.execute(
        update(plans).where(plans.c.authority.in_(authorities), alive, _later_than(now)).values(next_look=now)
    )


async def next_due(session: AsyncSession, now: datetime, most: int = 1) -> list[str]:
    """The plans that have been due longest, at most `most` of them."""
    due = select(plans.c.id).where(plans.c.next_look <= now).order_by(plans.c.next_look, plans.c.id).limit(most)
    return list(await session.scalars(due))


async def count_due(session: AsyncSession, now: datetime) -> int:
    """How many plans are to be looked at by now."""
    return await session.scalar(select(func.count()).where(plans.c.next_look <= now)) or 0


async def due_among(session: AsyncSession, ids: Collection[str], now: datetime) -> list[str]:
    """Those of these plans that are due to be looked at, the longest due first."""
    due_plans: list[tuple[datetime, str]] = []
    for chunk in chunks(ids):
        due = select(plans.c.next_look, plans.c.id).where(plans.c.id.in_(chunk), plans.c.next_look <= now)
        due_plans += [(row[0], row[1]) for row in await session.execute(due)]
    return [plan for _, plan in sorted(due_plans)]


async def faults(session: AsyncSession, limit: int = 20) -> list[PlanFault]:
    """The plans whose last look failed, the latest failure first."""
    rows = await session.execute(
        select(plans.c.id, plans.c.fault, plans.c.fault_count, plans.c.fault_at)
        .where(plans.c.fault_at.is_not(None))
        .order_by(plans.c.fault_at.desc())
        .limit(limit)
    )
    return [PlanFault(*row) for row in rows]


async def count(session: AsyncSession) -> int:
    """How many plans there are."""
    return await session.scalar(select(func.count()).select_from(plans)) or 0


async def in_use(session: AsyncSession, authorities: Collection[str]) -> list[str]:
    """Those of these authorities that have a plan, in order."""
    having = [exists().where(plans.c.authority == authority) for authority in sorted(authorities)]
    flags = (await session.execute(select(*having))).one() if having else ()
    return [authority for authority, used in zip(sorted(authorities), flags, strict=True) if used]


def _later_than(now: datetime) -> ColumnElement[bool]:
    return or_(plans.c.next_look.is_(None), plans.c.next_look > now)


_COLUMNS = (
    plans.c.id, plans.c.authority, plans.c.next_look, plans.c.ended_on, plans.c.fault, plans.c.fault_count,
    plans.c.fault_at,
)  # fmt: skip
