"""The list of plans: search by reference, filter, sorting by links, and pages of fifty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from config.database import reading
from service.app import Service
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.store.plan_list import Listed, PlanChoice, Sort
from service.use_cases.access.visible_plans import PAGE, VisiblePlans, visible_plans
from service.use_cases.overviews.names import names_of
from service.web.access_rules import SIGNED_IN
from service.web.duties import DutyLine, DutyWords
from service.web.layout import Layout
from service.web.viewer import Viewer, entrance_of

_SIGNED_IN = Depends(SIGNED_IN)
_SHOWN = {"running": "Running", "late": "With something overdue", "ended": "Ended"}
_COLUMNS = {"reference": "Plan", "overdue": "Overdue", "act_by": "Act by"}
_LAST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class PlanLineInList:
    """A plan in the list."""

    path: str
    reference: str
    initials: str
    route: str
    risk: str | None
    overdue: int
    open: int
    next: DutyLine | None
    ended: Listed
    why: str


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a column by which the list can be sorted."""

    text: str
    path: str
    sorted: str


def plans_router(service: Service, layout: Layout) -> APIRouter:
    """The list of plans."""
    router = APIRouter()

    @router.get("/plans", response_class=HTMLResponse)
    async def plans(
        request: Request,
        viewer: Annotated[Viewer, _SIGNED_IN],
        ref: Annotated[str, Query(max_length=40)] = "",
        show: Sort = "running",
        sort: str = "act_by",
        down: bool = False,
        page: Annotated[int, Query(ge=1, le=_LAST_PAGE)] = 1,
    ) -> HTMLResponse:
        choice = PlanChoice(ref.strip(), show, sort if sort in _COLUMNS else "act_by", down)  # type: ignore[arg-type]
        now = service.clock.now()
        async with reading(service.sessions) as session:
            listed = await visible_plans(session, service.book, viewer.own_id, choice, page, now)
            owing = {duty.responsible for duties in listed.live.values() for duty in duties if duty.responsible}
            names = await names_of(session, viewer.authority, owing)
        addresses = entrance_of(request).addresses
        paths = {plan.own_id: f"/plans/{addresses.id_of(plan.own_id)}" for plan in listed.plans}
        rows = _rows(listed, paths, DutyWords(service.book, now, names, paths))
        values: dict[str, object] = {
            "rows": rows, "choice": choice, "shown": _SHOWN, "headings": _headings(choice), "chosen": _chosen(choice),
            "earlier": _path(choice, page - 1) if page > 1 else "",
            "later": _path(choice, page + 1) if listed.has_more else "",
            "position": f"Page {page}",
            "page_size": PAGE,
        }  # fmt: skip
        return await layout.page(request, viewer, "plan_list.html", "Plans", 200, **values)

    return router


def _rows(listed: VisiblePlans, paths: dict[OwnId, str], lines: DutyWords) -> list[PlanLineInList]:
    return [_row(plan, listed, paths, lines) for plan in listed.plans]


def _row(plan: Listed, listed: VisiblePlans, paths: dict[OwnId, str], lines: DutyWords) -> PlanLineInList:
    duties: list[Obligation] = sorted(listed.live.get(plan.own_id, ()), key=lambda duty: (duty.act_by, duty.due_on))
    shown = [lines.line(duty) for duty in duties]
    data = plan.opening["data"]
    return PlanLineInList(
        path=paths[plan.own_id],
        reference=plan.own_id.id,
        initials=str(data["child"]["initials"]),
        route=str(data["route"]),
        risk=data.get("risk"),
        overdue=sum(line.is_late for line in shown),
        open=len(shown),
        next=shown[0] if shown else None,
        ended=plan,
        why=listed.sights[plan.own_id].reason,
    )


def _path(choice: PlanChoice, page: int = 1) -> str:
    """The address of the same list. What is as usual is left out of it."""
    usual = PlanChoice()
    values: dict[str, object] = {}
    if choice.reference:
        values["ref"] = choice.reference
    if choice.show != usual.show:
        values["show"] = choice.show
    if choice.sort != usual.sort:
        values["sort"] = choice.sort
    if choice.descending:
        values["down"] = 1
    if page > 1:
        values["page"] = page
    return f"/plans?{urlencode(values)}" if values else "/plans"


def _headings(choice: PlanChoice) -> dict[str, Heading]:
    """The sorting headings: the one that sorts already turns the order round."""
    headings: dict[str, Heading] = {}
    for name, text in _COLUMNS.items():
        is_sorted = choice.sort == name
        turned = replace(choice, sort=name, descending=is_sorted and not choice.descending)  # type: ignore[arg-type]
        falls = choice.descending is not (name == "overdue")
        headings[name] = Heading(text, _path(turned), ("descending" if falls else "ascending") if is_sorted else "")
    return headings


def _chosen(choice: PlanChoice) -> list[tuple[str, str]]:
    chosen = (
        [(f"Reference holds “{choice.reference}”", _path(replace(choice, reference="")))] if choice.reference else []
    )
    return chosen + (
        [(_SHOWN[choice.show], _path(replace(choice, show="running")))] if choice.show != "running" else []
    )
