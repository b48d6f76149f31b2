"""Why a page is not shown, raised where that is found out: in words of its own, or as what is not there."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response

from service.api.problems import problem
from service.web.headers import page_headers
from service.web.layout import Layout


class PageError(Exception):
    """A page cannot be shown: a title, and what the reader can do."""

    def __init__(self, status: int, title: str, advice: str) -> None:
        super().__init__(title)
        self.status, self.title, self.advice = status, title, advice


class SignInNeeded(Exception):  # noqa: N818 - it leads to another page, and is no error
    """Nobody is signed in: the browser is sent to sign in, by `address`, which leads back afterwards."""

    def __init__(self, address: str) -> None:
        super().__init__("sign in")
        self.address = address


def not_there() -> PageError:
    """What is not there, and what is there and is not the reader's: the two look alike."""
    advice = "The address is mistyped, or what it led to is gone, or is not for you to see."
    return PageError(404, "Page not found", advice)


def tell_page_errors(app: FastAPI, layout: Layout | None = None) -> None:
    """Answer them, with pages where there is a layout."""

    @app.exception_handler(PageError)
    async def of_page(request: Request, error: PageError) -> Response:
        if layout is None:
            return problem(error.status, f"{error.title}. {error.advice}", page_headers())
        return await layout.page(request, None, "failure.html", error.title, error.status, advice=error.advice)

    @app.exception_handler(SignInNeeded)
    async def of_stranger(request: Request, error: SignInNeeded) -> Response:
        del request
        return RedirectResponse(error.address, HTTPStatus.SEE_OTHER, headers=page_headers())
