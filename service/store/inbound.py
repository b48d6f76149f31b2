"""Texts and bounces, stored as they came, each once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert, wait_as_a_write
from notifications.foreign_words import cleaned
from service.store.tables import raw_inbound

_LONGEST_ID = 64  # letters that the column holds


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text or a bounce, as it came."""

    provider: str
    id: str  # the provider's
    body: Mapping[str, str]
    received_at: datetime
    meant: Sequence[Mapping[str, Any]] | None = None  # the events that a text becomes; None: not worked out yet


async def add(
    session: AsyncSession, provider: str, provider_id: str, body: Mapping[str, str], received_at: datetime
) -> bool:
    """Keep a text or a bounce as it came. False: it had come before."""
    return await add_all(session, [Inbound(provider, provider_id, body, received_at)]) > 0


async def add_all(session: AsyncSession, new: Sequence[Inbound]) -> int:
    """Keep several texts, each once, even if another process keeps them at this moment. Returns how many are new.

    The words of a text are kept as they came. In an id, a character that no database takes is replaced.
    """
    rows = [
        {
            "provider": item.provider,
            "id": cleaned(item.id, _LONGEST_ID),
            "body": dict(item.body),
            "received_at": item.received_at,
        }
        for item in new
    ]
    if not rows:
        return 0
    statement = upsert(session, raw_inbound).on_conflict_do_nothing().returning(raw_inbound.c.id)
    number_of_new = len((await session.scalars(statement, rows)).all())
    if number_of_new < len(rows):
        await wait_as_a_write(session)
    return number_of_new


async def taken(session: AsyncSession, provider: str, provider_id: str, taken_as: str) -> None:
    """Note what a text or a bounce was taken as."""
    await session.execute(update(raw_inbound).where(*_is(provider, provider_id)).values(taken_as=taken_as))


async def next_untaken(session: AsyncSession, providers: Collection[str]) -> Inbound | None:
    """The text of these providers that has waited longest to be understood. None: none waits."""
    rows = await session.execute(
        select(*_COLUMNS)
        .where(raw_inbound.c.provider.in_(sorted(providers)), raw_inbound.c.taken_as.is_(None))
        .order_by(raw_inbound.c.received_at, raw_inbound.c.id)
        .limit(1)
    )
    row = rows.one_or_none()
    return None if row is None else Inbound(*row)


async def meant(session: AsyncSession, text: Inbound, events: Sequence[Mapping[str, object]]) -> list[dict[str, Any]]:
    """Note the events that a text means, unless another process has noted them. Returns the events that count."""
    same_text = _is(text.provider, text.id)
    noted = update(raw_inbound).where(*same_text, raw_inbound.c.meant.is_(None)).values(meant=list(events))
    await session.execute(noted)
    return list(await session.scalar(select(raw_inbound.c.meant).where(*same_text)) or [])


def _is(provider: str, provider_id: str) -> tuple[ColumnElement[bool], ...]:
    return (raw_inbound.c.provider == provider, raw_inbound.c.id == provider_id)


_COLUMNS = (
    raw_inbound.c.provider, raw_inbound.c.id, raw_inbound.c.body, raw_inbound.c.received_at, raw_inbound.c.meant,
)  # fmt: skip
