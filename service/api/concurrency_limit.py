"""A limit of how many requests are served at once. Further ones are refused before they cost anything."""

from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import TRY_AGAIN, problem

# A batch may be 4 MB, so this bounds their memory. It also keeps database connections free for sending.
MOST_AT_ONCE = 32
# Requests of monitoring. They ask the database, and need no token.
MOST_WATCHERS = 4
_WATCHERS = frozenset({"/readyz", "/metrics"})
_FREE = frozenset({"/healthz"})  # it costs nothing, and a process that does not answer it is killed


class ConcurrencyLimit:
    """Serves at most `most` requests at once, and answers others with 503 and a time after which to try again."""

    def __init__(self, app: ASGIApp, most: int = MOST_AT_ONCE, watchers: int = MOST_WATCHERS) -> None:
        self._app = app
        self._left = {False: most, True: watchers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
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
