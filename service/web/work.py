"""My work: what somebody has to do, the late first, each with the form by which it is done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from config.database import reading
from service.app import Service
from service.domain.own_id import OwnId
from service.use_cases.overviews.my_work import Work, my_work
from service.use_cases.overviews.names import names_of
from service.web.access_rules import SIGNED_IN
from service.web.duties import DutyWords, sections
from service.web.layout import Layout
from service.web.viewer import Viewer, entrance_of

_SIGNED_IN = Depends(SIGNED_IN)


def work_router(service: Service, layout: Layout) -> APIRouter:
    """The first page."""
    router = APIRouter()

    @router.get("/", response_class=HTMLResponse)
    async def work(request: Request, viewer: Annotated[Viewer, _SIGNED_IN]) -> HTMLResponse:
        now = service.clock.now()
        async with reading(service.sessions) as session:
            own = await my_work(session, service.book, viewer.own_id, now)
            about = {duty.about for duty in own.duties if duty.about}
            names = await names_of(session, viewer.authority, about)
        addresses = entrance_of(request).addresses
        paths = {plan: f"/plans/{addresses.id_of(plan)}" for plan in _plans(own)}
        lines = DutyWords(service.book, now, names, paths)
        shown = sections(own.duties, lines, paths, own.initials, _notes(own), now)
        return await layout.page(
            request,
            viewer,
            "my_work.html",
            "My work",
            200,
            sections=shown,
            total=len(own.duties),
            plan_count=len(paths),
        )

    return router


def _plans(own: Work) -> set[OwnId]:
    return {OwnId(duty.authority, duty.plan) for duty in own.duties}


def _notes(own: Work) -> dict[str, str]:
    """Why it is the viewer's, where it is owed by somebody else."""
    covering = {
        duty.key: f"You cover for {name}"
        for duty in own.duties
        if (name := own.covered.get(duty.responsible or "")) is not None
    }
    return covering | dict.fromkeys(own.chaired, "You chair it")
