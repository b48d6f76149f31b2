"""What the page after a form says of it: one of a few fixed sentences, remembered by the browser for that one page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from service.web.cookies import COOKIES, Cookie
from service.web.headers import page_headers
from service.web.viewer import entrance_of

# The browser is given the name alone. A sentence holds nothing of a case.
SENTENCES: Mapping[str, str] = {
    "recorded": "It is recorded.",
    "withdrawn": "The entry is withdrawn: everything is as if it had never been made, except what was sent.",
    "acknowledged": "You have acknowledged the alert. Below you see who else has, and who has not.",
    "closed": "The alert is closed. Nothing more is sent about it.",
    "read": "Noted as read.",
    "noted": "Noted as dealt with. It comes back if it happens again.",
    "away": "It is recorded. Reminders and alerts go to whoever covers.",
    "away-alone": "It is recorded. Nobody covers: reminders still go to whoever is away, and to a manager as well.",
    "decided": "The decision is recorded. It holds from now on.",
    "handed-over": "The plans are handed over. The new holder is told the next working morning what is open on them.",
    "app-changed": "From now on the codes of the new key count. Your other sessions have ended.",
    "app-removed": "The app is of no more use. You sign in with a passkey.",
    "password-changed": "Your password is changed. Your other sessions have ended.",
    "passkey-added": "The passkey is added. You can sign in with it from now on. Your other sessions have ended.",
    "passkey-removed": "The passkey is removed. Your other sessions have ended.",
    "sessions-ended": "You are signed out there.",
    "account-disabled": "The account is disabled. Its owner is signed out everywhere.",
    "calendar-ended": "The calendar can be read under its address no longer.",
}
_COOKIE = "done"
_SECONDS = 60
_LONGEST = max(map(len, SENTENCES))  # letters


def done(request: Request, path: str, sentence: str) -> Response:
    """The answer to a form that was sent: see the page at a path of ours, which says one of the sentences."""
    if sentence not in SENTENCES:
        raise ValueError(f"no sentence is named '{sentence}'; write it in service/web/flash.py")
    if not path.startswith("/") or path.startswith(("//", "/\\")) or urlsplit(path).netloc:
        raise ValueError("leads elsewhere")
    answer = RedirectResponse(path, 303, headers=page_headers())
    Cookie.of(entrance_of(request).service.settings, request).write(answer, _COOKIE, sentence, _SECONDS)
    return answer


def sentence_of(request: Request) -> str | None:
    """What the page has to say of the form before it, if anything."""
    kept = (cookie.read(request, _COOKIE, _LONGEST) or "" for cookie in COOKIES)
    return next((SENTENCES[name] for name in kept if name in SENTENCES), None)


def forget(request: Request, answer: Response) -> None:
    """Say it once."""
    for cookie in COOKIES:
        if cookie.read(request, _COOKIE, _LONGEST) is not None:
            cookie.forget(answer, _COOKIE)
