"""A team: who has what overdue, who is away and who covers, how many messages each got, and the week ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from config.database import reading
from service.app import Service
from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store.team_rows import LiveDuty
from service.use_cases.access.sights import in_sight
from service.use_cases.overviews.names import names_of
from service.use_cases.overviews.team_overview import TeamMember, TeamOverview, team_overview
from service.use_cases.overviews.teams import NO_MANAGER, acts_for, teams_of
from service.web import words
from service.web.access_rules import holds
from service.web.layout import Layout
from service.web.leading_roles import MANAGERS
from service.web.person import person_path
from service.web.plan import path_of
from service.web.viewer import Viewer

_MANAGES = Depends(holds(*MANAGERS))
Looking = Annotated[Viewer, _MANAGES]
_MOST_ASKED = 30  # plans


@dataclass(frozen=True, slots=True)
class MemberLine:
    """Somebody of a team as a row of a table."""

    name: str
    path: str | None
    member: TeamMember
    away: str
    covered: bool


@dataclass(frozen=True, slots=True)
class WeekDuty:
    """One duty of the week ahead: what, on which plan, by whom. Of a plan that the viewer may not see, no path."""

    plan: str
    plan_path: str | None
    label: str
    who: str


def team_router(service: Service, layout: Layout) -> APIRouter:
    """The page of a team. A team manager sees the own one first; other managers choose one."""
    router = APIRouter()

    @router.get("/team", response_class=HTMLResponse)
    async def team(request: Request, viewer: Looking, of: str | None = None) -> HTMLResponse:
        now = service.clock.now()
        async with reading(service.sessions) as session:
            teams = await teams_of(session, viewer.authority)
            own = await acts_for(session, service.book, now, viewer.own_id)
            chosen = _chosen(teams.managers, own, of)
            overview = await team_overview(session, service.book, now, viewer.authority, teams, chosen)
            people = teams.managers | _people(overview)
            names = await names_of(session, viewer.authority, people)
            shown = _plans_ahead(viewer.authority, overview)
            if chosen not in own:  # of another's team, those of the nearest days that the viewer may see
                shown = [*await in_sight(session, service.book, viewer.own_id, shown[:_MOST_ASKED], now)]
        paths = {plan.id: path_of(request, plan) for plan in shown}
        ahead = [(day, _lines(duties, service.book, viewer.authority, names, paths)) for day, duties in overview.ahead]
        return await layout.page(
            request,
            viewer,
            "team.html",
            "Team",
            team=overview,
            manager=names.get(chosen, chosen),
            choices=[(names.get(name, name), f"/team?of={name}") for name in sorted(teams.managers)],
            here=f"/team?of={chosen}",
            members=[_line(service, viewer.authority, member, names, now) for member in overview.members],
            ahead=ahead,
            most=max((number for member in overview.members for number in member.messages), default=0),
        )

    return router


def _chosen(managers: frozenset[str], own: frozenset[str], of: str | None) -> str:
    """The team to show: the one that was asked for, else the own one, else the first."""
    if of in managers:
        return str(of)
    return min(managers & own, default=min(managers, default=NO_MANAGER))


def _plans_ahead(authority: str, overview: TeamOverview) -> list[OwnId]:
    return list(dict.fromkeys(OwnId(authority, duty.plan) for _, duties in overview.ahead for duty in duties))


def _people(overview: TeamOverview) -> set[str]:
    people = {member.person for member in overview.members if member.person}
    covers = {member.away.cover for member in overview.members if member.away and member.away.cover}
    return people | covers


def _line(service: Service, authority: str, member: TeamMember, names: Mapping[str, str], now: datetime) -> MemberLine:
    person, away = member.person, member.away
    name = names.get(person, person) if person else "Nobody"
    path = person_path(service, OwnId(authority, person)) if person else None
    text = ""
    if away is not None:
        cover = f"{names.get(away.cover, away.cover)} covers" if away.cover else "nobody covers"
        begins = f"from {words.short_day(away.first_day)} " if away.first_day > local_day(now) else ""
        text = f"Away {begins}until {words.short_day(away.last_day)}, {cover}"
    return MemberLine(name, path, member, text, away is None or bool(away.cover))


def _lines(
    duties: tuple[LiveDuty, ...], book: PolicyBook, authority: str, names: Mapping[str, str], paths: Mapping[str, str]
) -> list[WeekDuty]:
    return [
        WeekDuty(
            duty.plan,
            paths.get(duty.plan),
            _label(book, authority, duty.rule, duty.opened_on),
            names.get(duty.responsible, duty.responsible) if duty.responsible else "nobody",
        )
        for duty in duties
    ]


def _label(book: PolicyBook, authority: str, rule: str, opened_on: date) -> str:
    named = book.in_force(authority, opened_on).by_name.get(rule)
    label = named.label if named is not None else rule.partition(".")[2].replace("_", " ")
    return label[:1].upper() + label[1:]
