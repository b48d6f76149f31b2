"""How many requests are served at once: what comes beyond that is sent away at once, before it costs anything."""

from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import TRY_AGAIN, problem

# A batch may be 4 MB, so this bounds the memory that they take together; and what sends must find the database free.
MOST_AT_ONCE = 32
# They ask the database, and need no sign-in.
MOST_WATCHERS = 4
_WATCHERS = frozenset({"/readyz", "/metrics"})
_FREE = frozenset({"/healthz"})  # it costs nothing, and decides whether the process is left alive


class Places:
    """Serves so many requests at once, and answers the others with 503 and when to come again."""

    def __init__(self, app: ASGIApp, most: int = MOST_AT_ONCE, watchers: int = MOST_WATCHERS) -> None:
        self._app = app
        self._left = {False: most, True: watchers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or send it away."""
        if scope["type"] != "http" or scope["path"] in _FREE:
            await self._app(scope, receive, send)
            return
        kind = scope["path"] in _WATCHERS
        if not self._left[kind]:
            detail = "Too many requests at once; nothing was stored. Send the same again in a few seconds."
            await problem(503, detail, {**TRY_AGAIN, "Connection": "close"})(scope, receive, send)
            return
        self._left[kind] -= 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._left[kind] += 1
