"""The secret addresses under which people read their calendars. Only the hash of a secret is kept."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.page_tables import calendar_address as addresses

LONGEST = 100  # letters of what may be a secret; ours have 43


async def make(session: AsyncSession, person: OwnId, now: datetime) -> str:
    """A new secret of 256 bits for a person's calendar. The one before is good no longer."""
    await revoke(session, person)
    secret = secrets.token_urlsafe(32)
    row = {"authority": person.authority, "person": person.id, "hash": _hash(secret), "made_at": now}
    await session.execute(insert(addresses).values(row))
    return secret


async def revoke(session: AsyncSession, person: OwnId) -> None:
    """Let a person's calendar be read under no address any more."""
    theirs = (addresses.c.authority == person.authority, addresses.c.person == person.id)
    await session.execute(delete(addresses).where(*theirs))


async def find(session: AsyncSession, secret: str) -> OwnId | None:
    """Whose calendar it is. None: nobody's, or it was revoked."""
    if len(secret) > LONGEST:
        return None
    whose = select(addresses.c.authority, addresses.c.person).where(addresses.c.hash == _hash(secret))
    row = (await session.execute(whose)).one_or_none()
    return None if row is None else OwnId(*row)


async def made_at(session: AsyncSession, person: OwnId) -> datetime | None:
    """When a person's address was made. None: there is none."""
    theirs = (addresses.c.authority == person.authority, addresses.c.person == person.id)
    moment: datetime | None = await session.scalar(select(addresses.c.made_at).where(*theirs))
    return moment


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
