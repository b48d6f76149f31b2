"""Digest lines: what waits to be gathered into somebody's one email of the morning."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Channel
from service.domain.telling.records import DigestLine
from service.store.chunks import chunks
from service.store.tables import digest_line as lines

_COLUMNS = (
    lines.c.key, lines.c.plan, lines.c.authority, lines.c.role, lines.c.person, lines.c.at, lines.c.obligation,
    lines.c.about, lines.c.item, lines.c.starts, lines.c.channel,
)  # fmt: skip


async def add(session: AsyncSession, new: Sequence[DigestLine]) -> None:
    """Keep lines until they are gathered."""
    if new:
        await session.execute(insert(lines), [_values(line) for line in new])


async def next_person(session: AsyncSession, now: datetime) -> str | None:
    """Somebody who has lines to be gathered by now: whoever has waited longest."""
    waiting = select(lines.c.person).where(lines.c.digest.is_(None), lines.c.at <= now)
    found: str | None = await session.scalar(waiting.order_by(lines.c.at, lines.c.person).limit(1))
    return found


async def waiting_for(session: AsyncSession, person: str, now: datetime) -> list[DigestLine]:
    """A person's lines that are to be gathered by now, in order of plans; nobody else gathers them meanwhile."""
    waiting = select(*_COLUMNS).where(lines.c.digest.is_(None), lines.c.at <= now, lines.c.person == person)
    ordered = waiting.order_by(lines.c.plan, lines.c.key).with_for_update()  # who comes second finds them gathered
    return [_line_of(row._mapping) for row in await session.execute(ordered)]


async def in_digest(session: AsyncSession, digest: str) -> list[DigestLine]:
    """The lines that went into a digest, in order of plans."""
    gathered = select(*_COLUMNS).where(lines.c.digest == digest)
    return [_line_of(row._mapping) for row in await session.execute(gathered.order_by(lines.c.plan, lines.c.key))]


async def gathered(session: AsyncSession, keys: Collection[str], digest: str) -> None:
    """Note which digest (a message's key, or the reason why there is none) the lines went into."""
    for some in chunks(keys):
        await session.execute(update(lines).where(lines.c.key.in_(some)).values(digest=digest))


async def drop(session: AsyncSession, now: datetime, reason: str) -> int:
    """Have nothing made of what waits by now, for a reason; how many lines that were."""
    waiting = update(lines).where(lines.c.digest.is_(None), lines.c.at <= now)
    return len((await session.scalars(waiting.values(digest=reason).returning(lines.c.key))).all())


async def put_off(session: AsyncSession, keys: Collection[str], until: datetime) -> None:
    """Have lines gathered later."""
    for some in chunks(keys):
        await session.execute(update(lines).where(lines.c.key.in_(some)).values(at=until))


def _line_of(row: RowMapping) -> DigestLine:
    return DigestLine(**{**row, "channel": Channel(row["channel"])})


def _values(line: DigestLine) -> dict[str, object]:
    return {column.name: getattr(line, column.name) for column in _COLUMNS} | {"channel": line.channel.value}
