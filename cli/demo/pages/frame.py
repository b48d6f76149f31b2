"""The frame of the demonstration's own pages, and the headers that keep foreign scripts out."""

from fastapi import Request
from fastapi.responses import HTMLResponse

from cli.demo.pages.demonstration import Demonstration
from service.domain.calendar import local_day
from service.web.headers import SCRIPTED_POLICY
from service.web.layout import Layout

_POLICY = f"{SCRIPTED_POLICY}; connect-src 'self'; frame-src 'self'"
_MILLISECONDS, _SECONDS = 900, 10  # between two refreshes of a page, by its script and without scripts


class Pages:
    """Renders templates into responses; a demonstration has one of these."""

    def __init__(self, demonstration: Demonstration, layout: Layout) -> None:
        self._demonstration, self._layout = demonstration, layout
        book, today = layout.book, local_day(layout.clock.now())
        self._councils = {name: book.in_force(name, today).title for name in demonstration.caseload.councils}

    async def show(self, request: Request, template: str, **context: object) -> HTMLResponse:
        """Render a page from the values common to all pages and its own `context`."""
        here, url = self._demonstration, request.url
        here.visited.set()
        around: dict[str, object] = {
            "clock": here.clock,
            "councils": self._councils,
            "people": here.caseload.people,
            "live": _MILLISECONDS,
            "refresh": None if here.clock.is_paused else _SECONDS,
            "request_path": f"{url.path}?{url.query}" if url.query else url.path,
        }
        page = await self._layout.page(request, None, template, "", 200, **around | context)
        page.headers["Content-Security-Policy"] = _POLICY
        return page
