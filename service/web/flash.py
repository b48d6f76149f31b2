"""What the page after a form says of it: one of a few fixed sentences, remembered by the browser for that one page."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from service.web.headers import page_headers

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
    "passkey-added": "The passkey is added. You can sign in with it from now on.",
    "passkey-removed": "The passkey is removed.",
    "sessions-ended": "You are signed out there.",
    "account-disabled": "The account is disabled. Its owner is signed out everywhere.",
    "calendar-ended": "The calendar can be read under its address no longer.",
}
_COOKIE = "planwatch-done"
_SECONDS = 60


def done(request: Request, path: str, sentence: str) -> Response:
    """The answer to a form that was sent: see the page at a path of ours, which says one of the sentences."""
    if sentence not in SENTENCES:
        raise ValueError(f"no sentence is named '{sentence}'; write it in service/web/flash.py")
    if not path.startswith("/") or path.startswith(("//", "/\\")) or urlsplit(path).netloc:
        raise ValueError("leads elsewhere")
    answer = RedirectResponse(path, 303, headers=page_headers())
    secure = request.url.scheme == "https"
    answer.set_cookie(_COOKIE, sentence, _SECONDS, path="/", httponly=True, secure=secure, samesite="lax")
    return answer


def sentence_of(request: Request) -> str | None:
    """What the page has to say of the form before it, if anything."""
    return SENTENCES.get(request.cookies.get(_COOKIE, ""))


def forget(answer: Response) -> None:
    """Say it once."""
    answer.delete_cookie(_COOKIE, path="/")
