"""Problems over HTTP, in the form of RFC 9457: what is wrong, where, and what to do. Never a stack trace."""

import sys
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

_log = structlog.get_logger(__name__)
TRY_AGAIN = {"Retry-After": "5"}  # seconds
MEDIA_TYPE = "application/problem+json"
# The database is full, locked or away, or no connection is left. These are errors of the drivers, and of the system
# while a connection is made.
_DATABASE_AWAY = (DBAPIError, PoolTimeoutError, OSError, TimeoutError)


class ProblemError(Exception):
    """A request cannot be served. The error becomes the answer."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.members = status, detail, headers, members


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **members: object) -> Response:
    """An answer of type application/problem+json, with further members beside the usual ones."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **members}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def tell_problems(app: FastAPI) -> None:
    """Answer every failure of an app as a problem."""

    @app.exception_handler(ProblemError)
    async def of_service(request: Request, error: ProblemError) -> Response:
        return problem(error.status, error.detail, error.headers, **error.members)

    @app.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def of_parameters(request: Request, error: RequestValidationError) -> Response:
        # Where, and not what: the framework's own answer repeats what was sent.
        where = ", ".join(sorted({".".join(map(str, fault["loc"])) for fault in error.errors()}))
        return problem(422, f"The request has a wrong or missing part: {where}.")

    @app.exception_handler(ClientDisconnect)
    async def hung_up(request: Request, error: ClientDisconnect) -> Response:
        return problem(400, "The body was not sent to its end.")  # nobody is there to read it

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        # The server logs the type and places of the error. Nobody outside learns more than that it was our fault.
        detail = "The service failed, and nothing was stored. Send the same again; if it stays so, tell its operator."
        return problem(500, detail)

    async def of_database(request: Request, error: Exception) -> Response:
        _log.error("database_failed", path=_route(request), error=type(error).__name__)
        detail = "The database does not answer. Send the same again in a few seconds: what was stored is a duplicate."
        return problem(503, detail, TRY_AGAIN)

    for trouble in (*_DATABASE_AWAY, *_of_the_driver()):
        app.add_exception_handler(trouble, of_database)


def _of_the_driver() -> tuple[type[Exception], ...]:
    """The errors of PostgreSQL's driver while a connection is made. None if the driver is not in use."""
    asyncpg = sys.modules.get("asyncpg")
    return () if asyncpg is None else (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


def _route(request: Request) -> str:
    # The path as declared: the one in the request may hold anything.
    return str(getattr(request.scope.get("route"), "path", "unknown"))
