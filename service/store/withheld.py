"""Withheld messages, each with the rule that held it back."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Purpose
from service.domain.own_id import OwnId
from service.domain.telling.records import Withheld
from service.store.chunks import chunks
from service.store.tables import withheld


async def add(session: AsyncSession, new: Sequence[Withheld]) -> None:
    """Keep records of withheld messages. A key that is kept already in its authority stays as it is."""
    rows = {(record.authority, record.key): _values(record) for record in reversed(new)}
    authorities = {authority for authority, _ in rows}
    for chunk in chunks([record.key for record in new]):
        for authority, key in await session.execute(_KEPT, {"keys": chunk, "authorities": sorted(authorities)}):
            rows.pop((authority, key), None)
    if rows:
        await session.execute(insert(withheld), list(reversed(rows.values())))


# Built once: what is built for one question is left for the collection of garbage.
_KEPT = select(withheld.c.authority, withheld.c.key).where(
    withheld.c.key.in_(bindparam("keys", expanding=True)),
    withheld.c.authority.in_(bindparam("authorities", expanding=True)),
)


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
