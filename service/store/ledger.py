"""The ledger of a plan: what has been seen and told of it so far."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.telling.records import Ledger
from service.store.chunks import chunks
from service.store.tables import ledger

# Built once: building this statement takes longer than running it.
_OF_PLAN = select(ledger.c.kind, ledger.c.key, ledger.c.at).where(
    ledger.c.plan == bindparam("plan"), ledger.c.authority == bindparam("authority")
)


async def of_plan(session: AsyncSession, plan: OwnId) -> Ledger:
    """The ledger of one plan."""
    seen_at: dict[str, datetime] = {}
    told_at: dict[str, datetime] = {}
    for kind, key, at in await session.execute(_OF_PLAN, _row(plan)):
        (seen_at if kind == "seen" else told_at)[key] = at
    return Ledger(seen_at, told_at)


async def replace(session: AsyncSession, plan: OwnId, before: Ledger, after: Ledger) -> None:
    """Make `after` the plan's ledger, writing only what differs from `before`."""
    await _replace(session, plan, "seen", before.seen, after.seen)
    await _replace(session, plan, "told", before.told, after.told)


async def forget(session: AsyncSession, plan: OwnId, key: str) -> None:
    """Delete the note that something was told."""
    await session.execute(delete(ledger).where(*_of_kind(plan, "told"), ledger.c.key == key))


async def tell(session: AsyncSession, plan: OwnId, keys: Sequence[str], at: datetime) -> None:
    """Note what was told or withheld outside a look. Earlier notes stay as they are."""
    already_told = (await of_plan(session, plan)).told
    if new := [{**_row(plan), "kind": "told", "key": key, "at": at} for key in keys if key not in already_told]:
        await session.execute(insert(ledger), new)


async def _replace(
    session: AsyncSession, plan: OwnId, kind: str, before: Mapping[str, datetime], after: Mapping[str, datetime]
) -> None:
    of_kind = _of_kind(plan, kind)
    new = [{**_row(plan), "kind": kind, "key": key, "at": after[key]} for key in after.keys() - before.keys()]
    if new:
        await session.execute(insert(ledger), new)
    for key in after.keys() & before.keys():
        if before[key] != after[key]:
            await session.execute(update(ledger).where(*of_kind, ledger.c.key == key).values(at=after[key]))
    for chunk in chunks(before.keys() - after.keys()):
        await session.execute(delete(ledger).where(*of_kind, ledger.c.key.in_(chunk)))


def _row(plan: OwnId) -> dict[str, str]:
    return {"plan": plan.id, "authority": plan.authority}


def _of_kind(plan: OwnId, kind: str) -> tuple[ColumnElement[bool], ...]:
    return (ledger.c.plan == plan.id, ledger.c.authority == plan.authority, ledger.c.kind == kind)
