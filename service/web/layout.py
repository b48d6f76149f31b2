"""The frame around every page: whose eyes it is for, as of when, the navigation, and what the form before it did."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from markupsafe import Markup

from config.clock import Clock
from config.database import reading
from service.app import Service
from service.domain.calendar import local_day
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import sender_words
from service.use_cases.overviews.waiting_numbers import waiting_numbers
from service.web import words
from service.web.access_rules import page_routes
from service.web.components import page_templates
from service.web.flash import forget, sentence_of
from service.web.headers import PAGE_POLICY, SCRIPTED_POLICY, page_headers
from service.web.navigation import Entry, Numbers, entries
from service.web.viewer import Viewer

_log = structlog.get_logger(__name__)
_LATER = Markup("<!-- later -->")
# To count what waits for somebody takes longer than many a page.
_COUNTED_FOR = timedelta(seconds=30)
_MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Stage:
    """What a demonstration adds to every page: a label, further templates, and a strip to include."""

    label: str
    templates: Sequence[Path] = ()
    strip: str | None = None
    values: Mapping[str, object] | None = None


class Layout:
    """Renders templates into pages; a service has one of these."""

    def __init__(self, service: Service, stage: Stage | None = None) -> None:
        self._sessions, self._stage = service.sessions, stage
        self.clock: Clock = service.clock
        self.book: PolicyBook = service.book
        self._numbers: dict[OwnId, tuple[datetime, Numbers]] = {}
        self._environment = page_templates(tuple(stage.templates) if stage else ())

    async def page(
        self, request: Request, viewer: Viewer | None, template: str, title: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        """A page for somebody; None: for whoever comes. The title holds nothing of a case, since browsers keep it.

        With `scripted` among the values the page runs our script, and no page does without.
        """
        now = self.clock.now()
        sentence = sentence_of(request)
        around: dict[str, object] = {
            "title": title,
            "now": now,
            "today": local_day(now),
            "as_of": words.clock_time(now),
            "viewer": viewer,
            "council": sender_words(self.book, viewer.authority)["council"] if viewer else None,
            "help_line": sender_words(self.book, viewer.authority)["help_line"] if viewer else None,
            "entries": await self._entries(request, viewer, now, is_fresh=sentence is None) if viewer else [],
            "request_path": request.url.path,
            "done": sentence,
            "stage": self._stage,
            "errors": [],
            "scripted": False,
        }
        text = self._environment.get_template(template).render(around | values)
        answer = HTMLResponse(
            text, status, headers=page_headers(SCRIPTED_POLICY if values.get("scripted") else PAGE_POLICY)
        )
        if sentence is not None:
            forget(request, answer)
        return answer

    async def page_in_two(
        self,
        request: Request,
        viewer: Viewer | None,
        template: str,
        later_template: str,
        title: str,
        later: Callable[[], Awaitable[Mapping[str, object]]],
        **values: object,
    ) -> Response:
        """A page that is sent at once, but for a part where its template says `later`: that follows when it is ready.

        Browsers show what they have, without a script. `later` gives the values of the part, or raises: then a sentence
        stands there that says so.
        """
        whole = await self.page(request, viewer, template, title, 200, later=_LATER, **values)
        before, after = bytes(whole.body).split(_LATER.encode())

        async def pieces() -> AsyncIterator[bytes]:
            yield before
            try:
                part = self._environment.get_template(later_template).render({**values, **await later()})
            except Exception as error:  # noqa: BLE001 - the first part is sent already: nobody above could answer
                _log.error("page_part_failed", page=request.url.path, fault=type(error).__name__)
                part = self._environment.get_template("part_failed.html").render()
            yield part.encode()
            yield after

        headers = {name: value for name, value in whole.headers.items() if name != "content-length"}
        return StreamingResponse(pieces(), whole.status_code, headers)

    def count_anew(self, person: OwnId) -> None:
        """Have what waits for somebody counted anew for their next page: they have just done something."""
        self._numbers.pop(person, None)

    async def _entries(self, request: Request, viewer: Viewer, now: datetime, *, is_fresh: bool) -> list[Entry]:
        """The navigation; where nothing was just done, with the numbers of half a minute ago."""
        counted_at, numbers = self._numbers.get(viewer.own_id, (now - _COUNTED_FOR, Numbers()))
        if not is_fresh or not now - _COUNTED_FOR < counted_at <= now:
            async with reading(self._sessions) as session:
                numbers = Numbers(**await waiting_numbers(session, self.book, viewer.own_id, now))
            if len(self._numbers) >= _MOST_COUNTED:
                self._numbers.clear()
            self._numbers[viewer.own_id] = (now, numbers)
        return entries(_places_of(request.app, viewer), request.url.path, numbers)


def _places_of(app: FastAPI, viewer: Viewer) -> frozenset[str]:
    """The paths of pages to which the rule of each admits somebody."""
    routes = (route for route in page_routes(app) if route.rule is not None and "GET" in route.methods)
    return frozenset(route.path for route in routes if route.rule is not None and route.rule.admits(viewer))
