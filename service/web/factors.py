"""One's own password and app for codes: changed by whoever has just shown who they are; other sessions end by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import reading, transaction
from service.app import Service
from service.store import accounts, audit, begun, passkeys, viewer_sessions
from service.store.accounts import UserAccount
from service.store.audit import AuditEntry
from service.use_cases.access import passwords, second_factor
from service.use_cases.access.prove import Verdict, prove_own_password
from service.web.access_rules import SIGNED_IN, Proved
from service.web.flash import done
from service.web.layout import Layout
from service.web.page_errors import PageError
from service.web.viewer import Viewer

APP, PASSWORD_PAGE = "/account/app", "/account/password"
_KIND = "second_factor"
_LASTS = timedelta(minutes=30)
Shown = Annotated[Viewer, Depends(Proved(SIGNED_IN))]
Removing = Annotated[Viewer, Depends(Proved(SIGNED_IN, parent=True))]
Text = Annotated[str, Form(max_length=300)]
Errors = list[tuple[str, str]]
_NOT_PROVED: Mapping[Verdict, str] = {
    "wrong": "That is not the password that you have now",
    "too_many": "There were too many tries. Wait a quarter of an hour",
}


class Factors:
    """The routes of what an account is proved by, but for passkeys."""

    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout
        self.router = APIRouter()
        for method, path, endpoint in (
            ("GET", APP, self.show_app),
            ("POST", APP, self.change_app),
            ("POST", f"{APP}/remove", self.remove_app),
            ("GET", PASSWORD_PAGE, self.show_password),
            ("POST", PASSWORD_PAGE, self.change_password),
        ):
            self.router.add_api_route(path, endpoint, methods=[method], response_model=None)

    async def show_app(self, request: Request, viewer: Shown) -> Response:
        """A new key for the app, with its picture."""
        account, secret = await self._account(viewer), second_factor.new_secret()
        async with transaction(self._service.sessions) as session:
            now = self._service.clock.now()
            token = await begun.begin(session, _KIND, now, _LASTS, account.id, totp=secret)
        return await self._app(request, viewer, account, token, secret)

    async def change_app(self, request: Request, viewer: Shown, token: Text = "", code: Text = "") -> Response:
        """Take the new key, once its app has shown a code."""
        account, now = await self._account(viewer), self._service.clock.now()
        async with reading(self._service.sessions) as session:
            beginning = await begun.find(session, _KIND, token, now)
        if beginning is None or beginning.account != account.id:
            raise PageError(410, "That took too long", "Go back to your account, and begin again.")
        secret = beginning.data["totp"]
        counter = second_factor.counter_of(secret, code, now)
        if counter is None:
            errors = [("code", "That is not the code that the app shows now")]
            return await self._app(request, viewer, account, token, secret, errors)
        async with transaction(self._service.sessions) as session:
            await begun.take(session, _KIND, token, now)
            await accounts.change(session, account.id, totp=secret, totp_counter=counter, totp_confirmed=True)
            await self._note(session, viewer, "app_changed")
        return done(request, "/account", "app-changed")

    async def remove_app(self, request: Request, viewer: Removing) -> Response:
        """Do without an app, where a passkey signs in."""
        account = await self._account(viewer)
        async with transaction(self._service.sessions) as session:
            if not await passkeys.of_account(session, account.id):
                raise PageError(
                    409, "You need the app to sign in", "Add a passkey first: then you can do without the app."
                )
            await accounts.change(session, account.id, totp=None, totp_counter=None, totp_confirmed=False)
            await self._note(session, viewer, "app_removed")
        return done(request, "/account", "app-removed")

    async def show_password(self, request: Request, viewer: Shown) -> Response:
        """The form for a new password."""
        return await self._password(request, viewer, await self._account(viewer), [])

    async def change_password(
        self, request: Request, viewer: Shown, current: Text = "", password: Text = "", again: Text = ""
    ) -> Response:
        """Take a new password from whoever knows the one before: a screen left open is not enough."""
        account = await self._account(viewer)
        weakness = passwords.weakness(password, account.name, account.authority)
        errors = [] if current else [("current", "Write the password that you have now")]
        errors += [("password", weakness)] if weakness else []
        errors += [("again", "The two passwords differ")] if password != again else []
        if not errors:
            verdict = await prove_own_password(self._service.sessions, account, current, self._service.clock.now())
            errors = [("current", _NOT_PROVED[verdict])] if verdict else []
        if errors:
            return await self._password(request, viewer, account, errors)
        kept = await passwords.hashed(password)
        async with transaction(self._service.sessions) as session:
            await accounts.change(session, account.id, password=kept)
            await self._note(session, viewer, "password_changed")
        return done(request, "/account", "password-changed")

    async def _account(self, viewer: Viewer) -> UserAccount:
        async with reading(self._service.sessions) as session:
            account = await accounts.of_person(session, viewer.own_id)
        if account is None or account.password is None:
            raise PageError(
                404, "You have no password here", "You sign in by the council’s account: its password is changed there."
            )
        return account

    async def _note(self, session: AsyncSession, viewer: Viewer, action: str) -> None:
        """End the other sessions, and write into the audit what was changed."""
        now = self._service.clock.now()
        await viewer_sessions.end_all(session, viewer.own_id, now, but=viewer.session)
        await audit.add(session, AuditEntry(now, viewer.authority, viewer.person, action))

    async def _app(
        self,
        request: Request,
        viewer: Viewer,
        account: UserAccount,
        token: str,
        secret: str,
        errors: Errors | None = None,
    ) -> Response:
        async with reading(self._service.sessions) as session:
            has_passkey = bool(await passkeys.of_account(session, account.id))
        values: dict[str, object] = {"token": token, "secret": second_factor.in_fours(secret), "errors": errors or []}
        values["picture"] = Markup(second_factor.picture(secret, account.name))  # noqa: S704 - made here, of a secret and an escaped name
        values |= {"uri": second_factor.uri(secret, account.name)}
        values |= {"has_app": account.totp_confirmed, "has_passkey": has_passkey}
        status = 422 if errors else 200
        return await self._layout.page(request, viewer, "app_for_codes.html", "Your app for codes", status, **values)

    async def _password(self, request: Request, viewer: Viewer, account: UserAccount, errors: Errors) -> Response:
        status = 422 if errors else 200
        return await self._layout.page(
            request, viewer, "password.html", "Change your password", status, name=account.name, errors=errors
        )
