"""Tokens: who may write events. Only a hash is kept; a token has too much chance in it to be guessed back."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import token as tokens


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token, without what would let anybody use it."""

    id: str
    authority: str
    created_at: datetime
    revoked_at: datetime | None


async def add(session: AsyncSession, token_id: str, secret: str, authority: str, now: datetime) -> None:
    """Keep a token's hash."""
    row = {"id": token_id, "hash": _hash(secret), "authority": authority, "created_at": now}
    await session.execute(insert(tokens).values(row))


async def authority_of(session: AsyncSession, secret: str) -> str | None:
    """The authority whose events a token may write; None for one that is unknown or revoked."""
    found: str | None = await session.scalar(
        select(tokens.c.authority).where(tokens.c.hash == _hash(secret), tokens.c.revoked_at.is_(None))
    )
    return found


async def revoke(session: AsyncSession, token_id: str, now: datetime) -> bool:
    """End a token; whether there was one to end."""
    ended = await session.execute(
        update(tokens)
        .where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(tokens.c.id)
    )
    return ended.one_or_none() is not None


async def everything(session: AsyncSession) -> list[TokenRow]:
    """All tokens that were ever made, the oldest first."""
    rows = await session.execute(
        select(tokens.c.id, tokens.c.authority, tokens.c.created_at, tokens.c.revoked_at).order_by(
            tokens.c.created_at, tokens.c.id
        )
    )
    return [TokenRow(*row) for row in rows]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
