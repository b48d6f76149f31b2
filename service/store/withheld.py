"""Withheld messages, each with the rule that held it back."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Purpose
from service.domain.telling.records import Withheld
from service.store.tables import withheld


async def add(session: AsyncSession, new: Sequence[Withheld]) -> None:
    """Keep records of withheld messages. A key that is kept already stays as it is."""
    keys = [record.key for record in new]
    stored = set(await session.scalars(select(withheld.c.key).where(withheld.c.key.in_(keys)))) if keys else set()
    if rows := [_values(record) for record in new if record.key not in stored]:
        await session.execute(insert(withheld), rows)


async def of_plan(session: AsyncSession, plan: str) -> list[Withheld]:
    """The withheld messages of a plan, in order of time."""
    statement = select(withheld.c.key, withheld.c.at, withheld.c.plan, withheld.c.person, withheld.c.purpose)
    rows = await session.execute(
        statement.add_columns(withheld.c.reason).where(withheld.c.plan == plan).order_by(withheld.c.at, withheld.c.key)
    )
    return [
        Withheld(key, at, plan_id, person, Purpose(purpose), reason)
        for key, at, plan_id, person, purpose, reason in rows
    ]


def _values(record: Withheld) -> dict[str, object]:
    return {
        "key": record.key,
        "at": record.at,
        "plan": record.plan,
        "person": record.to,
        "purpose": record.purpose.value,
        "reason": record.reason,
    }
