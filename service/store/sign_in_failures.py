"""Tries to show who one is, counted for all processes: by name, by device and by address, none of which is stored."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.access_tables import sign_in_failure as failures

WINDOW = timedelta(minutes=15)


def key_of(kind: str, text: str) -> str:
    """What tries are counted under."""
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()}"


async def numbers(session: AsyncSession, keys: Collection[str], now: datetime) -> Mapping[str, int]:
    """How many tries each key had in its quarter of an hour."""
    recent = (failures.c.key.in_(keys), failures.c.began_at > now - WINDOW)
    rows = await session.execute(select(failures.c.key, failures.c.number).where(*recent))
    return {row[0]: row[1] for row in rows}


async def count(session: AsyncSession, key: str, now: datetime) -> int:
    """Count a try before it is looked at, so that those of one moment count too. Returns how many there were."""
    is_over = failures.c.began_at <= now - WINDOW
    number = case((is_over, 1), else_=failures.c.number + 1)
    began_at = case((is_over, now), else_=failures.c.began_at)
    new_row = upsert(session, failures).values(key=key, began_at=now, number=1)
    counted = new_row.on_conflict_do_update(index_elements=["key"], set_={"number": number, "began_at": began_at})
    return int(await session.scalar(counted.returning(failures.c.number)) or 0)


async def take_back(session: AsyncSession, key: str) -> None:
    """Count one try less: it was a good one."""
    await session.execute(update(failures).where(failures.c.key == key).values(number=failures.c.number - 1))


async def forgive(session: AsyncSession, key: str) -> None:
    """Forget the tries of somebody who has shown who they are."""
    await session.execute(delete(failures).where(failures.c.key == key))
