"""Secrets that planwatch makes for itself, at random, once for each database."""

import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.tables import secret


async def outside(session: AsyncSession) -> bytes:
    """What keeps the ids of messages that the world sees from being worked out; made the first time it is asked for."""
    if (known := await _known(session)) is None:
        # Another process may start in this moment: the first one's is everybody's.
        made = upsert(session, secret).values(name=_OUTSIDE, value=secrets.token_hex(32))
        await session.execute(made.on_conflict_do_nothing(index_elements=["name"]))
        known = await _known(session)
    assert known is not None  # noqa: S101 - it stands there since just now
    return bytes.fromhex(known)


async def _stored(session: AsyncSession) -> str | None:
    value: str | None = await session.scalar(select(secret.c.value).where(secret.c.name == _OUTSIDE))
    return value


_OUTSIDE = "outside"
