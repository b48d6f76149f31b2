"""Tokens: who may write events. Only a hash is kept, and a token has too many random bits to be guessed from it."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.store.credentials import token as tokens
from service.store.tables import event

# A use is written down at most so often: a busy system calls several times a second.
NOTED_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Token:
    """A token, without its secret. `ends_on` is the last local day on which it is good; None: it has no end."""

    name: str
    authority: str
    created_at: datetime
    ends_on: date | None
    revoked_at: datetime | None
    used_at: datetime | None  # as `refused_at`, to within ten minutes
    refused_at: datetime | None  # when it was last sent after its end

    def is_good(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and (self.ends_on is None or local_day(now) <= self.ends_on)


async def add(
    session: AsyncSession, name: str, secret: str, authority: str, ends_on: date | None, now: datetime
) -> None:
    """Keep the hash of a token's secret. An `IntegrityError` if there ever was a token of this name."""
    row = {"name": name, "hash": _hash(secret), "authority": authority, "ends_on": ends_on, "created_at": now}
    await session.execute(insert(tokens).values(row))


async def find(session: AsyncSession, secret: str) -> Token | None:
    """The token with this secret, whether or not it is still good."""
    row = (await session.execute(select(*_COLUMNS).where(tokens.c.hash == _hash(secret)))).one_or_none()
    return None if row is None else Token(*row)


async def is_taken(session: AsyncSession, name: str) -> bool:
    """Whether a token of this name was ever made."""
    return await session.scalar(select(tokens.c.name).where(tokens.c.name == name)) is not None


async def used(session: AsyncSession, name: str, now: datetime) -> None:
    """Note that a token brought something."""
    await _note(session, name, tokens.c.used_at, now)


async def refused(session: AsyncSession, name: str, now: datetime) -> None:
    """Note that a token was sent after its end."""
    await _note(session, name, tokens.c.refused_at, now)


async def _note(session: AsyncSession, name: str, column: ColumnElement[Any], now: datetime) -> None:
    is_old = or_(column.is_(None), column <= now - NOTED_EVERY)
    await session.execute(update(tokens).where(tokens.c.name == name, is_old).values({column: now}))


async def revoke(session: AsyncSession, name: str, now: datetime) -> bool:
    """Revoke a token. False: there was no such token, or it was revoked before."""
    ended = await session.execute(
        update(tokens)
        .where(tokens.c.name == name, tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(tokens.c.name)
    )
    return ended.one_or_none() is not None


async def everything(session: AsyncSession) -> list[Token]:
    """All tokens, the oldest first, including those that have ended."""
    rows = await session.execute(select(*_COLUMNS).order_by(tokens.c.created_at, tokens.c.name))
    return [Token(*row) for row in rows]


async def that_brought(session: AsyncSession, authority: str, events: Collection[str]) -> dict[str, str]:
    """The names of the tokens that brought an authority's events of these ids, by id. The others came from here."""
    brought = (event.c.authority == authority, event.c.id.in_(events), event.c.token.is_not(None))
    rows = await session.execute(select(event.c.id, event.c.token).where(*brought))
    return {row[0]: row[1] for row in rows}


_COLUMNS = (
    tokens.c.name, tokens.c.authority, tokens.c.created_at, tokens.c.ends_on, tokens.c.revoked_at, tokens.c.used_at,
    tokens.c.refused_at,
)  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
