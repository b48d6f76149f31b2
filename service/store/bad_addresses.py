"""Bad addresses: refused for good by a mail server or provider, until the person is recorded with another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.channels.spec import Channel
from service.domain.events.payloads.people import PersonRecorded
from service.domain.own_id import OwnId
from service.store.chunks import own_chunks
from service.store.tables import bad_address as bad


async def note(session: AsyncSession, person: OwnId, channel: str, address: str, reason: str, at: datetime) -> bool:
    """Note that a person's address is bad; False where this address was noted before. `reason` quotes nobody."""
    same = (*_is(person, channel), bad.c.address == address)
    noted_before = await session.scalar(select(bad.c.person).where(*same)) is not None
    await session.execute(delete(bad).where(*_is(person, channel)))
    whose = {"person": person.id, "authority": person.authority}
    row = {**whose, "channel": channel, "address": address, "reason": reason, "at": at}
    await session.execute(insert(bad).values(row))
    return not noted_before


async def recorded(session: AsyncSession, persons: Mapping[OwnId, PersonRecorded]) -> None:
    """Forget what was bad of those who are recorded with another address, or with none."""
    for authority, chunk in own_chunks(persons):
        these = (bad.c.person.in_(chunk), bad.c.authority == authority)
        rows = await session.execute(select(bad.c.person, bad.c.channel, bad.c.address).where(*these))
        for name, channel, address in rows.all():
            person = OwnId(authority, name)
            recorded_address = getattr(persons[person], Channel(channel).spec.address_field)
            if (recorded_address or "").lower() != address.lower():
                await session.execute(delete(bad).where(*_is(person, channel)))


def _is(person: OwnId, channel: str) -> tuple[ColumnElement[bool], ...]:
    return (bad.c.person == person.id, bad.c.authority == person.authority, bad.c.channel == channel)


@dataclass(frozen=True, slots=True)
class BadAddress:
    """An address that is refused for good: whose, by which channel, why in words that quote nobody, since when."""

    person: str
    channel: str
    reason: str
    at: datetime


async def of_authority(session: AsyncSession, authority: str, limit: int = 100) -> list[BadAddress]:
    """The bad addresses of an authority's people, the newest first."""
    columns = (bad.c.person, bad.c.channel, bad.c.reason, bad.c.at)
    newest_first = select(*columns).where(bad.c.authority == authority).order_by(bad.c.at.desc(), bad.c.person)
    return [BadAddress(*row) for row in await session.execute(newest_first.limit(limit))]
