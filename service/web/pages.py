"""The HTTP routes of the pages, their templates, and the headers that keep foreign scripts out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined

from config.clock import Clock
from config.database import Sessions, reading
from notifications.outbox import outbox
from service.domain.calendar import local_day
from service.domain.policy import PolicyBook
from service.store import plan_list
from service.store.plan_list import Sort
from service.use_cases.looks.explain_message import reasons_of
from service.web import board, councils, words

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: browsers would then send the origin "null" with our own forms, which are recognised by it.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
Common = Callable[[Request], Awaitable[Mapping[str, object]]]


async def _nothing(request: Request) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True)
class Frame:
    """The frame around every page: the navigation, and the additions of a demonstration."""

    navigation: Sequence[tuple[str, str]] = (("Plans", "/demo/plans"),)
    templates: Sequence[Path] = ()
    styles: Sequence[str] = ()
    stage: tuple[str, str] | None = None  # a label for what this is, and a longer text where there is room
    strip: str | None = None
    plan_tools: str | None = None
    live: int | None = None  # milliseconds between two refreshes by the page's script
    common: Common = field(default=_nothing)


class Pages:
    """Renders templates into responses; a service has one of these."""

    def __init__(self, sessions: Sessions, book: PolicyBook, clock: Clock, frame: Frame = Frame()) -> None:
        self.sessions, self.book, self.clock, self._frame = sessions, book, clock, frame
        folders = [_HERE / "templates", *frame.templates]
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            enable_async=True,
        )
        self._environment.globals |= {"words": words}

    async def show(self, request: Request, template: str, status: int = 200, **context: object) -> HTMLResponse:
        """Render a page from the values common to all pages and its own `context`."""
        frame, now = self._frame, self.clock.now()
        around: dict[str, object] = {
            "navigation": frame.navigation,
            "more_styles": frame.styles,
            "stage": frame.stage,
            "strip": frame.strip,
            "plan_tools": frame.plan_tools,
            "live": frame.live,
            "refresh": None,
            "here": _here(request.url.path, frame.navigation),
            "request_path": _path(request),
            "now": now,
            "councils": councils.titles(self.book, local_day(now)),
        }
        around |= await frame.common(request)
        text = await self._environment.get_template(template).render_async(around | context)
        return HTMLResponse(text, status, headers=dict(HEADERS))


def _here(path: str, navigation: Sequence[tuple[str, str]]) -> str:
    """The entry of the navigation under which a page stands."""
    entries = [entry for _, entry in navigation if path == entry or path.startswith(f"{entry}/")]
    return max(entries, key=len, default="")


def _path(request: Request) -> str:
    """The path and query to which a form on this page returns."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def mount_pages(app: FastAPI, pages: Pages) -> None:
    """Add the pages to a service. They show children's initials: put them behind a sign-in, or on loopback."""
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(_router(pages), include_in_schema=False)


def _router(pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.get("/demo/plans")
    async def plans(
        request: Request,
        show: Sort = "running",
        after: Annotated[str, Query(max_length=300)] = "",
        council: Annotated[str, Query(max_length=60)] = "",
    ) -> HTMLResponse:
        async with reading(pages.sessions) as session:
            council = council if council in pages.book.authorities else ""
            now = pages.clock.now()
            lines, following = await board.list_plans(session, pages.book, now, show, after, council)
            counts = await plan_list.counts(session, council or None)
        shown: dict[str, object] = {"lines": lines, "following": following, "chosen": show, "council": council}
        return await pages.show(request, "plans.html", 200, counts=counts, **shown)

    @router.get("/demo/plans/{plan}")
    async def plan(request: Request, plan: str, council: Annotated[str, Query(max_length=60)] = "") -> HTMLResponse:
        async with reading(pages.sessions) as session:
            own_id = await board.find_plan(session, plan, council)
            view = await board.view_plan(session, pages.book, pages.clock.now(), own_id) if own_id else None
        if view is None:
            return await pages.show(request, "missing.html", 404, what="plan")
        return await pages.show(request, "plan.html", plan=view)

    @router.get("/demo/messages/{message}")
    async def message(request: Request, message: str) -> HTMLResponse:
        async with reading(pages.sessions) as session:
            row = await outbox.find(session, message)
            if row is None:
                return await pages.show(request, "missing.html", 404, what="message")
            persons = {row.message.person, row.sent_to or row.message.person}
            names = await board.names_of(session, row.message.authority, persons)
            reasons = await reasons_of(session, pages.book, row.message)
        return await pages.show(request, "message.html", row=row, names=names, reasons=reasons)

    return router
