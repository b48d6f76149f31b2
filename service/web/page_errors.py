"""Why a page is not shown, raised where that is found out: in words of its own, or as what is not there."""

from __future__ import annotations


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
