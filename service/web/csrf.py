"""What shows that a form is one of ours: a token on the page, and where the browser says that it comes from."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from service.web.cookies import Cookie
from service.web.page_errors import PageError

FIELD = "csrf"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_FORM_TOKEN = 100
_FORM_MINUTES = 60


def token_for(secret: str) -> str:
    """The token that a form carries for the holder of a secret: that of a session, or of one form."""
    return hmac.new(secret.encode(), b"planwatch form", hashlib.sha256).hexdigest()


async def check(request: Request, secret: str | None) -> None:
    """Refuse a request that changes something and does not come from one of our pages; PageError 403.

    `secret` is what the browser keeps in a cookie; None: it kept none.
    """
    if request.method in _READS:
        return
    field = (await request.form()).get(FIELD)
    expected = token_for(secret) if secret else ""
    given = field if isinstance(field, str) else ""
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()) or not same_site(request):
        words = "The page had stood open for too long, or was sent from elsewhere. Go back, load it again, and send it."
        raise PageError(403, "Nothing was changed", words)


def form_secret(request: Request, cookie: Cookie) -> str | None:
    """What a browser of somebody who is not signed in kept for the form that it shows."""
    return cookie.read(request, "form", _LONGEST_FORM_TOKEN)


def keep_form_secret(response: Response, cookie: Cookie, secret: str) -> None:
    """Let a browser keep the secret of the form on this page."""
    cookie.write(response, "form", secret, seconds=_FORM_MINUTES * 60)


def new_form_secret() -> str:
    """A secret for the forms of somebody who is not signed in."""
    return secrets.token_urlsafe(24)


def same_site(request: Request) -> bool:
    """Whether the browser, where it says so, says that our own page sent this."""
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return False
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
