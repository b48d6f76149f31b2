"""What lists ask of several plans at once: how often each was looked at, and which of them run."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.chunks import own_chunks
from service.store.tables import plan as plans


async def versions(session: AsyncSession, own_ids: Collection[OwnId]) -> dict[str, int]:
    """How often each of an authority's plans has been looked at: a number that only grows."""
    numbers: dict[str, int] = {}
    for authority, chunk in own_chunks(own_ids):
        these = (plans.c.authority == authority, plans.c.id.in_(chunk))
        numbers |= {row[0]: row[1] for row in await session.execute(select(plans.c.id, plans.c.version).where(*these))}
    return numbers


async def running(session: AsyncSession, own_ids: Collection[OwnId]) -> set[OwnId]:
    """Those of these plans that were introduced and have not ended."""
    going: set[OwnId] = set()
    for authority, chunk in own_chunks(own_ids):
        these = (plans.c.authority == authority, plans.c.id.in_(chunk), ~plans.c.awaited, plans.c.ended_on.is_(None))
        going.update(OwnId(authority, plan) for plan in await session.scalars(select(plans.c.id).where(*these)))
    return going
