"""Failures as pages, for whoever asked with a browser; everybody else is answered as before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.page_errors import PageError, SignInNeeded

_Answer = Callable[[Any, Any], Awaitable[Response] | Response]
_SENTENCES: Mapping[int, tuple[str, str]] = {
    400: ("This could not be read", "Go back and try again."),
    403: ("This is not for you to see", "If you need it for your work, have your role on the plan recorded."),
    404: ("Page not found", "The address is mistyped, or what it led to is gone, or is not for you to see."),
    413: ("That is too long", "Send less at once."),
    429: ("Too many tries", "Wait a few minutes, and try again."),
    500: ("planwatch has failed", "Nothing was stored. Try again; if it stays so, tell whoever runs planwatch."),
    503: ("planwatch cannot reach its database", "Nothing was stored. Try again in a minute."),
}
_OF_PROGRAMS = ("/v1/", "/healthz", "/readyz", "/metrics")


def fail_on_pages(app: FastAPI, layout: Layout) -> None:
    """Give every failure of an app that a browser meets a page, with the status and headers that it had.

    What a page itself raises is said in its own words, and a stranger is sent to sign in.
    """
    for kind, answer in list(app.exception_handlers.items()):
        app.add_exception_handler(kind, _dressed(answer, layout))

    @app.exception_handler(PageError)
    async def of_page(request: Request, error: PageError) -> Response:
        return await layout.page(request, None, "failure.html", error.title, error.status, advice=error.advice)

    @app.exception_handler(SignInNeeded)
    async def of_stranger(request: Request, error: SignInNeeded) -> Response:
        del request
        return RedirectResponse(error.address, HTTPStatus.SEE_OTHER, headers=page_headers())


def _dressed(answer: _Answer, layout: Layout) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def dressed(request: Request, error: Exception) -> Response:
        undressed = answer(request, error)
        plain = undressed if isinstance(undressed, Response) else await undressed
        return await failure(layout, request, plain) if wants_page(request) and plain.status_code >= 400 else plain

    return dressed


def wants_page(request: HTTPConnection) -> bool:
    """Whether a browser asks, and not a program."""
    accepts = "text/html" in request.headers.get("accept", "")
    return accepts and not request.url.path.startswith(_OF_PROGRAMS)


async def failure(layout: Layout, request: Request, plain: Response) -> Response:
    """The page for an answer that is a failure. It says nothing of what was asked."""
    status = 404 if plain.status_code in (405, 422) else plain.status_code
    title, advice = _SENTENCES.get(status, _SENTENCES[400 if status < 500 else 500])
    page = await layout.page(request, None, "failure.html", title, status, advice=advice)
    kept = {name: value for name, value in plain.headers.items() if name in ("retry-after", "connection")}
    page.headers.update(kept)
    return page


def missing() -> HTTPException:
    """What is not there, or not for the one who asks: the two look alike."""
    return HTTPException(404, "There is no such page.")
