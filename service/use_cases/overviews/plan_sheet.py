"""All that a plan's page shows: how it stands, what happened, what was sent and will be, and its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import Channel, OutboxRow, Purpose
from notifications.outbox import outbox
from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.payloads.check_ins import CheckInsStarted
from service.domain.events.vocabulary import SHARED_ROLES, SINGLE_ROLES
from service.domain.events.withdrawals import standing
from service.domain.facts import Facts
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.people.directory import Absence, Person
from service.domain.policy import PolicyBook
from service.domain.telling.asked_texts import check_ins_of
from service.domain.telling.contact import Allowed, Refused, may_tell
from service.domain.telling.ladder import LadderRung, rungs_ahead
from service.domain.telling.records import Ledger
from service.domain.telling.wording import ladder_of, with_rules
from service.store import plan_list
from service.store.plan_list import AsOf
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of
from service.use_cases.overviews.names import names_of
from service.use_cases.overviews.plan_overview import PlanOverview, plan_overview

_LATE_AFTER = timedelta(minutes=15)
_MOST_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class PersonOnPlan:
    """Somebody on a plan: the roles held now, whether they are away, and by which channels they may be told now."""

    person: Person
    roles: tuple[str, ...]
    away: Absence | None
    reach: Mapping[Channel, Allowed | Refused]


@dataclass(frozen=True, slots=True)
class PlanSheet:
    """A plan's page at a moment.

    `coming` is what will be told of each live duty while nothing is recorded. `recorded` are all events, the newest
    first, and `standing` the uids of those that are not withdrawn.
    """

    overview: PlanOverview
    initials: str
    names: Mapping[str, str]
    people: Sequence[PersonOnPlan]
    recorded: Sequence[Event]
    standing: frozenset[str]
    messages: Sequence[OutboxRow]
    coming: Sequence[tuple[Obligation, LadderRung]]


async def plan_sheet(session: AsyncSession, book: PolicyBook, now: datetime, plan: OwnId) -> PlanSheet | None:
    """The page of a plan; None where there is no such plan."""
    overview = await plan_overview(session, book, now, plan, _LATE_AFTER)
    plan_facts = await facts_of(session, book, plan)
    facts = plan_facts.for_alerts(now) if plan_facts else None
    if overview is None or plan_facts is None or facts is None:
        return None
    overview = replace(overview, obligations=tuple(with_rules(book, overview.obligations)))
    people = _people(facts, book, now)
    initials = await plan_list.initials(session, [plan], AsOf(local_day(now), book.authorities))
    messages = await outbox.recent(session, authority=plan.authority, plan=plan.id, limit=_MOST_MESSAGES)
    messages += await _joint_texts(session, plan, plan_facts)
    return PlanSheet(
        overview=overview,
        initials=initials.get(plan, ""),
        names=await names_of(session, plan.authority, plan_facts.directory.persons),
        people=people,
        recorded=sorted(plan_facts.events, key=lambda event: (event.time, event.uid), reverse=True),
        standing=frozenset(event.uid for event in standing(plan_facts.events)),
        messages=sorted(messages, key=lambda row: row.message.at, reverse=True),
        coming=coming(book, overview.obligations, plan_facts.ledger, now),
    )


def coming(
    book: PolicyBook, obligations: Sequence[Obligation], ledger: Ledger, now: datetime
) -> list[tuple[Obligation, LadderRung]]:
    """What will be told of each live duty while nothing is recorded, in order of moments."""
    pairs = [
        (duty, rung)
        for duty in obligations
        if duty.live
        for rung in rungs_ahead(
            duty, ladder_of(book, duty), book.newest(duty.authority).calendar, ledger.seen.get(duty.seen_key, now),
            ledger.told, now,
        )
    ]  # fmt: skip
    return sorted(pairs, key=lambda pair: (pair[1].moment, pair[0].key))


def _people(facts: Facts, book: PolicyBook, now: datetime) -> list[PersonOnPlan]:
    """Everybody who holds a role on the plan now, in the order of the roles."""
    roles = (*_IN_ORDER, *sorted((SINGLE_ROLES | SHARED_ROLES | book.authorities.roles) - set(_IN_ORDER)))
    held: dict[str, list[str]] = {}
    for role in roles:
        for holder in facts.holders(role, now):
            held.setdefault(holder, []).append(role)
    holders = [
        (facts.directory.persons[name], tuple(names)) for name, names in held.items() if name in facts.directory.persons
    ]
    return [_person(facts, person, names, now) for person, names in holders]


_IN_ORDER = ("social_worker", "key_professional", "team_manager", "service_manager", "child", "parent", "carer")


def _person(facts: Facts, person: Person, roles: tuple[str, ...], now: datetime) -> PersonOnPlan:
    today = local_day(now)
    away = next((absence for absence in person.absences if absence.first_day <= today <= absence.last_day), None)
    reach = {channel: may_tell(facts, person.id, channel, now) for channel in Channel}
    return PersonOnPlan(person, roles, away, reach)


async def _joint_texts(session: AsyncSession, plan: OwnId, plan_facts: PlanFacts) -> list[OutboxRow]:
    """The texts that ask a person about this plan and another at once: such a text belongs to no plan."""
    agreements = (event.data for event in plan_facts.events if isinstance(event.data, CheckInsStarted))
    texts: list[OutboxRow] = []
    for person in sorted({person for agreement in agreements for person in agreement.people}):
        rows = await outbox.recent(session, authority=plan.authority, person=person, limit=_MOST_MESSAGES)
        joint = [row for row in rows if row.message.plan is None and row.message.purpose is Purpose.CHECK_IN]
        texts += [row for row in joint if plan.id in dict(check_ins_of(row.message))]
    return texts
