"""What was begun and is not ended: invitations, codes that are asked for, ways to an issuer. Each ends once."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.access_tables import begun


@dataclass(frozen=True, slots=True)
class Begun:
    """Something that was begun: for which account, if for one, and what must be remembered of it."""

    account: str | None
    data: Mapping[str, str]


async def begin(
    session: AsyncSession, kind: str, now: datetime, lasts: timedelta, account: str | None = None, **data: str
) -> str:
    """Begin something, and return the token of 256 bits that ends it. What ran out is forgotten."""
    await session.execute(delete(begun).where(begun.c.ends_at <= now))
    token = secrets.token_urlsafe(32)
    row = {"hash": _hash(token), "kind": kind, "account": account, "data": json.dumps(data), "ends_at": now + lasts}
    await session.execute(insert(begun).values(row))
    return token


async def find(session: AsyncSession, kind: str, token: str, now: datetime) -> Begun | None:
    """What a token would end. None: nothing, or no more."""
    row = (await session.execute(select(*_COLUMNS).where(*_is(kind, token, now)))).one_or_none()
    return None if row is None else Begun(row[0], json.loads(row[1]))


async def take(session: AsyncSession, kind: str, token: str, now: datetime) -> Begun | None:
    """End it: whoever comes second gets None."""
    taken = delete(begun).where(*_is(kind, token, now)).returning(*_COLUMNS)
    row = (await session.execute(taken)).one_or_none()
    return None if row is None else Begun(row[0], json.loads(row[1]))


async def forget(session: AsyncSession, account: str) -> None:
    """Let nothing that was begun for an account be ended any more."""
    await session.execute(delete(begun).where(begun.c.account == account))


def _is(kind: str, token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (begun.c.hash == _hash(token), begun.c.kind == kind, begun.c.ends_at > now)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_COLUMNS = (begun.c.account, begun.c.data)
