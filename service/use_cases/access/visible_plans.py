"""The list of plans that somebody may see: searched, filtered, sorted, a page at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.access import Sight
from service.domain.calendar import local_day
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import with_rules
from service.store import obligations, plan_list
from service.store.plan_list import AsOf, Listed, PlanChoice
from service.use_cases.access.sights import candidates, in_sight

PAGE = 50
# Of so many plans each is looked at before the list is made; of more only those on the page.
_LOOKED_AT = 120
_MOST_NAMED = 1000  # in one question to the database


@dataclass(frozen=True, slots=True)
class VisiblePlans:
    """A page of the list: plans with the reason why they are seen, and their live duties; whether more follow."""

    plans: Sequence[Listed]
    sights: Mapping[OwnId, Sight]
    live: Mapping[OwnId, Sequence[Obligation]]
    has_more: bool


async def visible_plans(
    session: AsyncSession, book: PolicyBook, person: OwnId, choice: PlanChoice, page: int, now: datetime
) -> VisiblePlans:
    """A page, from 1, of the plans that a person may see. Where there are very many, a page may hold fewer than 50."""
    among = await candidates(session, person, _MOST_NAMED + 1)
    sights: dict[OwnId, Sight] = {}
    if looks_at_all := len(among) <= _LOOKED_AT:
        sights = await in_sight(session, book, person, among, now)
        among = list(sights)
    named = among if len(among) <= _MOST_NAMED else None
    as_of = AsOf(local_day(now), book.authorities)
    listed = await plan_list.sorted_page(session, as_of, person.authority, choice, named, PAGE + 1, (page - 1) * PAGE)
    shown = listed[:PAGE]
    if not looks_at_all:
        sights = await in_sight(session, book, person, [plan.own_id for plan in shown], now)
    shown = [plan for plan in shown if plan.own_id in sights]
    live: dict[OwnId, list[Obligation]] = defaultdict(list)
    for duty in with_rules(book, await obligations.live_of_plans(session, [plan.own_id for plan in shown])):
        live[OwnId(duty.authority, duty.plan)].append(duty)
    return VisiblePlans(shown, sights, live, len(listed) > PAGE)
