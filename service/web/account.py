"""One's own account: in which roles one sees what, and one's sessions, each to be ended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from config.database import reading, transaction
from service.app import Service
from service.domain.telling.wording import role_text
from service.store import accounts, audit, passkeys, viewer_sessions
from service.store.audit import AuditEntry
from service.web.access_rules import SIGNED_IN, Proved
from service.web.flash import done
from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.viewer import OPENID, PASSKEY, PASSWORD, SIGN_IN, WAYS, Viewer, entrance_of, sign_out

Signed = Annotated[Viewer, Depends(SIGNED_IN)]
Shown = Annotated[Viewer, Depends(Proved(SIGNED_IN, parent=True))]


_WAYS = {PASSWORD: "password and code", PASSKEY: "passkey", OPENID: "the council’s account"}


class OwnAccount:
    """The routes of one's own account."""

    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout
        self.router = APIRouter()
        self.router.add_api_route("/account", self.show, methods=["GET"], response_model=None)
        self.router.add_api_route("/sign-out", self.leave, methods=["POST"], response_model=None)
        self.router.add_api_route("/account/sessions", self.end, methods=["POST"], response_model=None)

    async def show(self, request: Request, viewer: Signed) -> Response:
        """Roles and sessions."""
        entrance, now = entrance_of(request), self._service.clock.now()
        async with reading(self._service.sessions) as session:
            rows = await viewer_sessions.standing(session, viewer.own_id)
            account = await accounts.of_person(session, viewer.own_id)
            keys = await passkeys.of_account(session, account.id) if account else []
        roles = sorted(role_text(role) for role in viewer.roles)
        appointed = [name for name in ("administrator", "auditor") if getattr(viewer, name)]
        values: dict[str, object] = {
            "roles": roles,
            "appointed": appointed,
            "rows": [row for row in rows if entrance.stands(row, now)],
        }
        return await self._layout.page(
            request,
            viewer,
            "account.html",
            "Your account",
            200,
            here=viewer.session,
            ways=_WAYS,
            account=account,
            signs_in_here=bool(entrance.ways & WAYS),  # elsewhere, as in a demonstration, an account opens nothing
            keys=keys,
            **values,
        )

    async def end(self, request: Request, viewer: Shown, chosen: Annotated[str, Form(max_length=64)] = "") -> Response:
        """End one session of one's own, or all but this one."""
        now = self._service.clock.now()
        async with transaction(self._service.sessions) as session:
            if chosen:
                await viewer_sessions.end(session, chosen, viewer.own_id, now)
            else:
                await viewer_sessions.end_all(session, viewer.own_id, now, but=viewer.session)
            await audit.add(session, AuditEntry(now, viewer.authority, viewer.person, "sessions_ended"))
        return done(request, "/account", "sessions-ended")

    async def leave(self, request: Request, viewer: Signed) -> Response:
        """Sign out."""
        answer = RedirectResponse(SIGN_IN, 303, headers=page_headers())
        await sign_out(request, answer, viewer)
        return answer
