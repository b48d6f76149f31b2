"""Secrets that planwatch makes for itself, at random, once for each database."""

import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.credentials import secret


async def outside(session: AsyncSession) -> bytes:
    """The secret from which outside ids are made, so that nobody can work them out. The first call makes it."""
    if (value := await _stored(session)) is None:
        # Another process may make one at this moment: the first one counts for all.
        statement = upsert(session, secret).values(name=_OUTSIDE, value=secrets.token_hex(32))
        await session.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
        value = await _stored(session)
    assert value is not None  # noqa: S101 - it was stored just now
    return bytes.fromhex(value)


async def _stored(session: AsyncSession) -> str | None:
    value: str | None = await session.scalar(select(secret.c.value).where(secret.c.name == _OUTSIDE))
    return value


_OUTSIDE = "outside"
