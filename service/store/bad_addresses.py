"""Bad addresses: refused for good by a mail server or provider, until the person is recorded with another."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.channels.spec import Channel
from service.domain.events.payloads.people import PersonRecorded
from service.store.chunks import chunks
from service.store.tables import bad_address as bad


async def note(session: AsyncSession, person: str, channel: str, address: str, reason: str, at: datetime) -> bool:
    """Note that a person's address is bad; False where this address was noted before. `reason` quotes nobody."""
    same = (bad.c.person == person, bad.c.channel == channel, bad.c.address == address)
    noted_before = await session.scalar(select(bad.c.person).where(*same)) is not None
    await session.execute(delete(bad).where(bad.c.person == person, bad.c.channel == channel))
    row = {"person": person, "channel": channel, "address": address, "reason": reason, "at": at}
    await session.execute(insert(bad).values(row))
    return not noted_before


async def recorded(session: AsyncSession, persons: Mapping[str, PersonRecorded]) -> None:
    """Forget what was bad of those who are recorded with another address, or with none."""
    for chunk in chunks(persons):
        rows = await session.execute(select(bad.c.person, bad.c.channel, bad.c.address).where(bad.c.person.in_(chunk)))
        for person, channel, address in rows.all():
            recorded_address = getattr(persons[person], Channel(channel).spec.address_field)
            if (recorded_address or "").lower() != address.lower():
                await session.execute(delete(bad).where(bad.c.person == person, bad.c.channel == channel))
