"""Sessions of those who are signed in. Only the hash of a session's token is kept, and its cookie holds the token."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store.access_tables import viewer_session as sessions
from service.store.chunks import chunks

# That somebody was here is written down at most so often.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as it stands: whose, by which account and in which way it began, and when it was last seen."""

    hash: str
    authority: str
    person: str
    account: str | None
    way: str
    created_at: datetime
    seen_at: datetime
    proved_at: datetime
    ended_at: datetime | None

    @property
    def own_id(self) -> OwnId:
        """The person who is signed in."""
        return OwnId(self.authority, self.person)


async def begin(
    session: AsyncSession,
    person: OwnId,
    account: str | None,
    way: str,
    now: datetime,
    proved_at: datetime | None = None,
) -> str:
    """Begin a session, and return its token of 256 bits. `proved_at`: when they showed who they are; else now."""
    token = secrets.token_urlsafe(32)
    whose = {"authority": person.authority, "person": person.id, "account": account, "way": way}
    moments = {"created_at": now, "seen_at": now, "proved_at": proved_at or now}
    await session.execute(insert(sessions).values(hash=hash_of(token), **whose, **moments))
    return token


async def find(session: AsyncSession, token: str) -> SessionRow | None:
    """The session of a token, ended or not."""
    row = (await session.execute(select(*_COLUMNS).where(sessions.c.hash == hash_of(token)))).one_or_none()
    return None if row is None else SessionRow(*row)


async def seen(session: AsyncSession, row: SessionRow, now: datetime) -> None:
    """Note that a session was used."""
    is_old = sessions.c.seen_at <= now - NOTED_EVERY
    await session.execute(update(sessions).where(sessions.c.hash == row.hash, is_old).values(seen_at=now))


async def end(session: AsyncSession, row_hash: str, person: OwnId, now: datetime) -> bool:
    """End one of a person's sessions. False: there is none such that stands."""
    whose = (sessions.c.authority == person.authority, sessions.c.person == person.id, sessions.c.ended_at.is_(None))
    statement = update(sessions).where(sessions.c.hash == row_hash, *whose).values(ended_at=now)
    return (await session.execute(statement.returning(sessions.c.hash))).one_or_none() is not None


async def end_all(session: AsyncSession, person: OwnId, now: datetime, but: str = "") -> None:
    """End all sessions of a person; `but`: the hash of one that goes on."""
    whose = (sessions.c.authority == person.authority, sessions.c.person == person.id, sessions.c.ended_at.is_(None))
    await session.execute(update(sessions).where(*whose, sessions.c.hash != but).values(ended_at=now))


async def standing(session: AsyncSession, person: OwnId) -> list[SessionRow]:
    """A person's sessions that nobody ended, the newest first."""
    whose = (sessions.c.authority == person.authority, sessions.c.person == person.id, sessions.c.ended_at.is_(None))
    rows = await session.execute(select(*_COLUMNS).where(*whose).order_by(sessions.c.created_at.desc()))
    return [SessionRow(*row) for row in rows]


async def last_seen(session: AsyncSession, authority: str, people: Collection[str]) -> dict[str, datetime]:
    """When some people of an authority were last here; those who never were are missing."""
    seen_at: dict[str, datetime] = {}
    for chunk in chunks(people):
        theirs = (sessions.c.authority == authority, sessions.c.person.in_(chunk))
        latest = select(sessions.c.person, func.max(sessions.c.seen_at)).where(*theirs).group_by(sessions.c.person)
        seen_at |= {row[0]: row[1] for row in await session.execute(latest)}
    return seen_at


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


_COLUMNS = tuple(sessions.c[name] for name in SessionRow.__dataclass_fields__)
