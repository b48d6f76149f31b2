"""Passkeys on pages: one's own are added and removed, and one of them signs in. These pages alone have a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from config.database import reading, transaction
from service.api.refusing import let_stay, peer
from service.app import Service
from service.refused_requests import RefusalKind
from service.store import accounts, audit, passkeys, viewer_sessions
from service.store.accounts import UserAccount
from service.store.audit import AuditEntry
from service.web import csrf
from service.web.access_rules import PUBLIC, SIGNED_IN, Proved
from service.web.cookies import Cookie
from service.web.flash import done
from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.page_errors import PageError, not_there
from service.web.sign_in import SignIn
from service.web.viewer import PASSKEY, SIGN_IN, Viewer, safe_next

# Its library takes 14 MB: it is loaded where somebody uses a passkey.
if TYPE_CHECKING:
    from service.use_cases.access.ceremonies import Site

_LONGEST = 20_000  # letters of what a device answers
KEYS = "/account/passkeys"
Shown = Annotated[Viewer, Depends(Proved(SIGNED_IN))]
Removing = Annotated[Viewer, Depends(Proved(SIGNED_IN, parent=True))]
Looking = Annotated[Viewer | None, Depends(PUBLIC)]
Text = Annotated[str, Form(max_length=300)]
Answer = Annotated[str, Form(max_length=_LONGEST)]


class PasskeyPages:
    """The routes of passkeys."""

    def __init__(self, service: Service, layout: Layout, entry: SignIn) -> None:
        self._service, self._layout, self._entry = service, layout, entry
        self.router = APIRouter()
        for method, path, endpoint in (
            ("GET", KEYS, self.show),
            ("POST", KEYS, self.add),
            ("POST", f"{KEYS}/remove", self.remove),
            ("GET", f"{SIGN_IN}/passkey", self.ask),
            ("POST", f"{SIGN_IN}/passkey", self.take),
        ):
            self.router.add_api_route(path, endpoint, methods=[method], response_model=None)

    async def show(self, request: Request, viewer: Shown) -> Response:
        """One's passkeys, and the way to add one."""
        return await self._page(request, viewer, await self._account(viewer))

    async def add(
        self, request: Request, viewer: Shown, token: Text = "", credential: Answer = "", name: Text = ""
    ) -> Response:
        """Keep what the device has made."""
        account, now = await self._account(viewer), self._service.clock.now()
        called = name.strip()[:60] or "Passkey"
        from service.use_cases.access import ceremonies

        if not await ceremonies.add(
            self._service.sessions, self._site(request), account, token, credential, called, now
        ):
            errors = [("name", "That passkey could not be added. Try again, or use another device")]
            return await self._page(request, viewer, account, errors)
        async with transaction(self._service.sessions) as session:
            await viewer_sessions.end_all(session, viewer.own_id, now, but=viewer.session)
        return done(request, KEYS, "passkey-added")

    async def remove(self, request: Request, viewer: Removing, key: Annotated[str, Form(max_length=400)]) -> Response:
        """Forget a passkey; not the last one of an account that has no app for codes."""
        account, now = await self._account(viewer), self._service.clock.now()
        async with transaction(self._service.sessions) as session:
            keys = [each.id for each in await passkeys.of_account(session, account.id)]
            if key in keys and (account.totp_confirmed or account.subject or len(keys) > 1):
                await passkeys.forget(session, account.id, key)
                await viewer_sessions.end_all(session, viewer.own_id, now, but=viewer.session)
                await audit.add(session, AuditEntry(now, viewer.authority, viewer.person, "passkey_removed"))
                return done(request, KEYS, "passkey-removed")
        if key not in keys:
            raise not_there()
        errors = [("keys", "You need this passkey to sign in. Set up an app for codes first, or add another passkey")]
        return await self._page(request, viewer, account, errors)

    async def ask(self, request: Request, looking: Looking, next: str = "/") -> Response:  # noqa: A002
        """The page that asks the device."""
        return await self._form(request, looking, safe_next(next))

    async def take(
        self,
        request: Request,
        looking: Looking,
        token: Text = "",
        credential: Answer = "",
        next: Text = "/",  # noqa: A002
    ) -> Response:
        """Begin a session for whoever showed a passkey."""
        now = self._service.clock.now()
        from service.use_cases.access import ceremonies

        account = await ceremonies.shown(self._service.sessions, self._site(request), token, credential, now)
        if account is None:
            self._service.refused_requests.note(RefusalKind.SIGN_IN_WRONG, peer(request))
            errors = [("passkey", "That did not work. Try again, or sign in with your password")]
            return await self._form(request, looking, safe_next(next), errors)
        let_stay(request)
        answer = RedirectResponse(safe_next(next), 303, headers=page_headers())
        await self._entry.let_in(request, answer, account, PASSKEY)
        return answer

    async def _account(self, viewer: Viewer) -> UserAccount:
        async with reading(self._service.sessions) as session:
            account = await accounts.of_person(session, viewer.own_id)
        if account is None:
            raise PageError(404, "You have no account here", "You sign in by other means than an account of planwatch.")
        return account

    async def _page(
        self, request: Request, viewer: Viewer, account: UserAccount, errors: list[tuple[str, str]] | None = None
    ) -> Response:
        from service.use_cases.access import ceremonies

        now, site = self._service.clock.now(), self._site(request)
        ceremony = await ceremonies.begin_adding(self._service.sessions, site, account, now)
        async with reading(self._service.sessions) as session:
            keys = await passkeys.of_account(session, account.id)
        values: dict[str, object] = {"keys": keys, "ceremony": ceremony, "errors": errors or []}
        values["most"] = ceremonies.MOST_KEYS
        status = 422 if errors else 200
        return await self._layout.page(
            request, viewer, "passkeys.html", "Your passkeys", status, scripted=True, **values
        )

    async def _form(
        self, request: Request, looking: Viewer | None, after: str, errors: list[tuple[str, str]] | None = None
    ) -> Response:
        from service.use_cases.access.ceremonies import begin_showing

        cookie = Cookie.of(self._service.settings, request)
        secret = csrf.form_secret(request, cookie) or csrf.new_form_secret()
        ceremony = await begin_showing(self._service.sessions, self._site(request), self._service.clock.now())
        token = looking.csrf if looking else csrf.token_for(secret)
        values: dict[str, object] = {"csrf": token, "ceremony": ceremony, "next": after, "errors": errors or []}
        page = await self._layout.page(
            request, None, "sign_in_passkey.html", "Sign in", 401 if errors else 200, scripted=True, **values
        )
        csrf.keep_form_secret(page, cookie, secret)
        return page

    def _site(self, request: Request) -> Site:
        from service.use_cases.access.ceremonies import Site

        root = urlsplit(self._service.settings.public_url or str(request.base_url))
        return Site(root.hostname or "", f"{root.scheme}://{root.netloc}")
