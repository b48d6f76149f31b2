"""Which plans a person may see, in which role, and the roles that they hold now: `may_see` over what is stored."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.access import Sight, may_see
from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.payloads.people import RoleAssigned, RoleEnded
from service.domain.facts import Facts
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.store import events, obligations, persons, plans, sight_events, sight_exceptions
from service.use_cases.looks.look_at_plan import directory_of, facts_of
from service.use_cases.looks.people_around import EventReader


async def sight_of(session: AsyncSession, book: PolicyBook, person: OwnId, plan: OwnId, now: datetime) -> Sight | None:
    """In which role a person may see a plan. None: not at all, or there is no such plan of theirs."""
    if person.authority != plan.authority or plan.authority not in book.authorities:
        return None
    plan_facts = await facts_of(session, book, plan)
    facts = plan_facts.for_alerts(now) if plan_facts is not None else None
    if facts is None:
        return None
    sight = may_see(book, facts, await obligations.live_of_plans(session, [plan]), person.id, now)
    if sight is None and (ends_at := await sight_exceptions.standing_until(session, person, plan, now)) is not None:
        until = local_day(ends_at)
        return Sight(
            "exception", "looks beyond the rule, for a reason that was given", (), until=until, by_exception=True
        )
    return sight


async def in_sight(
    session: AsyncSession, book: PolicyBook, person: OwnId, listed: Collection[OwnId], now: datetime
) -> dict[OwnId, Sight]:
    """Those of some introduced plans that a person may see by the rule, in the order given: for lists of plans."""
    own = [plan for plan in listed if plan.authority == person.authority in book.authorities]
    by_plan = await _serving(session, book, person.authority, own)
    live: dict[str, list[Obligation]] = defaultdict(list)
    for obligation in await obligations.live_of_plans(session, own):
        live[obligation.plan].append(obligation)
    directory = await _directory(session, book, person, [*by_plan.values()], [*live.values()])
    sights: dict[OwnId, Sight] = {}
    for plan in own:
        facts = Facts.of(by_plan.get(plan.id, ()), directory, local_day(now))
        sight = may_see(book, facts, live.get(plan.id, ()), person.id, now) if facts is not None else None
        if sight is not None:
            sights[plan] = sight
    return sights


async def plans_of(session: AsyncSession, book: PolicyBook, person: OwnId, now: datetime) -> dict[OwnId, Sight]:
    """All introduced plans that a person may see by the rule, in order of reference."""
    return await in_sight(session, book, person, await candidates(session, person), now)


async def roles_of(session: AsyncSession, book: PolicyBook, person: OwnId, now: datetime) -> frozenset[str]:
    """The roles that a person holds now on any plan or for the authority, or covers.

    One plan shows a role that is held: only for roles that the newest plan of each does not show are the others read.
    """
    directory = await _directory(session, book, person, [], [])
    roles = {role for role in directory.roles if _acts(directory, directory.holder(role, now), person.id, now)}
    acting = await _acting_for(session, person)
    plans_of_role: dict[str, list[OwnId]] = defaultdict(list)
    naming = await persons.plans_naming(session, {OwnId(person.authority, name) for name in acting})
    for plan, role in await sight_events.assigned_to(session, naming, acting):
        plans_of_role[role].append(plan)
    for part in (slice(None, 1), slice(1, None)):
        missing = {role: listed[part] for role, listed in plans_of_role.items() if role not in roles}
        listed = {plan for of_role in missing.values() for plan in of_role}
        roles |= await _held_on(session, book, person, listed, missing.keys(), now)
    return frozenset(roles)


async def _held_on(
    session: AsyncSession,
    book: PolicyBook,
    person: OwnId,
    listed: Collection[OwnId],
    roles: Collection[str],
    now: datetime,
) -> set[str]:
    """Those of some roles that a person holds, or covers, on one of some plans."""
    if not listed:
        return set()
    served = await _serving(session, book, person.authority, listed)
    directory = await _directory(session, book, person, [*served.values()], [])
    held: set[str] = set()
    for plan_events in served.values():
        facts = Facts.of(plan_events, directory, local_day(now))
        for role in set(roles) - held if facts is not None else ():
            holders = facts.holders(role, now) if facts is not None else []
            held |= {role} if any(_acts(directory, holder, person.id, now) for holder in holders) else set()
    return held


def _acts(directory: Directory, holder: str | None, person: str, now: datetime) -> bool:
    return holder is not None and person in (holder, directory.acts_at(holder, now))


async def candidates(session: AsyncSession, person: OwnId, most: int | None = None) -> list[OwnId]:
    """The plans that a person might see: those that name them or whom they cover; all, with a role for all.

    Of these no more than `most` are read.
    """
    acting = await _acting_for(session, person)
    for raw in await events.of_authority(session, person.authority):
        if raw["data"].get("person") in acting:
            return await plans.of_authority(session, person.authority, most)
    return await _naming(session, person)


async def _naming(session: AsyncSession, person: OwnId) -> list[OwnId]:
    acting = {OwnId(person.authority, name) for name in await _acting_for(session, person)}
    return sorted(await persons.plans_naming(session, acting))


async def _acting_for(session: AsyncSession, person: OwnId) -> frozenset[str]:
    """A person, and everybody for whom they were ever named as cover, or for whose cover, and so on."""
    acting, newest = {person.id}, {person.id}
    while newest:
        covered = [await persons.ever_covered_by(session, OwnId(person.authority, name)) for name in sorted(newest)]
        newest = set().union(*covered) - acting
        acting |= newest
    return frozenset(acting)


async def _serving(
    session: AsyncSession, book: PolicyBook, authority: str, listed: Collection[OwnId]
) -> dict[str, list[Event]]:
    """The events that bear on who sees some plans, by plan: a small part of each plan's facts."""
    by_plan: dict[str, list[Event]] = defaultdict(list)
    for event in EventReader(book, authority).events(await sight_events.of_plans(session, listed)):
        by_plan[str(event.subject)].append(event)
    return by_plan


async def _directory(
    session: AsyncSession,
    book: PolicyBook,
    person: OwnId,
    of_plans: Collection[Collection[Event]],
    owed: Collection[Collection[Obligation]],
) -> Directory:
    """The directory of a person, of whoever serves on some plans, and of whoever is named by what is owed there."""
    changes = (event.data for plan_events in of_plans for event in plan_events)
    names = {data.person for data in changes if isinstance(data, RoleAssigned | RoleEnded)}
    duties = [duty for plan_duties in owed for duty in plan_duties]
    names |= {name for duty in duties for name in (duty.responsible, duty.chair) if name}
    own_ids = {OwnId(person.authority, name) for name in names | {person.id}}
    around = [*await events.of_authority(session, person.authority), *await events.of_persons(session, own_ids)]
    return await directory_of(session, book, person.authority, around)
