"""What was held back by a rule, and by which."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Purpose
from service.domain.telling.records import Withheld
from service.store.tables import withheld


async def add(session: AsyncSession, new: Sequence[Withheld]) -> None:
    """Keep records of what was held back, each key once."""
    keys = [one.key for one in new]
    known = set(await session.scalars(select(withheld.c.key).where(withheld.c.key.in_(keys)))) if keys else set()
    if rows := [_values(one) for one in new if one.key not in known]:
        await session.execute(insert(withheld), rows)


async def of_plan(session: AsyncSession, plan: str) -> list[Withheld]:
    """What was held back on a plan, in order of time."""
    asked = select(withheld.c.key, withheld.c.at, withheld.c.plan, withheld.c.person, withheld.c.purpose)
    rows = await session.execute(
        asked.add_columns(withheld.c.reason).where(withheld.c.plan == plan).order_by(withheld.c.at, withheld.c.key)
    )
    return [
        Withheld(key, at, plan_id, person, Purpose(purpose), reason)
        for key, at, plan_id, person, purpose, reason in rows
    ]


def _values(one: Withheld) -> dict[str, object]:
    return {
        "key": one.key,
        "at": one.at,
        "plan": one.plan,
        "person": one.to,
        "purpose": one.purpose.value,
        "reason": one.reason,
    }
