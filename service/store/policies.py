"""The policies in force: the newest row of each authority. What was in force before stays on record."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.policy_tables import policy as policies


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """Which policy of an authority is in force, since when, and whether it is the one that is built in."""

    number: int
    authority: str
    digest: str
    built_in: bool
    since: datetime


def digest_of(content: str) -> str:
    """The name of a policy by what it says."""
    return hashlib.sha256(content.encode()).hexdigest()


async def generation(session: AsyncSession) -> int:
    """The number of the newest change of what is in force; 0: nothing was ever put in force."""
    return await session.scalar(_GENERATION) or 0


async def in_force(session: AsyncSession) -> dict[str, PolicyInForce]:
    """The policy in force of each authority."""
    return {row.authority: PolicyInForce(*row) for row in await session.execute(_IN_FORCE)}


async def contents(session: AsyncSession, numbers: Collection[int]) -> list[str]:
    """What the policies of these rows say."""
    chosen = select(policies.c.content).where(policies.c.number.in_(numbers)).order_by(policies.c.number)
    return list(await session.scalars(chosen)) if numbers else []


async def every_content(session: AsyncSession, authority: str) -> list[str]:
    """What each policy of an authority says that was in force at any time."""
    return list(await session.scalars(select(policies.c.content).where(policies.c.authority == authority)))


async def put_in_force(session: AsyncSession, authority: str, content: str, now: datetime, *, built_in: bool) -> None:
    """Put an authority's policy in force."""
    values = {"authority": authority, "digest": digest_of(content), "content": content, "built_in": built_in}
    await session.execute(insert(policies).values(**values, in_force_at=now))


_GENERATION = select(func.max(policies.c.number))  # built once: it is asked in each transaction that decides
_COLUMNS = (
    policies.c.number, policies.c.authority, policies.c.digest, policies.c.built_in, policies.c.in_force_at,
)  # fmt: skip
_IN_FORCE = select(*_COLUMNS).where(
    policies.c.number.in_(select(func.max(policies.c.number)).group_by(policies.c.authority))
)
