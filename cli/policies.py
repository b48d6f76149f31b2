"""The policies by which a command works: the files, or what is in force in the database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading
from config.settings import Settings, policies_folder
from service.domain.live_policies import LivePolicies
from service.domain.policy import PolicyBook
from service.files.policy_files import load_policies, load_policy
from service.files.policy_folder import read_policies
from service.use_cases.policies.follow import follow


def book_of_files(folder: Path | None = None, more: Sequence[Path] = ()) -> PolicyBook:
    """The policies of the files: built in, above them those of a folder (None: of PLANWATCH_POLICIES, if that is set).

    `more` are files that stand alone for their authorities. A PolicyFileError where any file is faulty.
    """
    book = load_policies(folder or policies_folder())
    alone = [load_policy(path) for path in more]
    beside = book.authorities - {policy.authority for policy in alone}
    return PolicyBook([*alone, *(policy for name in beside for policy in book.versions(name))])


async def book_in_force(sessions: Sessions, settings: Settings | None = None) -> PolicyBook:
    """The policies in force; where none ever were, those of the files. A faulty file keeps nobody from working."""
    async with reading(sessions) as session:
        return await policies_of(session, settings)


async def policies_of(session: AsyncSession, settings: Settings | None = None) -> PolicyBook:
    """The same, in a session that is there already."""
    book = LivePolicies.of(read_policies((settings or Settings.load()).policies).book)
    await follow(session, book)
    return book
