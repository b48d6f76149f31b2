"""What the visitor can do: set the clock, record a visit, cross a bottom line, acknowledge it, answer a text."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from cli.demo.data.caseload import BREACH_TYPE, next_morning
from cli.demo.pages.demonstration import Demonstration
from service.domain.calendar import iso_local, local_day

SPEEDS = {"hour": 60.0, "day": 1440.0}

Name = Annotated[str, Form(max_length=200)]
Turn = Literal["pause", "go", "hour", "day", "skip"]
Visitor = Literal["worker", "partner"]


def same_site(request: Request) -> None:
    """Refuse what a page elsewhere makes the visitor's browser send: changes come from our own pages."""
    origin = request.headers.get("origin")
    stranger = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if stranger or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403, "This was sent by another site's page.")


class Actions:
    """The routes behind the forms; each leads back to the page that it came from."""

    def __init__(self, demonstration: Demonstration) -> None:
        self._demonstration = demonstration
        self.router = APIRouter(dependencies=[Depends(same_site)])
        for path, endpoint in (
            ("/demo/clock", self.clock),
            ("/demo/visit", self.visit),
            ("/demo/cross", self.cross),
            ("/demo/acknowledge", self.acknowledge),
            ("/demo/phones/{person}", self.answer),
        ):
            self.router.add_api_route(path, endpoint, methods=["POST"], response_class=RedirectResponse)

    async def clock(self, do: Annotated[Turn, Form()], back: Name = "/demo") -> RedirectResponse:
        """Pause the clock, set its pace, or skip to the next working morning."""
        here = self._demonstration
        if do == "pause":
            here.clock.pause()
        elif do == "skip":
            here.clock.skip_to(next_morning(here.clock.now()))
        else:
            here.clock.go(SPEEDS.get(do))
        return _back(back)

    async def visit(self, plan: Name, by: Annotated[Visitor, Form()], back: Name = "/demo") -> RedirectResponse:
        """Record a visit that was made today."""
        visitor = self._worker(plan) if by == "worker" else self._holder(plan, "key_professional")
        if visitor is None:
            raise HTTPException(404, "Nobody visits this plan in that role.")
        day = local_day(self._demonstration.clock.now())
        return await self._record(back, plan, "visit.recorded", by=visitor, on=day.isoformat())

    async def cross(self, plan: Name, back: Name = "/demo") -> RedirectResponse:
        """Report that a bottom line was crossed just now."""
        facts = {"bottom_line": "bl-1", "at": self._now(), "reported_by": self._worker(plan)}
        return await self._record(back, plan, BREACH_TYPE, **facts)

    async def acknowledge(self, plan: Name, alert: Name, person: Name, back: Name = "/demo") -> RedirectResponse:
        """Record that somebody has acknowledged an alert."""
        by = self._demonstration.person(person).id
        return await self._record(back, plan, "alert.acknowledged", alert=alert, by=by, at=self._now())

    async def answer(
        self, person: str, text: Annotated[str, Form(min_length=1, max_length=300)], back: Name = ""
    ) -> RedirectResponse:
        """Text the service from somebody's phone."""
        owner = self._demonstration.person(person)
        self._demonstration.clock.hold()
        await self._demonstration.sms_provider.send_from(owner.mobile, text)
        return _back(back or f"/phones/{owner.id}")

    async def _record(self, back: str, plan: str, type_: str, **data: object) -> RedirectResponse:
        authority = self._demonstration.caseload.plans.get(plan)
        if authority is None:
            raise HTTPException(404, "There is no such plan.")
        self._demonstration.clock.hold()  # what follows from it is due now
        await self._demonstration.record(authority, plan, type_, **data)
        return _back(back)

    def _now(self) -> str:
        return iso_local(self._demonstration.clock.now())

    def _worker(self, plan: str) -> str | None:
        """Who has the case now: the social worker, or the practitioner where there is none."""
        return self._holder(plan, "social_worker") or self._holder(plan, "key_professional")

    def _holder(self, plan: str, role: str) -> str | None:
        return self._demonstration.caseload.holder(plan, role, self._demonstration.clock.now())


def _back(address: str) -> RedirectResponse:
    # Only ever to a page of our own: `//elsewhere` would be another machine's.
    own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return RedirectResponse(address if own else "/demo", status_code=303)
