"""The ledger of a plan: what has been seen and told of it so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.telling.records import Ledger
from service.store.tables import ledger

# Built once: building this statement takes longer than running it.
_OF_PLANS = select(ledger.c.plan, ledger.c.kind, ledger.c.key, ledger.c.at).where(
    ledger.c.plan.in_(bindparam("plans", expanding=True)), ledger.c.authority == bindparam("authority")
)
_THIS = tuple(ledger.c[name] == bindparam(f"its_{name}") for name in ("plan", "authority", "kind", "key"))
_MOVE = update(ledger).where(*_THIS).values(at=bindparam("moment"))
_DROP = delete(ledger).where(*_THIS)


@dataclass(frozen=True, slots=True)
class LedgerChange:
    """A plan's ledger before and after a look."""

    plan: OwnId
    before: Ledger
    after: Ledger


async def of_plan(session: AsyncSession, plan: OwnId) -> Ledger:
    """The ledger of one plan."""
    return (await of_plans(session, plan.authority, [plan.id]))[plan.id]


async def of_plans(session: AsyncSession, authority: str, plans: Sequence[str]) -> dict[str, Ledger]:
    """The ledgers of some plans of an authority."""
    seen_at: dict[str, dict[str, datetime]] = {plan: {} for plan in plans}
    told_at: dict[str, dict[str, datetime]] = {plan: {} for plan in plans}
    for plan, kind, key, at in await session.execute(_OF_PLANS, {"plans": plans, "authority": authority}):
        (seen_at if kind == "seen" else told_at)[plan][key] = at
    return {plan: Ledger(seen_at[plan], told_at[plan]) for plan in plans}


async def replace(session: AsyncSession, changes: Sequence[LedgerChange]) -> None:
    """Make each plan's ledger what it is after its look, writing only what differs from before."""
    new: list[dict[str, object]] = []
    moved: list[dict[str, object]] = []
    gone: list[dict[str, object]] = []
    for change in changes:
        kinds = (("seen", change.before.seen, change.after.seen), ("told", change.before.told, change.after.told))
        for kind, before, after in kinds:
            row = {**_row(change.plan), "kind": kind}
            new += [{**row, "key": key, "at": after[key]} for key in after.keys() - before.keys()]
            both = (key for key in after.keys() & before.keys() if before[key] != after[key])
            moved += [{**_its(row, key), "moment": after[key]} for key in both]
            gone += [_its(row, key) for key in before.keys() - after.keys()]
    for statement, rows in ((insert(ledger), new), (_MOVE, moved), (_DROP, gone)):
        if rows:
            await session.execute(statement, rows)


async def forget(session: AsyncSession, plan: OwnId, key: str) -> None:
    """Delete the note that something was told."""
    await session.execute(delete(ledger).where(*_of_kind(plan, "told"), ledger.c.key == key))


async def tell(session: AsyncSession, plan: OwnId, keys: Sequence[str], at: datetime) -> None:
    """Note what was told or withheld outside a look. Earlier notes stay as they are."""
    already_told = (await of_plan(session, plan)).told
    if new := [{**_row(plan), "kind": "told", "key": key, "at": at} for key in keys if key not in already_told]:
        await session.execute(insert(ledger), new)


def _its(row: Mapping[str, object], key: str) -> dict[str, object]:
    return {f"its_{name}": value for name, value in row.items()} | {"its_key": key}


def _row(plan: OwnId) -> dict[str, str]:
    return {"plan": plan.id, "authority": plan.authority}


def _of_kind(plan: OwnId, kind: str) -> tuple[ColumnElement[bool], ...]:
    return (ledger.c.plan == plan.id, ledger.c.authority == plan.authority, ledger.c.kind == kind)
