"""What somebody has to do: what they owe, what they do for those whom they cover today, and the meetings they chair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import with_rules
from service.store import events, obligations, persons, plan_list
from service.store.plan_list import AsOf
from service.use_cases.looks.look_at_plan import directory_of
from service.use_cases.overviews.names import names_of


@dataclass(frozen=True, slots=True)
class Work:
    """A person's work, in order of the days to act by. `initials` are those of the children, by plan.

    `covered` has the name of each person whose work it is today, where that is somebody else; `chaired` are the keys
    of the duties for which the person has only to chair the meeting.
    """

    duties: Sequence[Obligation]
    initials: Mapping[OwnId, str]
    covered: Mapping[str, str]
    chaired: frozenset[str]


async def my_work(session: AsyncSession, book: PolicyBook, person: OwnId, now: datetime) -> Work:
    """What a person has to do as of now, over all plans of the authority. It is read from what is stored."""
    covered = await covered_by(session, book, person, now)
    duties = {
        duty.key: duty
        for name in sorted({person.id, *covered})
        for duty in await obligations.live_of_person(session, OwnId(person.authority, name))
    }
    chaired = [duty for duty in await obligations.live_chaired_by(session, person) if duty.key not in duties]
    everything = with_rules(book, [*duties.values(), *chaired])
    plans = {OwnId(duty.authority, duty.plan) for duty in everything}
    as_of = AsOf(local_day(now), book.authorities)
    return Work(
        duties=sorted(everything, key=lambda duty: (duty.act_by, duty.due_on, duty.plan, duty.key)),
        initials=await plan_list.initials(session, plans, as_of),
        covered=await names_of(session, person.authority, covered),
        chaired=frozenset(duty.key for duty in chaired),
    )


async def covered_by(session: AsyncSession, book: PolicyBook, person: OwnId, now: datetime) -> frozenset[str]:
    """Those who are away today, and for whom a person acts."""
    around, newest = {person.id}, {person.id}
    while newest:
        served = [await persons.ever_covered_by(session, OwnId(person.authority, name)) for name in sorted(newest)]
        newest = set().union(*served) - around
        around |= newest
    if around == {person.id}:
        return frozenset()
    recorded = await events.of_persons(session, {OwnId(person.authority, name) for name in around})
    directory = await directory_of(session, book, person.authority, recorded)
    return frozenset(name for name in around - {person.id} if directory.acts_at(name, now) == person.id)
