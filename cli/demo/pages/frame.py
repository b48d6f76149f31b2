"""The frame of the demonstration's own pages, their templates, and the headers that keep foreign scripts out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.demo.pages import councils
from config.clock import Clock
from config.database import Sessions
from service.domain.calendar import local_day
from service.domain.policy import PolicyBook
from service.web import words

_HERE = Path(__file__).parent
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


@dataclass(frozen=True)
class Frame:
    """The navigation, how often a page's script refreshes it, and what all pages have in common."""

    navigation: Sequence[tuple[str, str]]
    live: int  # milliseconds between two refreshes
    common: Common


class Pages:
    """Renders templates into responses; a demonstration has one of these."""

    def __init__(self, sessions: Sessions, book: PolicyBook, clock: Clock, frame: Frame) -> None:
        self.sessions, self.book, self.clock, self._frame = sessions, book, clock, frame
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
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
