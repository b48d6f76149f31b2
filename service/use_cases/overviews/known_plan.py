"""A plan's facts, and the names of its people: what a form about it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.facts import Facts
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import with_rules
from service.store import obligations
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of
from service.use_cases.overviews.names import names_of


@dataclass(frozen=True, slots=True)
class KnownPlan:
    """What is known of a plan; `facts` are those by which its alerts go on, `owed` its duties as of the last look."""

    history: PlanFacts
    facts: Facts
    names: Mapping[str, str]
    owed: tuple[Obligation, ...]


async def known_plan(session: AsyncSession, book: PolicyBook, plan: OwnId, now: datetime) -> KnownPlan | None:
    """A plan as it is known; None where there is no such plan."""
    history = await facts_of(session, book, plan)
    facts = history.for_alerts(now) if history is not None else None
    if history is None or facts is None:
        return None
    names = await names_of(session, plan.authority, facts.directory.persons)
    owed = with_rules(book, await obligations.of_plan(session, plan))
    return KnownPlan(history, facts, names, tuple(owed))
