"""A plan's page: how it stands, its picture, what is owed, what was sent and why, its people and its problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from config.database import reading
from notifications.message import Purpose
from notifications.outbox import outbox
from service.app import Service
from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.domain.telling.wording import due_text, rule_of
from service.use_cases.looks.explain_message import reasons_of
from service.use_cases.overviews.names import names_of
from service.use_cases.overviews.plan_sheet import PlanSheet, plan_sheet
from service.use_cases.overviews.problem_words import in_words
from service.web.access_rules import SEES_PLAN, SeenPlan
from service.web.duties import DutyWords
from service.web.failures import missing
from service.web.layout import Layout
from service.web.plan_words import coming_lines, happenings, people_lines, sent_lines, stretches
from service.web.recording.source import source_of
from service.web.timeline_picture import NARROW, WIDE, draw
from service.web.viewer import entrance_of

_SHOWN_AT_FIRST = 12
_SEES = Depends(SEES_PLAN)


def plan_router(service: Service, layout: Layout) -> APIRouter:
    """The page of a plan, and that of each of its messages. Their addresses hold opaque ids."""
    router = APIRouter()

    @router.get("/plans/{plan}", response_class=HTMLResponse)
    async def plan(request: Request, seen: Annotated[SeenPlan, _SEES]) -> HTMLResponse:
        now = service.clock.now()
        async with reading(service.sessions) as session:
            sheet = await plan_sheet(session, service.book, now, seen.plan)
        if sheet is None:
            raise missing()
        path = path_of(request, seen.plan)
        values = _shown(service, sheet, path, seen)
        return await layout.page(request, seen.viewer, "plan_page.html", "Plan", 200, path=path, **values)

    @router.get("/plans/{plan}/messages/{message}", response_class=HTMLResponse)
    async def message(request: Request, message: str, seen: Annotated[SeenPlan, _SEES]) -> HTMLResponse:
        async with reading(service.sessions) as session:
            row = await outbox.find(session, message)
            if row is None or not _is_about(row.message.authority, row.message.plan, row.message.about, seen.plan):
                raise missing()
            receivers = {row.message.person, row.sent_to or row.message.person}
            names = await names_of(session, seen.plan.authority, receivers)
            reasons = await reasons_of(session, service.book, row.message) if row.message.plan else []
        # An alert holds the code and the link by which its own reader acknowledges: nobody else sees them.
        is_secret = row.message.purpose is Purpose.ALERT and seen.viewer.person not in receivers
        content = None if is_secret else row.content
        values: dict[str, object] = {"row": row, "content": content, "names": names, "reasons": reasons}
        values |= {"path": path_of(request, seen.plan), "plan": seen.plan}
        return await layout.page(request, seen.viewer, "message_page.html", "Why was this sent?", 200, **values)

    return router


def path_of(request: Request, plan: OwnId) -> str:
    """Where a plan's page is."""
    return f"/plans/{entrance_of(request).addresses.id_of(plan)}"


def _is_about(authority: str | None, plan: str | None, about: Sequence[Mapping[str, object]], seen: OwnId) -> bool:
    """Whether a message is one of a plan's: those that speak of several plans are shown on none but in their line."""
    named = {thing.get("plan") for thing in about}
    return authority == seen.authority and (plan == seen.id or named == {seen.id})


def _shown(service: Service, sheet: PlanSheet, path: str, seen: SeenPlan) -> dict[str, object]:
    now, book, overview = service.clock.now(), service.book, sheet.overview
    lines = DutyWords(book, now, sheet.names, {seen.plan: path})
    today, title = local_day(now), "What is owed on the plan, and when"
    drawn = stretches(sheet, book)
    sent = sent_lines(sheet)
    return {
        "plan": overview,
        "initials": sheet.initials,
        "sight": seen.sight,
        "route": overview.route,
        "live": [lines.line(duty) for duty in overview.obligations if duty.live],
        "past": [(lines.line(duty), duty) for duty in reversed(overview.obligations) if not duty.live],
        "rows": [
            (rule_of(book, duty).label, due_text(duty, rule_of(book, duty)), duty) for duty in overview.obligations
        ],
        "wide": draw(drawn, today, WIDE, title),
        "narrow": draw(drawn, today, NARROW, title),
        "sent": sent[:_SHOWN_AT_FIRST],
        "more_sent": sent[_SHOWN_AT_FIRST:],
        "coming": coming_lines(sheet, book),
        "people": people_lines(sheet),
        "happenings": happenings(sheet, path, source_of(seen.plan.authority)),
        "problems": [(entry, in_words(entry.problem)) for entry in overview.problems],
        "holders": [(role, sheet.names.get(holder, holder)) for role, holder in overview.holders],
        "names": sheet.names,
    }
