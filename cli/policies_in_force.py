"""The policies by which a command works that has a database: what is in force there."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading
from config.settings import Settings
from service.domain.live_policies import LivePolicies
from service.domain.policy import PolicyBook
from service.files.policy_folder import read_policies
from service.use_cases.policies.follow import follow


async def book_in_force(sessions: Sessions, settings: Settings | None = None) -> PolicyBook:
    """The policies in force; where none ever were, those of the files. A faulty file keeps nobody from working."""
    async with reading(sessions) as session:
        return await policies_of(session, settings)


async def policies_of(session: AsyncSession, settings: Settings | None = None) -> PolicyBook:
    """The same, in a session that is there already."""
    book = LivePolicies.of(read_policies((settings or Settings.load()).policies).book)
    await follow(session, book)
    return book
