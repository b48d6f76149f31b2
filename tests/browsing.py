"""A browser without a screen, in which somebody of a world is signed in: it loads pages and sends their forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from html import unescape

import httpx2
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from service.api.application import make_application
from service.domain.own_id import OwnId
from service.web.routes import add_pages
from service.web.viewer import Entrance, sign_in
from tests.world import World

HOST = "http://127.0.0.1:8000"
_WAY = "test"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Browser:
    """Looks as one person; `page` is what was loaded last."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self.page = ""
        self.status = 0

    async def enter(self, person: str, authority: str = "dudley") -> None:
        """Be signed in as somebody from here on."""
        await self._client.get(f"/test-door/{authority}/{person}")

    async def load(self, path: str) -> str:
        """Load a page, and give its text without tags."""
        self._keep(await self._client.get(path, headers={"Accept": "text/html"}))
        return self.text

    async def get(self, path: str) -> httpx2.Response:
        """The answer itself."""
        return await self._client.get(path)

    async def send(self, path: str, **fields: str | Sequence[str]) -> str:
        """Send the form of the loaded page that leads to a path, follow, and give the text of the page behind it."""
        return await self.send_fields(path, self.hidden(path) | fields)

    async def send_fields(self, path: str, fields: Mapping[str, str | Sequence[str]]) -> str:
        """Send these fields and no other, follow, and give the text of the page behind it."""
        data = {name: value if isinstance(value, str) else list(value) for name, value in fields.items()}
        answer = await self._client.post(path, data=data, headers={"Accept": "text/html"}, follow_redirects=True)
        self._keep(answer)
        return self.text

    def hidden(self, path: str) -> dict[str, str | Sequence[str]]:
        """The hidden fields of the form of the loaded page that leads to a path."""
        forms = re.findall(r"<form.*?</form>", self.page, re.DOTALL)
        form = next((part for part in forms if f'method="post" action="{path}"' in part), "")
        return {name: unescape(value) for name, value in _HIDDEN.findall(form)}

    def link(self, pattern: str) -> str:
        """The address of the first link of the loaded page that fits a pattern."""
        match = re.search(rf'href="({pattern})"', self.page)
        assert match is not None, f"no link like {pattern} on the page"
        return unescape(match[1])

    @property
    def text(self) -> str:
        """What somebody reads of the loaded page."""
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", self.page)).split())

    def _keep(self, answer: httpx2.Response) -> None:
        self.page, self.status = answer.text, answer.status_code


def application(world: World) -> FastAPI:
    """The service with its pages, and a door for tests."""
    app = make_application(world.service)

    @app.get("/test-door/{authority}/{person}", include_in_schema=False)
    async def enter(request: Request, authority: str, person: str) -> Response:
        answer = RedirectResponse("/alerts", 303)
        await sign_in(request, answer, OwnId(authority, person), _WAY)
        return answer

    add_pages(app, world.service, entrance=Entrance(world.service, frozenset({_WAY})))
    return app


@asynccontextmanager
async def browsing(world: World) -> AsyncIterator[Browser]:
    """A browser in a world in which nobody is signed in yet."""
    transport = httpx2.ASGITransport(app=application(world))
    async with httpx2.AsyncClient(transport=transport, base_url=HOST) as client:
        yield Browser(client)
