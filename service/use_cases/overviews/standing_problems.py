"""The problems that stand: what a person has still to mend, of all that is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.slip import NOT_INTRODUCED
from service.domain.facts import Facts
from service.domain.keys.ledger import PlanProblemKey
from service.domain.keys.problems import AuthorityDiffersKey
from service.domain.own_id import NO_PLAN, OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.lasting_problems import standing_keys
from service.store import problems
from service.store.problems import RECURRING, Occurrences
from service.use_cases.looks.look_at_plan import facts_of

# What is in the way of a message is on record each time. After so long without another time it is taken for mended.
STANDS_FOR = timedelta(days=14)
_ROLE_VACANT = "role_vacant"
_LASTING = (PlanProblemKey.FORM.split("{")[0], AuthorityDiffersKey.FORM.split("{")[0])


async def standing_problems(
    session: AsyncSession,
    book: PolicyBook,
    now: datetime,
    *,
    authority: str | None = None,
    plan: OwnId | None = None,
) -> AsyncIterator[Occurrences]:
    """The problems that stand on all plans, an authority's or one, plan by plan, those of no plan first.

    What the facts do not call for any more is left out, and so is a vacancy that was filled.
    """
    recorded = await problems.folded(session, now - STANDS_FOR, authority, plan)
    for own_id, group in groupby(recorded, key=_looked_at_with):
        entries = list(group)
        for entry in await _standing(session, book, now, own_id, entries):
            yield entry


def _looked_at_with(entry: Occurrences) -> OwnId | None:
    """The plan whose facts show whether a problem stands; None where it concerns planwatch itself."""
    problem = entry.problem
    return None if problem.authority is None else OwnId(problem.authority, problem.plan or NO_PLAN)


async def _standing(
    session: AsyncSession, book: PolicyBook, now: datetime, plan: OwnId | None, entries: Sequence[Occurrences]
) -> list[Occurrences]:
    has_policy = plan is not None and plan.authority in book.authorities
    plan_facts = await facts_of(session, book, plan) if plan is not None and has_policy else None
    facts = plan_facts.for_alerts(now) if plan_facts else None
    keys = standing_keys(facts, book, now) if facts else frozenset()
    return [entry for entry in entries if _stands(entry, facts, keys, now)]


def _stands(entry: Occurrences, facts: Facts | None, keys: frozenset[str], now: datetime) -> bool:
    problem = entry.problem
    if problem.code == _ROLE_VACANT and facts is not None:
        return facts.holder(problem.detail.split()[0], now) is None
    if problem.code not in RECURRING and problem.key.startswith(_LASTING):
        return facts is None or problem.key in keys
    # An event that waits is taken off the record when it waits no longer.
    return problem.code == NOT_INTRODUCED or problem.at >= now - STANDS_FOR
