"""The replies to check-ins that somebody has to read, each with what was asked, and what was done about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from config.database import reading, transaction
from service.app import Service
from service.domain.own_id import OwnId
from service.store import handlings
from service.store.handlings import LONGEST_NOTE, Handling
from service.use_cases.overviews.names import names_of
from service.use_cases.overviews.replies_to_read import ReplyToRead, replies_to_read
from service.web.access_rules import SIGNED_IN
from service.web.failures import missing
from service.web.flash import done
from service.web.layout import Layout
from service.web.spans import ago
from service.web.viewer import Viewer, entrance_of

_SIGNED_IN = Depends(SIGNED_IN)
Looking = Annotated[Viewer, _SIGNED_IN]
Errors = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ReplyCard:
    """A reply as it is read: who wrote what when, what it follows, and who has dealt with it."""

    id: str
    person: str
    plan: str
    plan_path: str
    text: str
    at: datetime
    since: str
    wants_call: bool
    question: str | None
    question_at: datetime | None
    handled: Handling | None
    handled_by: str


def replies_router(service: Service, layout: Layout) -> APIRouter:
    """The page of the replies on the viewer's plans."""
    router = APIRouter()

    @router.get("/replies", response_class=HTMLResponse)
    async def listed(request: Request, viewer: Looking) -> HTMLResponse:
        return await _show(service, layout, request, viewer)

    @router.post("/replies/{reply}/read", response_class=HTMLResponse)
    async def read(
        request: Request, viewer: Looking, reply: str, note: Annotated[str, Form(max_length=LONGEST_NOTE)] = ""
    ) -> Response:
        now = service.clock.now()
        async with reading(service.sessions) as session:
            entries = await replies_to_read(session, service.book, now, viewer.own_id)
        entry = next((entry for entry in entries if entry.page_id == reply), None)
        if entry is None:
            raise missing()
        if not note.strip():
            return await _show(service, layout, request, viewer, [(f"note-{reply}", "Say what was done")])
        async with transaction(service.sessions) as session:
            handling = Handling(entry.reply.uid, viewer.person, now, note.strip())
            await handlings.note(session, viewer.authority, "reply", entry.reply.plan, handling)
        return done(request, "/replies", "read")

    return router


async def _show(
    service: Service, layout: Layout, request: Request, viewer: Viewer, errors: Errors | None = None
) -> HTMLResponse:
    now = service.clock.now()
    async with reading(service.sessions) as session:
        entries = await replies_to_read(session, service.book, now, viewer.own_id)
        people = {entry.reply.person for entry in entries}
        people |= {entry.handling.person for entry in entries if entry.handling}
        names = await names_of(session, viewer.authority, people)
    paths = {
        plan: f"/plans/{entrance_of(request).addresses.id_of(OwnId(viewer.authority, plan))}"
        for plan in {entry.reply.plan for entry in entries}
    }
    cards = [_card(entry, names, now, paths[entry.reply.plan]) for entry in entries]
    waiting = [card for card in cards if card.handled is None]
    handled = sorted((card for card in cards if card.handled), key=lambda card: card.at, reverse=True)
    status = 422 if errors else 200
    return await layout.page(
        request, viewer, "replies.html", "Replies", status, waiting=waiting, handled=handled, errors=errors or []
    )


def _card(entry: ReplyToRead, names: dict[str, str], now: datetime, plan_path: str) -> ReplyCard:
    reply, question, noted = entry.reply, entry.question, entry.handling
    return ReplyCard(
        id=entry.page_id,
        person=names.get(reply.person, reply.person),
        plan=reply.plan,
        plan_path=plan_path,
        text=reply.text,
        at=reply.at,
        since=ago(reply.at, now),
        wants_call=entry.wants_call,
        question=question.text if question else None,
        question_at=question.at if question else None,
        handled=noted,
        handled_by=names.get(noted.person, noted.person) if noted else "",
    )
