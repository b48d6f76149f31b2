"""What one process does about policies: it reads its files, proposes them, and follows what is in force."""

import asyncio
from datetime import date, datetime
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading
from service.domain.live_policies import LivePolicies
from service.files.policy_folder import PolicyFiles, read_policies
from service.store.processes import ProcessPolicies
from service.use_cases.policies.follow import follow
from service.use_cases.policies.put_in_force import Proposed, put_in_force

_log = structlog.get_logger(__name__)
FAULTY, OLDER = "policy_faulty", "policy_older"


class PolicyKeeper:
    """The policies of a process. `faults` is what is wrong with its files, by code, authority and detail."""

    def __init__(self, sessions: Sessions, book: LivePolicies, folder: Path | None = None) -> None:
        self._sessions, self._book, self._folder = sessions, book, folder
        self.faults: tuple[tuple[str, str | None, str], ...] = ()
        self._logged = 0
        # By which policies, and on which day, it was last asked which documents are to be read again.
        self.documents_asked: tuple[int, date] | None = None

    @property
    def state(self) -> ProcessPolicies:
        """By what this process decides, for others to see."""
        return ProcessPolicies(self._book.generation, self.faults)

    async def read_again(self, now: datetime) -> Proposed:
        """Read the files, and put in force what is new. A faulty file changes nothing: it is told."""
        return await self.propose(await asyncio.to_thread(read_policies, self._folder), now)

    async def propose(self, files: PolicyFiles, now: datetime) -> Proposed:
        """Put in force what is new in these files, and decide by what is in force from now on."""
        for fault in files.faults:
            _log.error("policy_refused", file=fault.file, line=fault.line, field=fault.field, fault=fault.detail)
        proposed = await put_in_force(self._sessions, files, now)
        for authority in proposed.in_force:
            _log.info("policy_in_force", authority=authority)
        for authority in (*proposed.older, *proposed.missing):
            _log.warning("policy_not_proposed", authority=authority, missing=authority in proposed.missing)
        self.faults = (*_faulty(files), *_not_proposed(proposed))
        await self.follow()
        return proposed

    async def follow(self) -> bool:
        """Decide by what is in force from now on. True: something was put in force by another process."""
        async with reading(self._sessions) as session:
            return await self.follow_within(session)

    async def follow_within(self, session: AsyncSession) -> bool:
        """The same in a transaction that is open already."""
        is_new = await follow(session, self._book)
        if self._logged != self._book.generation:  # a look may have been the first to follow
            self._logged = self._book.generation
            _log.info("policies_followed", generation=self._logged)
        return is_new


def _faulty(files: PolicyFiles) -> list[tuple[str, str | None, str]]:
    if files.unread:
        return [(FAULTY, None, str(files.faults[0]))]
    more = f" (and {len(files.faults) - 1} more)" if len(files.faults) > 1 else ""
    return [(FAULTY, name, f"{files.faults[0]}{more}") for name in sorted(files.refused)]


def _not_proposed(proposed: Proposed) -> list[tuple[str, str | None, str]]:
    older = [(OLDER, name, f"{name}: a process has an older file than what is in force") for name in proposed.older]
    missing = [(OLDER, name, f"{name}: a process has no file of what is in force") for name in proposed.missing]
    return [*older, *missing]
