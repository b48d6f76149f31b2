"""What somebody has to put right: problems, addresses that fail, and findings, with who has dealt with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import bad_addresses, findings, handlings
from service.store.bad_addresses import BadAddress
from service.store.findings import Finding
from service.store.handlings import Handling
from service.store.problems import Occurrences
from service.use_cases.overviews.standing_problems import standing_problems
from service.use_cases.overviews.teams import acts_for, teams_of

MOST = 50  # problems on a page


@dataclass(frozen=True, slots=True)
class ToMend:
    """What there is to mend. `problems`: each with who dealt with it at its latest, or None.

    `more_after`: the plan after which the next page begins; None: this page is the last.
    """

    problems: tuple[tuple[Occurrences, Handling | None], ...]
    addresses: tuple[BadAddress, ...]
    findings: tuple[Finding, ...]
    more_after: str | None


async def to_mend(
    session: AsyncSession, book: PolicyBook, now: datetime, person: OwnId, *, everything: bool, after: str | None
) -> ToMend:
    """What a person has to mend: `everything` of the authority, else what is on the plans of the person's team."""
    whose = await _of_team(session, book, now, person) if not everything else lambda plan: True
    entries: list[Occurrences] = []
    more_after: str | None = None
    standing = standing_problems(
        session,
        book,
        now,
        authority=person.authority,
        of_plan=lambda plan: (after is None or plan > after) and whose(plan),
    )
    async for entry in standing:
        if len(entries) >= MOST and entry.problem.plan != entries[-1].problem.plan:
            more_after = entries[-1].problem.plan or ""
            break
        entries.append(entry)
    noted = await handlings.of_keys(session, person.authority, "problem", [entry.problem.key for entry in entries])
    is_owners_first_page = everything and after is None
    return ToMend(
        tuple((entry, noted.get(entry.problem.key)) for entry in entries),
        tuple(await bad_addresses.of_authority(session, person.authority) if is_owners_first_page else ()),
        tuple(await findings.of_authority(session, person.authority) if is_owners_first_page else ()),
        more_after,
    )


async def _of_team(session: AsyncSession, book: PolicyBook, now: datetime, person: OwnId) -> Callable[[str], bool]:
    """Whether a plan is in the team of a person, or of somebody in whose place the person acts today."""
    teams, managers = await teams_of(session, person.authority), await acts_for(session, book, now, person)
    return lambda plan: plan != "" and teams.manager_of(plan) in managers
