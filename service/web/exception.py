"""The page by which somebody looks at a plan beyond the rule: for which reason, which is written down and told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from config.database import transaction
from service.app import Service
from service.domain.own_id import OwnId
from service.use_cases.access.look_beyond import look_beyond
from service.web.access_rules import WORKS_WITH_PLANS, Proved
from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.viewer import Viewer, entrance_of

_SHORTEST, _LONGEST = 10, 1000  # letters of a reason
Text = Annotated[str, Form(max_length=2 * _LONGEST)]
Signed = Annotated[Viewer, Depends(Proved(WORKS_WITH_PLANS))]


class Exceptions:
    """The routes of looking beyond the rule."""

    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout
        self.router = APIRouter()
        self.router.add_api_route("/exception", self.ask, methods=["GET"], response_model=None)
        self.router.add_api_route("/exception", self.take, methods=["POST"], response_model=None)

    async def ask(self, request: Request, viewer: Signed) -> Response:
        """What it means, and the form."""
        return await self._form(request, viewer, "", "", [])

    async def take(self, request: Request, viewer: Signed, plan: Text = "", reason: Text = "") -> Response:
        """Write the reason down, tell the team manager, and show the plan."""
        reference, why = plan.strip(), reason.strip()
        errors = [("plan", "Say which plan: its reference")] if not reference else []
        if not _SHORTEST <= len(why) <= _LONGEST:
            errors.append(("reason", "Say why you need to see the plan, in a sentence"))
        if errors:
            return await self._form(request, viewer, reference, why, errors)
        own_id = OwnId(viewer.authority, reference)
        async with transaction(self._service.sessions) as session:
            now = self._service.clock.now()
            is_there = await look_beyond(session, self._service.book, viewer.own_id, own_id, why, now)
        if not is_there:
            return await self._form(request, viewer, reference, why, [("plan", "There is no plan with this reference")])
        address = f"/plans/{entrance_of(request).addresses.id_of(own_id)}"
        return RedirectResponse(address, 303, headers=page_headers())

    async def _form(
        self, request: Request, viewer: Viewer, plan: str, reason: str, errors: list[tuple[str, str]]
    ) -> Response:
        values: dict[str, object] = {"plan": plan, "reason": reason, "errors": errors, "csrf": viewer.csrf}
        title, status = "Look at a plan that is not yours", 422 if errors else 200
        return await self._layout.page(request, viewer, "exception.html", title, status, **values)
