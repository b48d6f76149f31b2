"""Plans: their authorities, when to look at each next, and the fault of its last look."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Integer, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.domain.own_id import OwnId
from service.store.chunks import alike_chunks, own_chunks
from service.store.resembling import half_alike
from service.store.tables import plan as plans

# Plans that are looked at in one go after a change of policy.
SLOT = 25


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan as it stood when it was taken."""

    own_id: OwnId
    next_look: datetime | None
    ended_on: date | None
    fault: str | None
    fault_count: int
    fault_at: datetime | None
    awaited: bool  # no event has introduced it yet
    policy_changed_at: datetime | None  # since when no look has been by the policy that is in force

    @property
    def due(self) -> datetime | None:
        """Since when it is to be looked at, as far as is known: looks that fail put its next look off."""
        return min((moment for moment in (self.next_look, self.fault_at) if moment is not None), default=None)


@dataclass(frozen=True, slots=True)
class PlanFault:
    """A plan whose last look failed: the type and place of the fault, how many looks failed in a row, and when."""

    plan: OwnId
    fault: str
    count: int
    at: datetime


async def with_id(session: AsyncSession, plan_id: str) -> list[OwnId]:
    """The plans that have this id, each of another authority."""
    rows = await session.execute(select(*_OWN_ID).where(plans.c.id == plan_id).order_by(plans.c.authority))
    return [OwnId(*row) for row in rows]


async def of_authority(session: AsyncSession, authority: str, most: int | None = None) -> list[OwnId]:
    """The introduced plans of an authority, in order of reference, and no more than `most`."""
    introduced = select(*_OWN_ID).where(plans.c.authority == authority, ~plans.c.awaited)
    return [OwnId(*row) for row in await session.execute(introduced.order_by(plans.c.id).limit(most))]


async def resembling(session: AsyncSession, reference: str) -> list[OwnId]:
    """Plans whose references share a half with this one, in whatever letters."""
    return [OwnId(*row) for row in await session.execute(half_alike(plans.c.authority, plans.c.id, reference))]


async def known(session: AsyncSession, own_ids: Collection[OwnId]) -> set[OwnId]:
    """Those of these plans that were introduced."""
    introduced: set[OwnId] = set()
    for authorities, chunk in alike_chunks(own_ids):
        rows = await session.execute(_KNOWN, {"authorities": authorities, "plans": chunk})
        introduced.update(OwnId(*row) for row in rows)
    return introduced


async def introduce(session: AsyncSession, introduced: Collection[OwnId]) -> None:
    """Note new plans, and those that were awaited."""
    for authority, chunk in own_chunks(introduced):
        awaited = (plans.c.authority == authority, plans.c.id.in_(chunk), plans.c.awaited)
        await session.execute(update(plans).where(*awaited).values(awaited=False))
    before = await known(session, introduced)
    new = [{**plan._asdict(), "version": 0, "fault_count": 0} for plan in introduced if plan not in before]
    if new:
        await session.execute(insert(plans), new)


async def expect(session: AsyncSession, awaited: Collection[OwnId]) -> None:
    """Note plans that no event has introduced yet, so that they are looked at."""
    for plan in awaited:
        row = {**plan._asdict(), "version": 0, "fault_count": 0, "awaited": True}
        await session.execute(upsert(session, plans).values(row).on_conflict_do_nothing())


async def read(session: AsyncSession, plan: OwnId) -> PlanRow | None:
    """A plan as it stands, whether it is introduced or awaited."""
    row = (await session.execute(select(*_COLUMNS).where(*_is(plan)))).one_or_none()
    return None if row is None else PlanRow(plan, *row)


async def read_several(session: AsyncSession, own_ids: Collection[OwnId]) -> list[PlanRow]:
    """As `read`, those of these plans that there are."""
    rows: list[PlanRow] = []
    for authority, chunk in own_chunks(own_ids):
        these = await session.execute(_READ_SEVERAL, {"authority": authority, "plans": chunk})
        rows += [PlanRow(OwnId(authority, row[0]), *row[1:]) for row in these]
    return rows


async def take(session: AsyncSession, plan: OwnId, due_by: datetime | None = None) -> PlanRow | None:
    """Lock a plan until the transaction ends. With `due_by`, only if it is to be looked at by then.

    The guarded UPDATE is the lock: a second transaction waits until the first one commits, and then reads what the
    first one wrote. None: there is no such plan, or another process has just looked at it, and nothing is left to do.
    """
    if due_by is None:
        taken = await session.execute(_TAKE, _named(plan))
    else:
        taken = await session.execute(_TAKE_IF_DUE, _named(plan) | {"due_by": due_by})
    row = taken.one_or_none()
    return None if row is None else PlanRow(plan, *row)


async def take_due(session: AsyncSession, own_ids: Collection[OwnId], due_by: datetime) -> list[PlanRow]:
    """As `take`, those of these plans that are to be looked at by then, in order."""
    taken: list[PlanRow] = []
    for authority, chunk in own_chunks(own_ids):
        due = {"its_authority": authority, "due_by": due_by}
        # Whoever takes several takes them in one order, so that no two wait for each other.
        locked = await session.scalars(_LOCK_DUE, due | {"plans": chunk}) if len(chunk) > 1 else chunk
        rows = await session.execute(_TAKE_DUE, due | {"plans": list(locked)})
        taken += [PlanRow(OwnId(authority, row[0]), *row[1:]) for row in rows]
    return sorted(taken, key=lambda plan: plan.own_id)


@dataclass(frozen=True, slots=True)
class Looked:
    """A plan as it was taken, and the outcome of a look that succeeded: when the next one is, and whether it ended."""

    plan: PlanRow
    next_look: datetime | None
    ended_on: date | None

    @property
    def is_news(self) -> bool:
        """Whether the outcome, which leaves no fault, is other than what was noted before."""
        plan = self.plan
        before = (plan.next_look, plan.ended_on, plan.fault, plan.policy_changed_at)
        return before != (self.next_look, self.ended_on, None, None)


_LOOKED = (
    update(plans)
    .where(plans.c.authority == bindparam("its_authority"), plans.c.id == bindparam("its_id"))
    .values(
        next_look=bindparam("then"), ended_on=bindparam("ended"), fault=None, fault_count=0, fault_at=None,
        policy_changed_at=None,
    )
)  # fmt: skip


async def looked(session: AsyncSession, outcomes: Sequence[Looked]) -> None:
    """Note the outcomes of looks."""
    rows = [
        {**_named(outcome.plan.own_id), "then": outcome.next_look, "ended": outcome.ended_on}
        for outcome in outcomes
        if outcome.is_news
    ]
    if rows:
        await session.execute(_LOOKED, rows)


def _named(plan: OwnId) -> dict[str, object]:
    return {"its_authority": plan.authority, "its_id": plan.id}


async def failed(session: AsyncSession, plan: OwnId, fault: str, at: datetime, next_look: datetime) -> None:
    """Note that a look failed, and when to try again."""
    outcome = {"fault": fault, "fault_count": plans.c.fault_count + 1, "fault_at": at, "next_look": next_look}
    await session.execute(update(plans).where(*_is(plan)).values(outcome))


async def failures_of(session: AsyncSession, plan: OwnId) -> int:
    """How many looks at a plan have failed in a row."""
    return await session.scalar(select(plans.c.fault_count).where(*_is(plan))) or 0


async def mark_due(session: AsyncSession, own_ids: Collection[OwnId], now: datetime) -> None:
    """Make plans due, so that the next tick looks at them."""
    for authority, chunk in own_chunks(own_ids):
        await session.execute(_MARK_DUE, {"its_authority": authority, "plans": chunk, "now": now})


async def bring_forward(session: AsyncSession, now: datetime, until: datetime) -> None:
    """Make those plans due now that are to be looked at between now and a later moment."""
    soon = (plans.c.next_look > now, plans.c.next_look <= until)
    await session.execute(update(plans).where(*soon).values(next_look=now))


async def mark_authorities_due(session: AsyncSession, authorities: Collection[str], now: datetime) -> None:
    """Make all plans of some authorities due, except those that have ended and need no further look."""
    if authorities:
        await session.execute(_MARK_AUTHORITIES_DUE, {"authorities": sorted(authorities), "now": now})


async def spread_looks(session: AsyncSession, authority: str, now: datetime, within: timedelta) -> int:
    """Have all plans of an authority looked at once, one after the other, and say how many.

    Those that have ended and need no further look are left out. A look that is due earlier stays where it is.
    """
    # One that has ended follows too, if its end is withdrawn.
    await session.execute(update(plans).where(plans.c.authority == authority).values(policy_changed_at=now))
    theirs = (plans.c.authority == authority, or_(plans.c.ended_on.is_(None), plans.c.next_look.is_not(None)))
    names = list(await session.scalars(select(plans.c.id).where(*theirs).order_by(plans.c.id)))
    slots = [names[start : start + SLOT] for start in range(0, len(names), SLOT)]
    for number, slot in enumerate(slots):
        moment = now + within * number / len(slots)
        these = (plans.c.authority == authority, plans.c.id.in_(slot), _later_than(moment))
        await session.execute(update(plans).where(*these).values(next_look=moment))
    return len(names)


async def count_to_follow(session: AsyncSession, authority: str) -> int:
    """How many plans of an authority have not been looked at since its policy changed."""
    since = (plans.c.authority == authority, plans.c.policy_changed_at.is_not(None), plans.c.next_look.is_not(None))
    return await session.scalar(select(func.count()).where(*since)) or 0


class Coming(NamedTuple):
    """When a plan is to be looked at next. Its version grows with each look."""

    own_id: OwnId
    next_look: datetime
    version: int


async def coming(session: AsyncSession, authority: str, until: datetime) -> list[Coming]:
    """The introduced plans of an authority that are to be looked at before a moment, and when: the nearest first."""
    ahead = (plans.c.authority == authority, ~plans.c.awaited, plans.c.next_look < until)
    columns = (plans.c.id, plans.c.next_look, plans.c.version)
    rows = await session.execute(select(*columns).where(*ahead).order_by(plans.c.next_look, plans.c.id))
    return [Coming(OwnId(authority, plan), next_look, version) for plan, next_look, version in rows]


async def next_due(session: AsyncSession, now: datetime, most: int = 1) -> list[OwnId]:
    """The plans that have been due longest, at most `most` of them; of those of one moment, any.

    All of a morning are due at one moment: to have them in an order too, each question would read them all.
    """
    return [OwnId(*row) for row in await session.execute(_NEXT_DUE, {"now": now, "most": most})]


async def count_due(session: AsyncSession, now: datetime) -> int:
    """How many plans are to be looked at by now."""
    return await session.scalar(select(func.count()).where(plans.c.next_look <= now)) or 0


async def due_among(session: AsyncSession, own_ids: Collection[OwnId], now: datetime) -> list[OwnId]:
    """Those of these plans that are due to be looked at, the longest due first."""
    due_plans: list[tuple[datetime, OwnId]] = []
    for authority, chunk in own_chunks(own_ids):
        due = select(plans.c.next_look, plans.c.id).where(
            plans.c.authority == authority, plans.c.id.in_(chunk), plans.c.next_look <= now
        )
        due_plans += [(row[0], OwnId(authority, row[1])) for row in await session.execute(due)]
    return [plan for _, plan in sorted(due_plans)]


async def faults(session: AsyncSession, limit: int = 20) -> list[PlanFault]:
    """The plans whose last look failed, the latest failure first."""
    rows = await session.execute(
        select(*_OWN_ID, plans.c.fault, plans.c.fault_count, plans.c.fault_at)
        .where(plans.c.fault_at.is_not(None))
        .order_by(plans.c.fault_at.desc())
        .limit(limit)
    )
    return [PlanFault(OwnId(row[0], row[1]), *row[2:]) for row in rows]


async def count(session: AsyncSession) -> int:
    """How many plans there are."""
    return await session.scalar(select(func.count()).select_from(plans).where(~plans.c.awaited)) or 0


async def in_use(session: AsyncSession, authorities: Collection[str]) -> list[str]:
    """Those of these authorities that have a plan, in order."""
    having = [exists().where(plans.c.authority == authority) for authority in sorted(authorities)]
    flags = (await session.execute(select(*having))).one() if having else ()
    return [authority for authority, used in zip(sorted(authorities), flags, strict=True) if used]


def _later_than(now: datetime) -> ColumnElement[bool]:
    return or_(plans.c.next_look.is_(None), plans.c.next_look > now)


def _is(plan: OwnId) -> tuple[ColumnElement[bool], ...]:
    return (plans.c.authority == plan.authority, plans.c.id == plan.id)


_OWN_ID = (plans.c.authority, plans.c.id)
_COLUMNS = (
    plans.c.next_look, plans.c.ended_on, plans.c.fault, plans.c.fault_count, plans.c.fault_at, plans.c.awaited,
    plans.c.policy_changed_at,
)  # fmt: skip
# Statements are built once: building one takes longer than running it.
_these: BindParameter[Sequence[str]] = bindparam("plans", expanding=True)
_theirs = (plans.c.authority == bindparam("authority"), plans.c.id.in_(_these))
_KNOWN = select(*_OWN_ID).where(
    plans.c.id.in_(_these), plans.c.authority.in_(bindparam("authorities", expanding=True)), ~plans.c.awaited
)
_READ_SEVERAL = select(plans.c.id, *_COLUMNS).where(*_theirs)
# In an update a column's own name would be a value to set.
_due = (
    plans.c.authority == bindparam("its_authority"), plans.c.id.in_(_these), plans.c.next_look <= bindparam("due_by"),
)  # fmt: skip
_TAKE = (
    update(plans)
    .where(plans.c.authority == bindparam("its_authority"), plans.c.id == bindparam("its_id"))
    .values(version=plans.c.version + 1)
    .returning(*_COLUMNS)
)
_TAKE_IF_DUE = _TAKE.where(plans.c.next_look <= bindparam("due_by"))
_NEXT_DUE = (
    select(*_OWN_ID)
    .where(plans.c.next_look <= bindparam("now"))
    .order_by(plans.c.next_look)
    .limit(bindparam("most", type_=Integer))
)
_LOCK_DUE = select(plans.c.id).where(*_due).order_by(plans.c.id).with_for_update()
_TAKE_DUE = update(plans).where(*_due).values(version=plans.c.version + 1).returning(plans.c.id, *_COLUMNS)
_MARK_DUE = (
    update(plans)
    .where(
        plans.c.authority == bindparam("its_authority"),
        plans.c.id.in_(_these),
        or_(plans.c.next_look.is_(None), plans.c.next_look > bindparam("now")),
    )
    .values(next_look=bindparam("now"))
)
_MARK_AUTHORITIES_DUE = (
    update(plans)
    .where(
        plans.c.authority.in_(bindparam("authorities", expanding=True)),
        or_(plans.c.ended_on.is_(None), plans.c.next_look.is_not(None)),
        or_(plans.c.next_look.is_(None), plans.c.next_look > bindparam("now")),
    )
    .values(next_look=bindparam("now"))
)
