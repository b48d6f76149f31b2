"""The workers and partners of an authority: everybody whom it recorded and who is no family member."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import event as events

_KINDS = ("worker", "partner")


async def of_authority(session: AsyncSession, authority: str) -> dict[str, str]:
    """Their names by id, as recorded latest."""
    data = events.c.raw["data"]
    recorded = (events.c.about == "person", events.c.authority == authority, events.c.type == "person.recorded")
    statement = select(events.c.subject, data).where(*recorded, data["kind"].as_string().in_(_KINDS), ~events.c.waiting)
    rows = await session.execute(statement.order_by(events.c.time, events.c.seq))
    return {str(person): str(record["name"]) for person, record in rows}
