"""The events of one authority, in the order in which they came: what is needed to have its plans elsewhere."""

from collections.abc import AsyncIterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.events import Raw
from service.store.tables import event

_AT_A_TIME = 1_000


async def of_authority(session: AsyncSession, authority: str) -> AsyncIterator[Raw]:
    """Each as it came, whether it has taken effect or waits; so many at a time are read."""
    reached = 0
    while True:
        newer = (event.c.authority == authority, event.c.seq > reached)
        page = select(event.c.seq, event.c.raw).where(*newer).order_by(event.c.seq).limit(_AT_A_TIME)
        rows = (await session.execute(page)).all()
        for _, raw in rows:
            yield raw
        if len(rows) < _AT_A_TIME:
            return
        reached = rows[-1][0]
