"""The page of an invitation: the owner of an account chooses a password, and sets up the second factor, in one go."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from config.database import reading, transaction
from service.app import Service
from service.store import accounts, begun
from service.store.accounts import UserAccount
from service.store.begun import Begun
from service.use_cases.access import passwords, second_factor
from service.use_cases.access.account_life import INVITATION, set_up_account
from service.web import csrf
from service.web.access_rules import PUBLIC
from service.web.cookies import Cookie
from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.page_errors import PageError
from service.web.sign_in import SignIn
from service.web.viewer import PASSWORD, Viewer

_LONGEST_TOKEN = 100
Text = Annotated[str, Form(max_length=300)]
Looking = Annotated[Viewer | None, Depends(PUBLIC)]


class Invitation:
    """The routes of invitations. The link is good once; opening it changes nothing."""

    def __init__(self, service: Service, layout: Layout, entry: SignIn) -> None:
        self._service, self._layout, self._entry = service, layout, entry
        self.router = APIRouter()
        self.router.add_api_route("/invitation/{token}", self.show, methods=["GET"], response_model=None)
        self.router.add_api_route("/invitation/{token}", self.take, methods=["POST"], response_model=None)

    async def show(self, request: Request, looking: Looking, token: str) -> Response:
        """The form, with the picture for the app."""
        del looking
        account, invitation = await self._invited(token)
        return await self._form(request, account, invitation)

    async def take(
        self, request: Request, looking: Looking, token: str, password: Text = "", again: Text = "", code: Text = ""
    ) -> Response:
        """Set the account up, and sign its owner in."""
        del looking
        account, invitation = await self._invited(token)
        now = self._service.clock.now()
        counter = second_factor.counter_of(invitation.data["totp"], code, now)
        errors = _faults(password, again, account, counter)
        if errors or counter is None:
            return await self._form(request, account, invitation, 422, errors)
        kept = await passwords.hashed(password)
        async with transaction(self._service.sessions) as session:
            owner = await set_up_account(session, token, kept, counter, now)
        if owner is None:
            raise _used_up()
        answer = RedirectResponse("/", 303, headers=page_headers())
        await self._entry.let_in(request, answer, owner, PASSWORD)
        return answer

    async def _invited(self, token: str) -> tuple[UserAccount, Begun]:
        now = self._service.clock.now()
        async with reading(self._service.sessions) as session:
            is_one = len(token) <= _LONGEST_TOKEN
            invitation = await begun.find(session, INVITATION, token, now) if is_one else None
            account = await accounts.find(session, invitation.account) if invitation and invitation.account else None
        if invitation is None or account is None or account.disabled_at is not None:
            raise _used_up()
        return account, invitation

    async def _form(
        self,
        request: Request,
        account: UserAccount,
        invitation: Begun,
        status: int = 200,
        errors: list[tuple[str, str]] | None = None,
    ) -> Response:
        cookie = Cookie.of(self._service.settings, request)
        secret, totp = csrf.form_secret(request, cookie) or csrf.new_form_secret(), invitation.data["totp"]
        values: dict[str, object] = {
            "name": account.name,
            "secret": second_factor.in_fours(totp),
            "uri": second_factor.uri(totp, account.name),
            "errors": errors or [],
        }
        values["picture"] = Markup(second_factor.picture(totp, account.name))  # noqa: S704 - made here, of a secret and an escaped name
        title, token = "Set up your account", csrf.token_for(secret)
        page = await self._layout.page(request, None, "invitation.html", title, status, csrf=token, **values)
        csrf.keep_form_secret(page, cookie, secret)
        return page


def _faults(password: str, again: str, account: UserAccount, counter: int | None) -> list[tuple[str, str]]:
    """What is wrong with what was typed, by field."""
    weakness = passwords.weakness(password, account.name, account.authority)
    faults = [("password", weakness)] if weakness else []
    if password != again:
        faults.append(("again", "The two passwords differ"))
    if counter is None:
        faults.append(("code", "That is not the code that the app shows now"))
    return faults


def _used_up() -> PageError:
    advice = "Each link can be used once, and for three days. Ask an administrator for a new one."
    return PageError(410, "This link is used up", advice)
