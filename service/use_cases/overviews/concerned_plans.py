"""The plans of a team: those that one person leads in a role, or stands in for whoever does."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import events, persons
from service.use_cases.looks.look_at_plan import facts_of


async def plans_of_roles(
    session: AsyncSession,
    book: PolicyBook,
    now: datetime,
    person: OwnId,
    plans: Collection[OwnId],
    roles: Collection[str],
) -> set[OwnId]:
    """Those of these plans on which a person holds one of these roles now, or acts for its holder today."""
    held: set[OwnId] = set()
    for plan in await _candidates(session, person, plans, roles):
        plan_facts = await facts_of(session, book, plan)
        facts = plan_facts.for_alerts(now) if plan_facts else None
        if facts is None:
            continue
        holders = {holder for role in roles if (holder := facts.holder(role, now)) is not None}
        if person.id in holders | {facts.directory.acts_at(holder, now) for holder in holders}:
            held.add(plan)
    return held


async def _candidates(
    session: AsyncSession, person: OwnId, plans: Collection[OwnId], roles: Collection[str]
) -> Collection[OwnId]:
    """Those of these plans on which it may be so: whose facts name the person, or somebody whom they ever covered.

    All of them, where one of these was ever given such a role for the whole authority.
    """
    covered = await persons.ever_covered_by(session, person)
    stands_for = {person, *(OwnId(person.authority, name) for name in covered)}
    authority_wide = await events.of_authority(session, person.authority)
    given = {raw["data"].get("person") for raw in authority_wide if raw["data"].get("role") in roles}
    if not given.isdisjoint(own.id for own in stands_for):
        return plans
    return await persons.plans_naming(session, stands_for) & set(plans)
