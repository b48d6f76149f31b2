"""Digest lines: entries that wait to be gathered into one email a person, such as the digest of a morning."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from notifications.message import Channel, Message
from service.domain.own_id import OwnId
from service.domain.telling.records import DigestLine, LineGroup
from service.store.chunks import chunks, own_chunks
from service.store.tables import digest_line as lines

_COLUMNS = (
    lines.c.key, lines.c.plan, lines.c.authority, lines.c.role, lines.c.person, lines.c.at, lines.c.obligation,
    lines.c.about, lines.c.item, lines.c.starts, lines.c.channel, lines.c.template,
)  # fmt: skip


async def add(session: AsyncSession, new: Sequence[DigestLine]) -> None:
    """Keep lines until they are gathered. One whose key exists is left alone, whether it waits or is gathered.

    Two looks at one moment may each say a line of the same event: one says it.
    """
    if new:
        insertion = upsert(session, lines).on_conflict_do_nothing(index_elements=["key", "authority"])
        await session.execute(insertion, [_values(line) for line in new])


async def any_to_gather(session: AsyncSession, now: datetime) -> bool:
    """Whether there are lines to be gathered by now."""
    waiting = select(lines.c.key).where(lines.c.digest.is_(None), lines.c.at <= now)
    return await session.scalar(waiting.order_by(lines.c.at).limit(1)) is not None


async def next_groups(session: AsyncSession, now: datetime, most: int) -> list[LineGroup]:
    """The groups whose lines have waited longest of those to be gathered by now, at most so many."""
    group = (lines.c.template, lines.c.authority, lines.c.person)
    waiting = select(*group).where(lines.c.digest.is_(None), lines.c.at <= now)
    ordered = waiting.group_by(*group).order_by(func.min(lines.c.at), *group).limit(most)
    return [LineGroup(*row) for row in await session.execute(ordered)]


async def waiting_for(
    session: AsyncSession, groups: Collection[LineGroup], now: datetime
) -> dict[LineGroup, list[DigestLine]]:
    """The lines of each group to be gathered by now, in order of plans. They are locked until the transaction ends."""
    waiting: dict[LineGroup, list[DigestLine]] = {group: [] for group in groups}
    for template in sorted({group.template for group in groups}):
        for authority, persons in own_chunks(group.own_id for group in groups if group.template == template):
            of_groups = {"template": template, "authority": authority, "persons": persons, "now": now}
            for row in await session.execute(_WAITING_FOR, of_groups):
                line = _line_of(row)
                waiting[line.group].append(line)
    return waiting


async def lines_in(
    session: AsyncSession, emails: Sequence[Message], *, with_items: Collection[str] = ()
) -> dict[str, list[DigestLine]]:
    """The lines that went into each of these emails, by its name, in order of plans.

    With their items, in which most of a line is written, for emails of some templates alone.
    """
    gathered: dict[str, list[DigestLine]] = {email.name: [] for email in emails}
    names = {(email.authority, email.key): email.name for email in emails}
    for authority, keys in own_chunks(OwnId(*name) for name in names):
        parameters = {"digests": keys, "authority": authority, "with_items": list(with_items)}
        for row in await session.execute(_LINES_IN, parameters):
            gathered[names[authority, row.digest]].append(_line_of(row))
    return gathered


async def gathered(session: AsyncSession, authority: str, keys: Collection[str], digest: str) -> None:
    """Note the email that the lines of an authority went into: its message's key, or the reason why there is none."""
    for chunk in chunks(keys):
        these = {"own_keys": chunk, "own_authority": authority}
        await session.execute(_GATHERED, these | {"new_digest": digest})


async def drop(session: AsyncSession, now: datetime, reason: str) -> int:
    """Drop the lines that wait by now, for a reason, and return how many they were."""
    waiting = update(lines).where(lines.c.digest.is_(None), lines.c.at <= now)
    return len((await session.scalars(waiting.values(digest=reason).returning(lines.c.key))).all())


async def put_off(session: AsyncSession, authority: str, keys: Collection[str], until: datetime) -> None:
    """Let lines wait until a later moment."""
    for chunk in chunks(keys):
        await session.execute(update(lines).where(*_are(authority, chunk)).values(at=until))


# Built once: building such a statement takes longer than running it.
_IN_ORDER = (lines.c.plan, lines.c.key)
_WAITING_FOR = (
    select(*_COLUMNS)
    .where(
        lines.c.digest.is_(None),
        lines.c.at <= bindparam("now"),
        lines.c.template == bindparam("template"),
        lines.c.authority == bindparam("authority"),
        lines.c.person.in_(bindparam("persons", expanding=True)),
    )
    .order_by(*_IN_ORDER)
    .with_for_update()  # who comes second finds them gathered
)
_item = case((lines.c.template.in_(bindparam("with_items", expanding=True)), lines.c.item)).label("item")
_LINES_IN = (
    select(*(_item if column is lines.c.item else column for column in _COLUMNS), lines.c.digest)
    .where(lines.c.digest.in_(bindparam("digests", expanding=True)), lines.c.authority == bindparam("authority"))
    .order_by(*_IN_ORDER)
)
_GATHERED = (
    update(lines)
    .where(lines.c.key.in_(bindparam("own_keys", expanding=True)), lines.c.authority == bindparam("own_authority"))
    .values(digest=bindparam("new_digest"))
)


def _are(authority: str, keys: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (lines.c.key.in_(keys), lines.c.authority == authority)


def _line_of(row: Sequence[Any]) -> DigestLine:
    """A line by its columns, which come first in a row."""
    key, plan, authority, role, person, at, obligation, about, item, starts, channel, template = row[: len(_COLUMNS)]
    of_it = (key, plan, authority, role, person, at, obligation, about, item or {}, starts)
    return DigestLine(*of_it, Channel(channel), template)


def _values(line: DigestLine) -> dict[str, object]:
    return {column.name: getattr(line, column.name) for column in _COLUMNS} | {"channel": line.channel.value}
