"""The problems that stand: what a person has still to mend, of all that is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.slip import NOT_INTRODUCED
from service.domain.facts import Facts
from service.domain.keys.ledger import ObligationKey, PlanProblemKey, WeekKey
from service.domain.keys.problems import AuthorityDiffersKey
from service.domain.own_id import NO_PLAN, OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.lasting_problems import standing_keys
from service.store import obligations, problems
from service.store.problems import RECURRING, Occurrences
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of_all

# What is in the way of a message is on record each time. After so long without another time it is taken for mended.
STANDS_FOR = timedelta(days=14)
_ROLE_VACANT = "role_vacant"
_AT_ONCE = 25  # plans whose facts are read together
_LASTING = (PlanProblemKey.FORM.split("{")[0], AuthorityDiffersKey.FORM.split("{")[0])


async def standing_problems(
    session: AsyncSession,
    book: PolicyBook,
    now: datetime,
    *,
    authority: str | None = None,
    plan: OwnId | None = None,
    of_plan: Callable[[str], bool] = lambda plan: True,
) -> AsyncIterator[Occurrences]:
    """The problems that stand on all plans, an authority's or one, plan by plan, those of no plan first.

    What the facts do not call for any more is left out, and so is a vacancy that was filled. So that the cost grows
    with what stands and not with what was ever on record, the facts are read of those plans alone of which nothing
    cheaper says it: a problem with an obligation stands as long as that is live. `of_plan` says of a plan's reference
    ("": none) whether its problems count. Whoever stops early has not asked for the facts of the rest.
    """
    folded = await problems.folded(session, now - STANDS_FOR, authority, plan)
    recorded = [entry for entry in folded if of_plan(entry.problem.plan or NO_PLAN)]
    unmet = await _without_met(session, [entry for entry in recorded if _is_of_late(entry, now)])
    by_plan = [(own_id, list(group)) for own_id, group in groupby(unmet, key=_looked_at_with)]
    for start in range(0, len(by_plan), _AT_ONCE):
        part = by_plan[start : start + _AT_ONCE]
        needed = [own_id for own_id, entries in part if own_id is not None and _needs_facts(own_id, entries, book)]
        facts = await facts_of_all(session, book, needed)
        for own_id, entries in part:
            for entry in _standing(facts.get(own_id) if own_id is not None else None, book, now, entries):
                yield entry


def _looked_at_with(entry: Occurrences) -> OwnId | None:
    """The plan whose facts show whether a problem stands; None where it concerns planwatch itself."""
    problem = entry.problem
    return None if problem.authority is None else OwnId(problem.authority, problem.plan or NO_PLAN)


def _is_of_late(entry: Occurrences, now: datetime) -> bool:
    """Whether a problem may stand by its age: what came once only, and long ago, is taken for mended."""
    return _lasts(entry) or entry.problem.code == NOT_INTRODUCED or entry.problem.at >= now - STANDS_FOR


def _lasts(entry: Occurrences) -> bool:
    """Whether a problem stands as long as the facts are as they are."""
    return entry.problem.code not in RECURRING and entry.problem.key.startswith(_LASTING)


def _is_shown_by_facts(entry: Occurrences) -> bool:
    """Whether nothing but the facts shows that a problem stands which lasts."""
    return _lasts(entry) and _obligation_of(entry) is None


async def _without_met(session: AsyncSession, entries: Sequence[Occurrences]) -> list[Occurrences]:
    """Those that do not hang on an obligation which is met, cancelled or gone."""
    names = [_obligation_of(entry) for entry in entries]
    plans = {plan for entry, name in zip(entries, names, strict=True) if name and (plan := _looked_at_with(entry))}
    live = {(duty.authority, duty.key) for duty in await obligations.live_of_plans(session, plans)}
    return [
        entry
        for entry, name in zip(entries, names, strict=True)
        if name is None or (entry.problem.authority, name) in live
    ]


def _obligation_of(entry: Occurrences) -> str | None:
    """The key of the obligation that a problem hangs on; None where it hangs on none."""
    if not _lasts(entry):
        return None
    names = [key.name for key in PlanProblemKey.all_in([entry.problem.key])]
    return next((name for name in names if ObligationKey.all_in([name]) or WeekKey.all_in([name])), None)


def _needs_facts(plan: OwnId, entries: Sequence[Occurrences], book: PolicyBook) -> bool:
    is_needed = any(entry.problem.code == _ROLE_VACANT or _is_shown_by_facts(entry) for entry in entries)
    return is_needed and plan.authority in book.authorities


def _standing(
    plan_facts: PlanFacts | None, book: PolicyBook, now: datetime, entries: Sequence[Occurrences]
) -> list[Occurrences]:
    facts = plan_facts.for_alerts(now) if plan_facts else None
    codes = {entry.problem.code for entry in entries if _is_shown_by_facts(entry)}
    keys = standing_keys(facts, book, now, codes) if facts and codes else frozenset()
    return [entry for entry in entries if _stands(entry, facts, keys, now)]


def _stands(entry: Occurrences, facts: Facts | None, keys: frozenset[str], now: datetime) -> bool:
    """Whether a problem that is of late stands by the facts; True where these are not known or do not say it."""
    problem = entry.problem
    if problem.code == _ROLE_VACANT and facts is not None:
        return facts.holder(problem.detail.split()[0], now) is None
    # An event that waits is taken off the record when it waits no longer.
    return not _is_shown_by_facts(entry) or facts is None or problem.key in keys
