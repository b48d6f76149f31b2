"""Signing in by name, password and code."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from config.database import reading, transaction
from service.api.refusing import let_stay, peer
from service.app import Service
from service.refused_requests import RefusalKind
from service.store import accounts, audit, begun
from service.store.accounts import UserAccount
from service.store.audit import AuditEntry
from service.use_cases.access.prove import Tried, Verdict, prove_code, prove_password
from service.web import csrf
from service.web.access_rules import PUBLIC
from service.web.cookies import Cookie
from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.viewer import PASSWORD, SIGN_IN, Viewer, safe_next, sign_in, viewer_or_none

_CODE = "code"
_CODE_LASTS = timedelta(minutes=10)
_LONGEST_COOKIE = 200
_KNOWN_FOR = 180 * 24 * 3600  # seconds
_TOO_MANY = "There were too many tries. Wait a quarter of an hour, or ask an administrator for a new link."
# Which of the two is wrong is nobody's to know.
_WRONG_PASSWORD: dict[Verdict, str] = {
    "wrong": "Name and password do not belong together. Check both, and try again.",
    "too_many": _TOO_MANY,
}
_WRONG_CODE: dict[Verdict, str] = {
    "wrong": "That code is not right. Write the one that the app shows now.",
    "too_many": _TOO_MANY,
}
Text = Annotated[str, Form(max_length=300)]
Looking = Annotated[Viewer | None, Depends(PUBLIC)]


def _needed(name: str, password: str) -> tuple[tuple[str, str, str], ...]:
    return (("name", "Write the name that you sign in with", name), ("password", "Write your password", password))


class SignIn:
    """The routes of signing in."""

    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout
        self.router = APIRouter()
        for method, path, endpoint in (
            ("GET", SIGN_IN, self.ask),
            ("POST", SIGN_IN, self.take),
            ("GET", f"{SIGN_IN}/code", self.ask_code),
            ("POST", f"{SIGN_IN}/code", self.take_code),
        ):
            self.router.add_api_route(path, endpoint, methods=[method], response_model=None)

    async def ask(
        self,
        request: Request,
        looking: Looking,
        next: str = "/",  # noqa: A002
        again: str = "",
    ) -> Response:
        """The form for name and password; `again`: also for whoever is signed in, and is to show that it is them."""
        if looking is not None and not again:
            return RedirectResponse(safe_next(next), 303, headers=page_headers())
        return await self._form(request, "sign_in.html", next=safe_next(next), name="", again=looking)

    async def take(
        self,
        request: Request,
        looking: Looking,
        name: Text = "",
        password: Text = "",
        next: Text = "/",  # noqa: A002
    ) -> Response:
        """Look at name and password; a code is asked for next."""
        if left_out := [(field, text) for field, text, typed in _needed(name, password) if not typed.strip()]:
            values = {"next": safe_next(next), "name": name, "errors": left_out, "again": looking}
            return await self._form(request, "sign_in.html", 422, **values)
        now = self._service.clock.now()
        tried = Tried(name, peer(request), self._device_of(request))
        verdict = await prove_password(self._service.sessions, tried, password, now)
        if not isinstance(verdict, UserAccount):
            self._note(request, verdict)
            status = 429 if verdict == "too_many" else 401
            errors = [("name", _WRONG_PASSWORD[verdict])]
            return await self._form(
                request, "sign_in.html", status, next=safe_next(next), name=name, errors=errors, again=looking
            )
        let_stay(request)
        async with transaction(self._service.sessions) as session:
            token = await begun.begin(session, _CODE, now, _CODE_LASTS, verdict.id, next=safe_next(next))
        answer = RedirectResponse(f"{SIGN_IN}/code", 303, headers=page_headers())
        self._cookie(request).write(answer, _CODE, token, int(_CODE_LASTS.total_seconds()))
        return answer

    async def ask_code(self, request: Request, looking: Looking) -> Response:
        """The form for the second factor's code."""
        del looking
        if await self._awaited(request) is None:
            return RedirectResponse(SIGN_IN, 303, headers=page_headers())
        return await self._form(request, "sign_in_code.html")

    async def take_code(self, request: Request, looking: Looking, code: Text = "") -> Response:
        """Look at the code, and begin the session."""
        del looking
        account = await self._awaited(request)
        if account is None:
            return RedirectResponse(SIGN_IN, 303, headers=page_headers())
        now = self._service.clock.now()
        verdict = await prove_code(self._service.sessions, account, code, now)
        if verdict is not None:
            self._note(request, verdict)
            status = 429 if verdict == "too_many" else 401
            return await self._form(request, "sign_in_code.html", status, errors=[("code", _WRONG_CODE[verdict])])
        async with transaction(self._service.sessions) as session:
            ended = await begun.take(session, _CODE, self._token(request) or "", now)
        answer = RedirectResponse(safe_next(ended.data["next"] if ended else "/"), 303, headers=page_headers())
        self._cookie(request).forget(answer, _CODE)
        await self.let_in(request, answer, account, PASSWORD)
        return answer

    async def let_in(
        self, request: Request, answer: Response, account: UserAccount, way: str, proved_at: datetime | None = None
    ) -> None:
        """Begin a session for the owner of an account, and know the device again.

        `proved_at`: when they showed who they are; by default just now.
        """
        await sign_in(request, answer, account.own_id, way, account.id, proved_at)
        device = f"{account.id}.{self._mark(account.id)}"
        self._cookie(request).write(answer, "known", device, _KNOWN_FOR)
        async with transaction(self._service.sessions) as session:
            entry = AuditEntry(self._service.clock.now(), account.authority, account.person, "signed_in", detail=way)
            await audit.add(session, entry)

    async def _form(self, request: Request, template: str, status: int = 200, **values: object) -> Response:
        looking = await viewer_or_none(request)
        secret = csrf.form_secret(request, self._cookie(request)) or csrf.new_form_secret()
        title, token = "Sign in", looking.csrf if looking else csrf.token_for(secret)
        page = await self._layout.page(
            request, None, template, title, status, csrf=token, issuer=self._service.settings.openid_issuer, **values
        )
        csrf.keep_form_secret(page, self._cookie(request), secret)
        return page

    async def _awaited(self, request: Request) -> UserAccount | None:
        """Whose code is awaited from this browser."""
        token, now = self._token(request), self._service.clock.now()
        async with reading(self._service.sessions) as session:
            waiting = await begun.find(session, _CODE, token, now) if token else None
            account = await accounts.find(session, waiting.account) if waiting and waiting.account else None
        return None if account is None or account.disabled_at is not None else account

    def _token(self, request: Request) -> str | None:
        return self._cookie(request).read(request, _CODE, _LONGEST_COOKIE)

    def _cookie(self, request: Request) -> Cookie:
        return Cookie.of(self._service.settings, request)

    def _device_of(self, request: Request) -> str | None:
        """The account whose owner has signed in from this browser before."""
        account, _, mark = (self._cookie(request).read(request, "known", _LONGEST_COOKIE) or "").partition(".")
        return account if hmac.compare_digest(mark.encode(), self._mark(account).encode()) else None

    def _mark(self, account: str) -> str:
        key = b"planwatch device\0" + self._service.delivery.secret
        return hmac.new(key, account.encode(), hashlib.sha256).hexdigest()

    def _note(self, request: Request, verdict: Verdict) -> None:
        kind = RefusalKind.SIGN_IN_LIMITED if verdict == "too_many" else RefusalKind.SIGN_IN_WRONG
        self._service.refused_requests.note(kind, peer(request))
