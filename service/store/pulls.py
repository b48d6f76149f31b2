"""Pulls: up to which moment each provider has been asked for the texts that it received for us."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import NEVER
from service.store.tables import pull as pulls


@dataclass(frozen=True, slots=True)
class Pull:
    """How one provider stands. Moments are aware, in UTC. `failing_since` is None while it answers."""

    provider: str
    covered_until: datetime | None
    failing_since: datetime | None


async def expect(session: AsyncSession, providers: Collection[str]) -> None:
    """Set the providers that are asked from now on. Others are deleted, so that no conclusion waits for them."""
    stored = set(await session.scalars(_PROVIDERS))
    if new := sorted(set(providers) - stored):
        await session.execute(insert(pulls), [{"provider": name} for name in new])
    if removed := sorted(stored - set(providers)):
        await session.execute(delete(pulls).where(pulls.c.provider.in_(removed)))


async def begin(session: AsyncSession, provider: str, now: datetime, pause: timedelta) -> Pull | None:
    """Begin to ask a provider. None: another process began less than a `pause` ago."""
    due = or_(pulls.c.tried_at.is_(None), pulls.c.tried_at <= now - pause)
    begun = update(pulls).where(pulls.c.provider == provider, due).values(tried_at=now)
    row = (await session.execute(begun.returning(*_COLUMNS))).one_or_none()
    return None if row is None else Pull(*row)


async def covered(session: AsyncSession, provider: str, until: datetime) -> None:
    """Note that all texts that a provider received before a moment are stored and understood."""
    later = or_(pulls.c.covered_until.is_(None), pulls.c.covered_until < until)
    await session.execute(update(pulls).where(pulls.c.provider == provider, later).values(covered_until=until))
    await session.execute(update(pulls).where(pulls.c.provider == provider).values(failing_since=None, fault=None))


async def failed(session: AsyncSession, provider: str, fault: str, now: datetime) -> datetime:
    """Note that a provider did not answer, and return since when. `fault` quotes nobody."""
    since = func.coalesce(pulls.c.failing_since, now)
    noted = update(pulls).where(pulls.c.provider == provider).values(failing_since=since, fault=fault[:200])
    failing_since: datetime | None = await session.scalar(noted.returning(pulls.c.failing_since))
    return failing_since or now


async def heard_until(session: AsyncSession) -> datetime | None:
    """The moment up to which the texts of all providers are here. None: no provider is asked."""
    covered = list(await session.scalars(_COVERED))
    return min((until or NEVER for until in covered), default=None)


async def standing(session: AsyncSession) -> list[Pull]:
    """The state of each provider."""
    return [Pull(*row) for row in await session.execute(select(*_COLUMNS).order_by(pulls.c.provider))]


_COLUMNS = (pulls.c.provider, pulls.c.covered_until, pulls.c.failing_since)
# Built once: building a statement takes longer than running it.
_COVERED = select(pulls.c.covered_until)
_PROVIDERS = select(pulls.c.provider)
