"""Problems over HTTP, as RFC 9457 has them: what is wrong, where, what to do; never a stack trace."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

_log = structlog.get_logger(__name__)
_TRY_AGAIN = "5"  # seconds


class ProblemError(Exception):
    """A request that cannot be served; it becomes the answer."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.members = status, detail, headers, members


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object) -> Response:
    """An answer of type application/problem+json, with further members beside the usual ones."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


def tell_problems(app: FastAPI) -> None:
    """Have every failure of an app answered as a problem."""

    @app.exception_handler(ProblemError)
    async def known(request: Request, error: ProblemError) -> Response:
        return problem(error.status, error.detail, error.headers, **error.members)

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PoolTimeoutError)
    async def of_database(request: Request, error: Exception) -> Response:
        _log.error("database failed", path=_route(request), error=type(error).__name__)
        detail = "The database does not answer, and nothing was stored. Send the same again in a few seconds."
        return problem(503, detail, {"Retry-After": _TRY_AGAIN})

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        # The server logs it with its type and places; nobody outside learns more than that it was our fault.
        detail = "The service failed, and nothing was stored. Send the same again; if it stays so, tell its operator."
        return problem(500, detail)


def _route(request: Request) -> str:
    # The path as it was declared: one that was sent may hold anything.
    return str(getattr(request.scope.get("route"), "path", "unknown"))
