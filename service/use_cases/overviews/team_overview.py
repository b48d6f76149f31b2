"""A team as it stands: who has what overdue and due, who is away and who covers, messages by day, the week ahead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import Calendar, local_day
from service.domain.own_id import OwnId
from service.domain.people.directory import Absence, Directory
from service.domain.policy import PolicyBook
from service.store import events, team_rows
from service.store.team_rows import LiveDuty
from service.use_cases.looks.look_at_plan import directory_of
from service.use_cases.overviews.teams import Teams

_MESSAGE_DAYS = 7
_AWAY_SOON = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class TeamMember:
    """Somebody who owes something on a team's plans; None for the person: nobody does.

    `away`: the absence that is now, or begins within two weeks. `messages`: how many on each of the latest days.
    """

    person: str | None
    plans: int
    overdue: int
    this_week: int
    oldest: date | None
    away: Absence | None
    messages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TeamOverview:
    """A team at a moment. `days` are those of the messages; `ahead` what is due on each of the next working days."""

    plans: int
    overdue: int
    members: tuple[TeamMember, ...]
    days: tuple[date, ...]
    ahead: tuple[tuple[date, tuple[LiveDuty, ...]], ...]


async def team_overview(
    session: AsyncSession, book: PolicyBook, now: datetime, authority: str, teams: Teams, manager: str
) -> TeamOverview:
    """The team of a manager."""
    today, calendar = local_day(now), book.newest(authority).calendar
    duties = await team_rows.live_duties(session, authority, teams.plans_of(manager))
    duties = [duty for duty in duties if teams.manager_of(duty.plan) == manager]
    people = {duty.responsible for duty in duties if duty.responsible}
    days = tuple(today - timedelta(days=back) for back in reversed(range(_MESSAGE_DAYS)))
    sent = await team_rows.message_days(session, authority, people, now - timedelta(days=_MESSAGE_DAYS))
    own_ids = {OwnId(authority, person) for person in people}
    directory = await directory_of(session, book, authority, await events.of_persons(session, own_ids))
    return TeamOverview(
        plans=len({duty.plan for duty in duties}),
        overdue=sum(duty.is_late(today) for duty in duties),
        members=_members(duties, directory, sent, days, calendar),
        days=days,
        ahead=_ahead(duties, calendar, today),
    )


def _members(
    duties: Sequence[LiveDuty],
    directory: Directory,
    sent: Mapping[tuple[str, date], int],
    days: Sequence[date],
    calendar: Calendar,
) -> tuple[TeamMember, ...]:
    """Those with most overdue first."""
    today = days[-1]
    week_ends = calendar.add_working_days(today, 5)
    by_person: dict[str | None, list[LiveDuty]] = defaultdict(list)
    for duty in duties:
        by_person[duty.responsible].append(duty)
    members = [
        TeamMember(
            person=person,
            plans=len({duty.plan for duty in owed}),
            overdue=sum(duty.is_late(today) for duty in owed),
            this_week=sum(duty.due_on <= week_ends and not duty.is_late(today) for duty in owed),
            oldest=min((duty.due_on for duty in owed if duty.is_late(today)), default=None),
            away=_away(directory, person, today) if person else None,
            messages=tuple(sent.get((person, day), 0) for day in days) if person else (),
        )
        for person, owed in by_person.items()
    ]
    return tuple(sorted(members, key=lambda member: (-member.overdue, -member.this_week, member.person or "")))


def _away(directory: Directory, person: str, today: date) -> Absence | None:
    recorded = directory.persons.get(person)
    absences = recorded.absences if recorded else ()
    near = [absence for absence in absences if absence.last_day >= today and absence.first_day <= today + _AWAY_SOON]
    return min(near, key=lambda absence: absence.first_day, default=None)


def _ahead(
    duties: Sequence[LiveDuty], calendar: Calendar, today: date
) -> tuple[tuple[date, tuple[LiveDuty, ...]], ...]:
    """The next five working days, today with them if it is one, each with what is to be done by it."""
    begin = today if calendar.is_working(today) else calendar.add_working_days(today, 1)
    week = [begin] + [calendar.add_working_days(begin, number) for number in range(1, 5)]
    return tuple(
        (day, tuple(duty for duty in duties if duty.act_by == day and not duty.is_late(today))) for day in week
    )
