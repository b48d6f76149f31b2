"""Whether those whom an action names, and who serve not there, serve elsewhere: asked for several plans at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.event import Event
from service.domain.offices import SAY_WHO_SERVES, in_office_on, named_without_role
from service.domain.people.directory import Directory, InOffice
from service.store import serving
from service.use_cases.looks.people_around import EventReader

# So many plans say of a person who has left some of them whether they still serve.
_MOST_PLANS = 200


async def serving_elsewhere(
    session: AsyncSession, read: EventReader, plans: Mapping[str, tuple[Sequence[Event], Directory]]
) -> dict[str, InOffice]:
    """For each plan with its events and directory: how to ask it of the newest other plans of those who are named.

    Plans are missing on which everybody who is named has a role: nearly all.
    """
    named = {plan: _named(own, directory) for plan, (own, directory) in plans.items()}
    if not any(named.values()):
        return {}
    served = await serving.plans_served(session, read.authority, frozenset().union(*named.values()))
    elsewhere = {plan: _others(plan, [served[name] for name in names]) for plan, names in named.items() if names}
    by_plan: dict[str, list[Event]] = {}
    for event in read.events(await serving.of_plans(session, read.authority, frozenset().union(*elsewhere.values()))):
        by_plan.setdefault(str(event.subject), []).append(event)
    # The plan as it runs now is asked as well: of who is named in a period that has ended, it says whether they serve.
    return {
        plan: in_office_on([_serving(plans[plan][0]), *(by_plan[other] for other in asked_plans)])
        for plan, asked_plans in elsewhere.items()
    }


def _serving(own: Sequence[Event]) -> list[Event]:
    return [event for event in own if event.type in SAY_WHO_SERVES]


def _named(own: Sequence[Event], directory: Directory) -> frozenset[str]:
    latest = max((event.time for event in own), default=None)
    return named_without_role(own, directory, latest) if latest is not None else frozenset()


def _others(plan: str, served: Sequence[Sequence[str]]) -> list[str]:
    """The plans that say of each whether they serve, without the plan itself."""
    asked_plans: set[str] = set()
    for of_person in served:
        asked_plans.update([other for other in of_person if other != plan][:_MOST_PLANS])
    return sorted(asked_plans)
