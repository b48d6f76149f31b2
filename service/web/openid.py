"""Signing in by an issuer of OpenID Connect: the way there, and back. What is under way stands in a table."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from config.database import transaction
from service.api.refusing import let_stay, peer
from service.app import Service
from service.refused_requests import RefusalKind
from service.store import accounts, begun
from service.store.accounts import UserAccount
from service.store.begun import Begun
from service.use_cases.access.openid import OpenIdError, OpenIdIssuer
from service.web import csrf
from service.web.access_rules import PUBLIC
from service.web.cookies import Cookie
from service.web.headers import page_headers
from service.web.page_errors import PageError
from service.web.sign_in import SignIn
from service.web.viewer import OPENID, SIGN_IN, Viewer, safe_next, sign_in_path

_log = structlog.get_logger(__name__)
_LASTS = timedelta(minutes=10)
_BACK = f"{SIGN_IN}/openid/back"
_UNSAID = timedelta(days=1)
_LONGEST = 4_000  # letters of what an issuer sends back
Looking = Annotated[Viewer | None, Depends(PUBLIC)]


class OpenIdSignIn:
    """The routes to the issuer and back."""

    def __init__(self, service: Service, issuer: OpenIdIssuer, entry: SignIn) -> None:
        self._service, self._issuer, self._entry = service, issuer, entry
        self.router = APIRouter()
        self.router.add_api_route(f"{SIGN_IN}/openid", self.go, methods=["GET"], response_model=None)
        self.router.add_api_route(_BACK, self.back, methods=["GET"], response_model=None)

    async def go(
        self,
        request: Request,
        looking: Looking,
        next: str = "/",  # noqa: A002
        again: str = "",
    ) -> Response:
        """Send somebody to the issuer. Each tab has a state of its own, all bound to the browser.

        `again`: the issuer is to ask anew who it is, and to say when it did.
        """
        del looking
        if not csrf.same_site(request):  # a link elsewhere begins no session: the page asks whoever follows it
            return RedirectResponse(sign_in_path(safe_next(next)), 303, headers=page_headers())
        cookie, now = Cookie.of(self._service.settings, request), self._service.clock.now()
        secret = csrf.form_secret(request, cookie) or csrf.new_form_secret()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with transaction(self._service.sessions) as session:
            remembered = {
                "nonce": nonce,
                "verifier": verifier,
                "next": safe_next(next),
                "browser": _mark(secret),
                "again": again[:1],
            }
            state = await begun.begin(session, OPENID, now, _LASTS, **remembered)
        try:
            address = await self._issuer.address(self._back_at(request), state, nonce, verifier, again=bool(again))
        except OpenIdError as fault:
            raise self._failed(fault) from None
        answer = RedirectResponse(address, 303, headers=page_headers())
        csrf.keep_form_secret(answer, cookie, secret)
        return answer

    async def back(
        self,
        request: Request,
        looking: Looking,
        state: Annotated[str, Query(max_length=100)] = "",
        code: Annotated[str, Query(max_length=_LONGEST)] = "",
    ) -> Response:
        """Begin a session for whom the issuer says it is, if that is one of ours."""
        del looking
        cookie, now = Cookie.of(self._service.settings, request), self._service.clock.now()
        async with transaction(self._service.sessions) as session:
            way = await begun.take(session, OPENID, state, now)
        if way is None or not code or not _is_of(way, csrf.form_secret(request, cookie)):
            self._service.refused_requests.note(RefusalKind.SIGN_IN_WRONG, peer(request))
            raise PageError(
                400, "Signing in was not finished", "It took too long, or was begun elsewhere. Begin again."
            )
        try:
            claims = await self._issuer.claims(
                code, self._back_at(request), way.data["nonce"], way.data["verifier"], now
            )
        except OpenIdError as fault:
            raise self._failed(fault) from None
        if way.data["again"] and now - _proved_at(claims, now) > _LASTS:
            advice = "The council's sign-in did not ask again who you are. Sign out there, and try again."
            raise PageError(403, "You have not shown that it is you", advice)
        account = await self._account(claims)
        if account is None:
            self._service.refused_requests.note(RefusalKind.SIGN_IN_WRONG, peer(request))
            advice = (
                "You are known to the council, and have no account here. Ask an administrator of planwatch for one."
            )
            raise PageError(403, "There is no account for you", advice)
        let_stay(request)
        answer = RedirectResponse(safe_next(way.data["next"]), 303, headers=page_headers())
        await self._entry.let_in(request, answer, account, OPENID, _proved_at(claims, now))
        return answer

    async def _account(self, claims: Mapping[str, Any]) -> UserAccount | None:
        """The account of a subject; else the one with this verified address, which is bound to it from now on."""
        subject, email = str(claims["sub"]), claims.get("email")
        async with transaction(self._service.sessions) as session:
            account = await accounts.of_subject(session, self._issuer.issuer, subject)
            if account is None and isinstance(email, str) and claims.get("email_verified") is True:
                account = await accounts.with_name(session, email)
                if account is None or account.subject is not None:
                    return None
                await accounts.change(session, account.id, issuer=self._issuer.issuer, subject=subject)
        return account if account is not None and account.disabled_at is None else None

    def _back_at(self, request: Request) -> str:
        root = self._service.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
        return f"{root}{_BACK}"

    def _failed(self, fault: OpenIdError) -> PageError:
        _log.error("openid_failed", fault=str(fault))
        advice = "The council's sign-in does not answer as it should. Try again in a few minutes."
        return PageError(502, "You could not be signed in", advice)


def _proved_at(claims: Mapping[str, Any], now: datetime) -> datetime:
    """When somebody showed the issuer who they are; where it does not say so, too long ago to count."""
    shown_at = claims.get("auth_time")
    if not isinstance(shown_at, int) or not 0 < shown_at <= now.timestamp():
        return now - _UNSAID
    return datetime.fromtimestamp(shown_at, UTC)


def _mark(secret: str) -> str:
    return hashlib.sha256(b"planwatch browser\0" + secret.encode()).hexdigest()


def _is_of(way: Begun, secret: str | None) -> bool:
    return secret is not None and hmac.compare_digest(way.data["browser"], _mark(secret))
