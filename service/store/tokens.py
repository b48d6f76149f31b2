"""Tokens: who may write events. Only a hash is kept, and a token has too many random bits to be guessed from it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.credentials import token as tokens


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token, without its secret."""

    id: str
    authority: str
    created_at: datetime
    revoked_at: datetime | None


async def add(session: AsyncSession, token_id: str, secret: str, authority: str, now: datetime) -> None:
    """Keep the hash of a token's secret."""
    row = {"id": token_id, "hash": _hash(secret), "authority": authority, "created_at": now}
    await session.execute(insert(tokens).values(row))


async def authority_of(session: AsyncSession, secret: str) -> str | None:
    """The authority whose events a token may write. None: the token is unknown or revoked."""
    authority: str | None = await session.scalar(
        select(tokens.c.authority).where(tokens.c.hash == _hash(secret), tokens.c.revoked_at.is_(None))
    )
    return authority


async def revoke(session: AsyncSession, token_id: str, now: datetime) -> bool:
    """Revoke a token. False: there was no such token, or it was revoked before."""
    ended = await session.execute(
        update(tokens)
        .where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(tokens.c.id)
    )
    return ended.one_or_none() is not None


async def everything(session: AsyncSession) -> list[TokenRow]:
    """All tokens, the oldest first, including revoked ones."""
    rows = await session.execute(
        select(tokens.c.id, tokens.c.authority, tokens.c.created_at, tokens.c.revoked_at).order_by(
            tokens.c.created_at, tokens.c.id
        )
    )
    return [TokenRow(*row) for row in rows]


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
