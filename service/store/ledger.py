"""The ledger of a plan: what was known and told of it until now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.telling.records import Ledger
from service.store.chunks import chunks
from service.store.tables import ledger

# Written once: to put a statement together takes longer than to ask it.
_OF_PLAN = select(ledger.c.kind, ledger.c.key, ledger.c.at).where(ledger.c.plan == bindparam("plan"))


async def of_plan(session: AsyncSession, plan: str) -> Ledger:
    """What was seen and told of a plan."""
    seen: dict[str, datetime] = {}
    told: dict[str, datetime] = {}
    for kind, key, at in await session.execute(_OF_PLAN, {"plan": plan}):
        (seen if kind == "seen" else told)[key] = at
    return Ledger(seen, told)


async def replace(session: AsyncSession, plan: str, before: Ledger, after: Ledger) -> None:
    """Make `after` the plan's ledger, writing only what differs from `before`."""
    await _replace(session, plan, "seen", before.seen, after.seen)
    await _replace(session, plan, "told", before.told, after.told)


async def forget(session: AsyncSession, plan: str, key: str) -> None:
    """Take back that something was told."""
    await session.execute(delete(ledger).where(ledger.c.plan == plan, ledger.c.kind == "told", ledger.c.key == key))


async def tell(session: AsyncSession, plan: str, keys: Sequence[str], at: datetime) -> None:
    """Note what was told or withheld outside a look; what is noted already stays."""
    known = (await of_plan(session, plan)).told
    if new := [{"plan": plan, "kind": "told", "key": key, "at": at} for key in keys if key not in known]:
        await session.execute(insert(ledger), new)


async def _replace(
    session: AsyncSession, plan: str, kind: str, before: Mapping[str, datetime], after: Mapping[str, datetime]
) -> None:
    here = (ledger.c.plan == plan, ledger.c.kind == kind)
    if new := [{"plan": plan, "kind": kind, "key": key, "at": after[key]} for key in after.keys() - before.keys()]:
        await session.execute(insert(ledger), new)
    for key in after.keys() & before.keys():
        if before[key] != after[key]:
            await session.execute(update(ledger).where(*here, ledger.c.key == key).values(at=after[key]))
    for some in chunks(before.keys() - after.keys()):
        await session.execute(delete(ledger).where(*here, ledger.c.key.in_(some)))
