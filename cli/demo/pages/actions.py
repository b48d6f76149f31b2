"""What the visitor can do: set the clock, record a visit, cross a bottom line, acknowledge it, answer a text."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from cli.demo import story
from cli.demo.caseload import every_plan
from cli.demo.cast import BY_ID
from cli.demo.clock.settled import settled
from cli.demo.pages.demonstration import Stage
from cli.demo.person import Person
from cli.demo.plans import Plan
from cli.demo.standins.phone_owners import halts
from cli.demo.story import BREACH_TYPE
from service.domain.calendar import Calendar, at_local, iso_local, local, local_day

SPEEDS = {"hour": 60.0, "day": 1440.0}
_PLANS = {plan.id: plan for plan in every_plan()}
_HALTS = halts(story.FIRST, story.LAST_DAY)
_CALENDAR = Calendar()
_MORNING = time(8, 25)

Name = Annotated[str, Form(max_length=200)]
Turn = Literal["pause", "go", "hour", "day", "skip"]
Visitor = Literal["worker", "partner"]


def person_of(person: str) -> Person:
    """The person of an id in an address; 404 where there is none."""
    if person not in BY_ID:
        raise HTTPException(404, "There is nobody of that id.")
    return BY_ID[person]


def same_site(request: Request) -> None:
    """Refuse what a page elsewhere makes the visitor's browser send: changes come from our own pages."""
    origin = request.headers.get("origin")
    stranger = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if stranger or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403, "This was sent by another site's page.")


def next_morning(now: datetime) -> datetime:
    """08:25 on the next working day; today's, while that is still to come."""
    day = local_day(now)
    if not _CALENDAR.is_working(day) or local(now).time() >= _MORNING:
        day = _CALENDAR.add_working_days(day, 1)
    return at_local(day, _MORNING)


class Actions:
    """The routes behind the forms; each leads back to the page that it came from."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.router = APIRouter(dependencies=[Depends(same_site)])
        for path, endpoint in (
            ("/demo/clock", self.clock),
            ("/demo/visit", self.visit),
            ("/demo/cross", self.cross),
            ("/demo/acknowledge", self.acknowledge),
            ("/demo/phones/{person}", self.answer),
        ):
            self.router.add_api_route(path, endpoint, methods=["POST"], response_class=RedirectResponse)

    async def clock(self, do: Annotated[Turn, Form()], back: Name = "/") -> RedirectResponse:
        """Pause the clock, set its pace, or skip to the next working morning."""
        if do == "pause":
            self._stage.clock.pause()
        elif do == "skip":
            await _skip(self._stage)
        else:
            self._stage.clock.go(SPEEDS.get(do))
        return _back(back)

    async def visit(self, plan: Name, by: Annotated[Visitor, Form()], back: Name = "/") -> RedirectResponse:
        """Record a visit that was made today."""
        chosen, today = _plan(plan), local_day(self._stage.clock.now())
        person = chosen.worker_on(today) if by == "worker" else chosen.partner
        await self._stage.case_system.record("visit.recorded", chosen, by=person, on=today.isoformat())
        return _back(back)

    async def cross(self, plan: Name, back: Name = "/") -> RedirectResponse:
        """Report that a bottom line was crossed just now."""
        now = self._stage.clock.now()
        chosen, moment = _plan(plan), iso_local(now)
        by = chosen.worker_on(local_day(now))
        await self._stage.case_system.record(BREACH_TYPE, chosen, bottom_line="bl-1", at=moment, reported_by=by)
        return _back(back)

    async def acknowledge(self, plan: Name, alert: Name, person: Name, back: Name = "/") -> RedirectResponse:
        """Record that somebody has taken hold of an alert."""
        moment = iso_local(self._stage.clock.now())
        by = person_of(person).id
        await self._stage.case_system.record("alert.acknowledged", _plan(plan), alert=alert, by=by, at=moment)
        return _back(back)

    async def answer(
        self, person: str, text: Annotated[str, Form(min_length=1, max_length=300)], back: Name = ""
    ) -> RedirectResponse:
        """Text the service from somebody's phone."""
        chosen = person_of(person)
        await self._stage.twilio.send_from(chosen.mobile, text)
        return _back(back or f"/phones/{chosen.id}")


async def _skip(stage: Stage) -> None:
    was_paused = stage.clock.is_paused
    now = stage.clock.now()
    morning = max(next_morning(now), now + timedelta(seconds=1))
    # A text that is not sent in its window is never sent: the clock stands still there until what is due is done.
    for halt in (halt for halt in _HALTS if now < halt < morning):
        await stage.case_system.skip_to(halt)
        await settled(stage.sessions, halt)
        await stage.families.answer()
        await settled(stage.sessions, halt)
    await stage.case_system.skip_to(morning)
    if not was_paused:
        stage.clock.go()


def _plan(plan: str) -> Plan:
    if plan not in _PLANS:
        raise HTTPException(404, "There is no such plan.")
    return _PLANS[plan]


def _back(address: str) -> RedirectResponse:
    # Only ever to a page of our own: `//elsewhere` would be another machine's.
    own = address.startswith("/") and not address.startswith(("//", "/\\"))
    return RedirectResponse(address if own else "/", status_code=303)
