"""A limit to what is sent to pages: their forms are short, and whoever sends more is a stranger or has slipped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

MOST = 512 * 1024  # bytes; a policy file of an authority has a tenth of it
_OF_PROGRAMS = "/v1/"  # these have limits of their own
Fields = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Fields]]
Send = Callable[[Fields], Awaitable[None]]
Application = Callable[[Fields, Receive, Send], Awaitable[None]]


class BodyLimit:
    """Lets an application read no more than so much of a request to a page; it answers 413 beyond."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Fields, receive: Receive, send: Send) -> None:
        """Hand a request on, and count what is read of it."""
        if scope["type"] != "http" or scope["path"].startswith(_OF_PROGRAMS):
            await self._app(scope, receive, send)
            return
        length = 0

        async def counted() -> Fields:
            nonlocal length
            part = await receive()
            length += len(part.get("body", b""))
            if length > MOST:
                raise HTTPException(413, "What was sent is too long.", {"Connection": "close"})
            return part

        await self._app(scope, counted, send)
