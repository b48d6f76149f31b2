"""Handing plans over: several at once, from one person to another, in one form. An email to the new one follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import reading
from service.app import Service
from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.use_cases.overviews.colleagues import colleagues
from service.use_cases.overviews.held_plans import held_plans, holders_of
from service.use_cases.overviews.teams import acts_for, teams_of
from service.web.access_rules import Proved, holds
from service.web.flash import done
from service.web.layout import Layout
from service.web.leading_roles import MANAGERS
from service.web.own_events import PageFact, new_form, record
from service.web.viewer import Viewer, entrance_of

_HANDS_OVER = Depends(Proved(holds(*MANAGERS)))
Looking = Annotated[Viewer, _HANDS_OVER]
_ROLES: Mapping[str, str] = {"social_worker": "Social worker", "key_professional": "Key professional"}
_ABOVE = frozenset(MANAGERS) - {"team_manager"}
_MOST = 200  # plans in one form
Errors = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HandoverChoice:
    """What is chosen so far: which role, whose plans, and which of them go to whom."""

    role: str
    giver: str
    plans: frozenset[str] = frozenset()
    taker: str = ""


def handover_router(service: Service, layout: Layout) -> APIRouter:
    """The form of a handover: whose plans first, then which of them and to whom."""
    router = APIRouter()

    @router.get("/team/handover", response_class=HTMLResponse)
    async def choose(request: Request, viewer: Looking, role: str = "", giver: str = "") -> HTMLResponse:
        known_role = role if role in _ROLES else next(iter(_ROLES))
        return await _show(service, layout, request, viewer, HandoverChoice(known_role, giver))

    @router.post("/team/handover", response_class=HTMLResponse)
    async def hand_over(
        request: Request,
        viewer: Looking,
        form: Annotated[str, Form(max_length=40)],
        role: Annotated[str, Form(max_length=60)],
        giver: Annotated[str, Form(max_length=200)],
        taker: Annotated[str, Form(max_length=200)] = "",
        plan: Annotated[list[str] | None, Form(max_length=_MOST)] = None,
    ) -> Response:
        choice = HandoverChoice(role if role in _ROLES else next(iter(_ROLES)), giver, frozenset(plan or ()), taker)
        async with reading(service.sessions) as session:
            addresses = entrance_of(request).addresses
            held = await _theirs(session, service, viewer, choice)
            names = await colleagues(session, viewer.authority)
        chosen = [name for name in held if addresses.id_of(OwnId(viewer.authority, name)) in choice.plans]
        errors = _faults(choice, chosen, names)
        if not errors:
            facts = [PageFact("role.assigned", name, {"role": choice.role, "person": taker}) for name in chosen]
            errors = [("taker", fault) for fault in await record(service, viewer, form, facts)]
        if errors:
            return await _show(service, layout, request, viewer, choice, errors, form)
        return done(request, "/team", "handed-over")

    return router


def _faults(choice: HandoverChoice, chosen: list[str], names: Mapping[str, str]) -> Errors:
    errors: Errors = []
    if not chosen:
        errors.append(("plan-1", "Choose at least one plan"))
    if choice.taker not in names:
        errors.append(("taker", "Choose who takes them over"))
    elif choice.taker == choice.giver:
        errors.append(("taker", "They have these plans already. Choose somebody else"))
    return errors


async def _theirs(session: AsyncSession, service: Service, viewer: Viewer, choice: HandoverChoice) -> list[str]:
    """The giver's running plans, as far as the viewer leads them: a team manager those of the team, others all."""
    leads = await _leads(session, service, viewer)
    held = await holders_of(session, viewer.authority, choice.role)
    return [plan for plan, person in held.items() if person == choice.giver and leads(plan)]


async def _leads(session: AsyncSession, service: Service, viewer: Viewer) -> Callable[[str], bool]:
    if not _ABOVE.isdisjoint(viewer.roles):
        return lambda plan: True
    teams = await teams_of(session, viewer.authority)
    managers = await acts_for(session, service.book, service.clock.now(), viewer.own_id)
    return lambda plan: teams.manager_of(plan) in managers


async def _show(
    service: Service,
    layout: Layout,
    request: Request,
    viewer: Viewer,
    choice: HandoverChoice,
    errors: Errors | None = None,
    form: str | None = None,
) -> HTMLResponse:
    addresses, today = entrance_of(request).addresses, local_day(service.clock.now())
    async with reading(service.sessions) as session:
        leads = await _leads(session, service, viewer)
        held = await holders_of(session, viewer.authority, choice.role)
        led = {plan: person for plan, person in held.items() if leads(plan)}
        names = await colleagues(session, viewer.authority)
        theirs = {plan for plan, person in led.items() if person == choice.giver}
        rows = await held_plans(session, viewer.authority, theirs, choice.giver, today)
    counts = Counter(led.values())
    givers = [(person, f"{name} ({counts[person]})") for person, name in names.items() if person in counts]
    return await layout.page(
        request,
        viewer,
        "handover.html",
        "Hand over",
        422 if errors else 200,
        choice=choice,
        roles=list(_ROLES.items()),
        givers=givers,
        takers=[(person, name) for person, name in names.items() if person != choice.giver],
        plans=[(row, addresses.id_of(OwnId(viewer.authority, row.plan))) for row in rows],
        giver_name=names.get(choice.giver, ""),
        form=form or new_form(),
        errors=errors or [],
    )
