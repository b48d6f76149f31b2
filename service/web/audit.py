"""The audit as auditors read it: who saw and changed what, the newest first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from config.database import reading
from service.app import Service
from service.domain.events.event_types import EVENT_TYPES
from service.store import audit
from service.web.access_rules import AUDITOR
from service.web.layout import Layout
from service.web.recording.facts import title_of
from service.web.viewer import Viewer

_ROWS = 50
ACTIONS = {
    "signed_in": "signed in",
    "sessions_ended": "ended sessions of their own",
    "plan_seen": "saw the plan",
    "plan_seen_by_exception": "saw the plan beyond the rule, for a reason",
    "plan_asked_for_in_vain": "asked beyond the rule for a plan that is not there",
    "recorded": "recorded",
    "password_changed": "changed their password",
    "app_changed": "changed their app for codes",
    "app_removed": "did without their app for codes",
    "passkey_added": "added a passkey",
    "passkey_removed": "removed a passkey",
    "account_added": "made an account",
    "account_set_up": "an account was set up",
    "account_reset": "began an account anew",
    "account_disabled": "disabled an account",
}


def audit_router(service: Service, layout: Layout) -> APIRouter:
    """The route of the audit."""
    router = APIRouter()

    @router.get("/audit", response_model=None)
    async def show(
        request: Request,
        viewer: Annotated[Viewer, Depends(AUDITOR)],
        before: Annotated[int | None, Query(ge=1)] = None,
    ) -> Response:
        """Fifty lines; `before`: older than the line of this number."""
        async with reading(service.sessions) as session:
            listed = await audit.latest(session, viewer.authority, _ROWS + 1, before)
        lines = listed[:_ROWS]
        recorded = {name: title_of(row) for name, row in EVENT_TYPES.items()}
        older = f"/audit?before={lines[-1].number}" if len(listed) > _ROWS else None
        return await layout.page(
            request, viewer, "audit.html", "Audit", lines=lines, older=older, actions=ACTIONS, recorded=recorded
        )

    return router
