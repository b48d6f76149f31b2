"""Pulls: how far each provider has been asked for the texts that it got for us."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import NEVER
from service.store.tables import pull as pulls


@dataclass(frozen=True, slots=True)
class Pull:
    """How far one provider has been asked."""

    provider: str
    covered_until: datetime | None
    failing_since: datetime | None


async def expect(session: AsyncSession, providers: Collection[str]) -> None:
    """These are asked from now on, and no others: no conclusion waits for a provider that is not set up any more."""
    known = set(await session.scalars(select(pulls.c.provider)))
    if new := sorted(set(providers) - known):
        await session.execute(insert(pulls), [{"provider": name} for name in new])
    if gone := sorted(known - set(providers)):
        await session.execute(delete(pulls).where(pulls.c.provider.in_(gone)))


async def begin(session: AsyncSession, provider: str, now: datetime, pause: timedelta) -> Pull | None:
    """Take it upon oneself to ask a provider. None: another process has begun to, less than a pause ago."""
    due = or_(pulls.c.tried_at.is_(None), pulls.c.tried_at <= now - pause)
    begun = update(pulls).where(pulls.c.provider == provider, due).values(tried_at=now)
    row = (await session.execute(begun.returning(*_COLUMNS))).one_or_none()
    return None if row is None else Pull(*row)


async def covered(session: AsyncSession, provider: str, until: datetime) -> None:
    """All that came in before a moment is stored and understood."""
    later = or_(pulls.c.covered_until.is_(None), pulls.c.covered_until < until)
    await session.execute(update(pulls).where(pulls.c.provider == provider, later).values(covered_until=until))
    await session.execute(update(pulls).where(pulls.c.provider == provider).values(failing_since=None, fault=None))


async def failed(session: AsyncSession, provider: str, fault: str, now: datetime) -> datetime:
    """Note that a provider did not say, in words without data; since when it does not."""
    since = func.coalesce(pulls.c.failing_since, now)
    noted = update(pulls).where(pulls.c.provider == provider).values(failing_since=since, fault=fault[:200])
    found: datetime | None = await session.scalar(noted.returning(pulls.c.failing_since))
    return found or now


async def heard_until(session: AsyncSession) -> datetime | None:
    """Up to when everything is here that any provider got for us. None: none is asked, and all is pushed."""
    found = list(await session.scalars(select(pulls.c.covered_until)))
    return min((until or NEVER for until in found), default=None)


async def standing(session: AsyncSession) -> list[Pull]:
    """How each provider stands."""
    return [Pull(*row) for row in await session.execute(select(*_COLUMNS).order_by(pulls.c.provider))]


_COLUMNS = (pulls.c.provider, pulls.c.covered_until, pulls.c.failing_since)
