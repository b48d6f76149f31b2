"""What the visitor can do: set the clock, cross a bottom line, acknowledge it, answer a text."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from cli.demo.data.caseload import next_morning
from cli.demo.pages.demonstration import Demonstration
from service.domain.calendar import iso_local
from service.domain.events.event_types import BREACH
from service.web import csrf

SPEEDS = {"hour": 60.0, "day": 1440.0}

Name = Annotated[str, Form(max_length=200)]
Turn = Literal["pause", "go", "hour", "day", "skip"]


def from_here(request: Request) -> None:
    """Refuse what a page elsewhere makes the visitor's browser send: changes come from our own pages."""
    if not csrf.same_site(request):
        raise HTTPException(403, "This was sent by another site's page.")


class Actions:
    """The routes behind the forms; each leads back to the page that it came from."""

    def __init__(self, demonstration: Demonstration) -> None:
        self._demonstration = demonstration
        self.router = APIRouter(dependencies=[Depends(from_here)])
        for path, endpoint in (
            ("/demo/clock", self.clock),
            ("/demo/cross", self.cross),
            ("/demo/acknowledge", self.acknowledge),
            ("/demo/phones/{person}", self.answer),
        ):
            self.router.add_api_route(path, endpoint, methods=["POST"], response_class=RedirectResponse)

    async def clock(self, do: Annotated[Turn, Form()], back: Name = "/demo") -> RedirectResponse:
        """Pause the clock, set its pace, or skip to the next working morning."""
        clock = self._demonstration.clock
        if do == "pause":
            clock.pause()
        elif do == "skip":
            clock.skip_to(next_morning(clock.now()))
        else:
            clock.go(SPEEDS.get(do))
        return _back(back)

    async def cross(self, plan: Name) -> RedirectResponse:
        """Report that a bottom line was crossed just now."""
        return await self._record(plan, BREACH, bottom_line="bl-1")

    async def acknowledge(self, plan: Name, alert: Name, person: Name) -> RedirectResponse:
        """Record that somebody has acknowledged an alert."""
        return await self._record(plan, "alert.acknowledged", alert=alert, by=self._demonstration.person(person).id)

    async def answer(
        self, person: str, text: Annotated[str, Form(min_length=1, max_length=300)], back: Name = ""
    ) -> RedirectResponse:
        """Text the service from somebody's phone."""
        owner = self._demonstration.person(person)
        self._demonstration.clock.hold()
        await self._demonstration.sms_provider.send_from(owner.mobile, text)
        return _back(back or f"/phones/{owner.id}")

    async def _record(self, plan: str, type_: str, **data: str) -> RedirectResponse:
        here = self._demonstration
        authority = here.caseload.plans.get(plan)
        if authority is None:
            raise HTTPException(404, "There is no such plan.")
        here.clock.hold()  # what follows from it is due now
        await here.case_system.record(authority, plan, type_, at=iso_local(here.clock.now()), **data)
        return _back("/demo")


def _back(address: str) -> RedirectResponse:
    # Only ever to a page of our own: `//elsewhere` would be another machine's.
    own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return RedirectResponse(address if own else "/demo", status_code=303)
