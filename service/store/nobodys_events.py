"""Events of nobody's: they came before 28 November 2026, and wait for whoever introduces what they are about."""

from sqlalchemy import and_, bindparam, delete, exists, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import NO_AUTHORITY, event, event_wait


async def give(session: AsyncSession, seq: int, authority: str) -> None:
    """Make the event with this number an authority's if it was nobody's, and what it waits for with it.

    Where the authority has it already, since its source has sent it again with a token, it only goes.
    """
    if not await session.scalar(_CAME_AGAIN, {"number": seq, "whose": authority}):
        for table in (event, event_wait):
            # Its rows are written anew: their keys hold the authority.
            kept = [column for column in table.columns if column.name != "authority"]
            nobodys = select(*kept, literal(authority)).where(table.c.seq == seq, table.c.authority == NO_AUTHORITY)
            names = [*(column.name for column in kept), "authority"]
            if not (await session.scalars(insert(table).from_select(names, nobodys).returning(table.c.seq))).all():
                return
    for table in (event_wait, event):
        await session.execute(delete(table).where(table.c.seq == seq, table.c.authority == NO_AUTHORITY))


_again = event.alias()
_CAME_AGAIN = select(
    exists(event.join(_again, and_(_again.c.source == event.c.source, _again.c.id == event.c.id))).where(
        event.c.seq == bindparam("number"),
        event.c.authority == NO_AUTHORITY,
        _again.c.authority == bindparam("whose"),
    )
)
