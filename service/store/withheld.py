"""Withheld messages, each with the rule that held it back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Purpose
from service.domain.own_id import OwnId
from service.domain.telling.records import Withheld
from service.store.tables import withheld


async def add(session: AsyncSession, new: Sequence[Withheld]) -> None:
    """Keep records of withheld messages. A key that is kept already in its authority stays as it is."""
    keys = [record.key for record in new]
    names = select(withheld.c.authority, withheld.c.key).where(withheld.c.key.in_(keys))
    stored = {(authority, key) for authority, key in await session.execute(names)} if keys else set()
    if rows := [_values(record) for record in new if (record.authority, record.key) not in stored]:
        await session.execute(insert(withheld), rows)


async def of_plan(session: AsyncSession, plan: OwnId, since: datetime | None = None) -> list[Withheld]:
    """The withheld messages of a plan, in order of time; with `since` those from a moment on."""
    columns = (withheld.c.key, withheld.c.at, withheld.c.person, withheld.c.purpose, withheld.c.reason)
    its = (withheld.c.plan == plan.id, withheld.c.authority == plan.authority)
    statement = select(*columns).where(*its) if since is None else select(*columns).where(*its, withheld.c.at >= since)
    rows = await session.execute(statement.order_by(withheld.c.at, withheld.c.key))
    return [
        Withheld(key, at, plan.authority, plan.id, person, Purpose(purpose), reason)
        for key, at, person, purpose, reason in rows
    ]


def _values(record: Withheld) -> dict[str, object]:
    return {
        "key": record.key,
        "at": record.at,
        "authority": record.authority,
        "plan": record.plan,
        "person": record.to,
        "purpose": record.purpose.value,
        "reason": record.reason,
    }
