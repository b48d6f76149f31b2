"""What the visitor can do: set the clock, record a visit, cross a bottom line, acknowledge it, answer a text."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse

from cli.demo.cast import BY_ID
from cli.demo.plans import Plan, all_plans
from cli.demo.stage import Stage
from cli.demo.story import BREACH_TYPE
from service.domain.calendar import Calendar, at_local, iso_local, local, local_day

SPEEDS = {"hour": 60.0, "day": 1440.0}
_PLANS = {plan.id: plan for plan in all_plans()}
_CALENDAR = Calendar()
_MORNING = time(8, 25)

Name = Annotated[str, Form(max_length=200)]


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


def actions(stage: Stage) -> APIRouter:
    """The routes behind the forms; each leads back to the page that it came from."""
    router = APIRouter(dependencies=[Depends(same_site)])

    @router.post("/demo/clock")
    async def clock(do: Literal["pause", "hour", "day", "go", "skip"] = Form(), back: Name = "/") -> RedirectResponse:
        if do == "pause":
            stage.clock.pause()
        elif do == "skip":
            await _skip(stage)
        else:
            stage.clock.go(SPEEDS.get(do))
        return _back(back)

    @router.post("/demo/visit")
    async def visit(plan: Name, by: Literal["worker", "partner"] = Form(), back: Name = "/") -> RedirectResponse:
        chosen, today = _plan(plan), local_day(stage.clock.now())
        person = chosen.worker_on(today) if by == "worker" else chosen.partner
        await stage.case_system.record("visit.recorded", plan, by=person, on=today.isoformat())
        return _back(back)

    @router.post("/demo/cross")
    async def cross(plan: Name, back: Name = "/") -> RedirectResponse:
        now = stage.clock.now()
        by = _plan(plan).worker_on(local_day(now))
        await stage.case_system.record(BREACH_TYPE, plan, bottom_line="bl-1", at=iso_local(now), reported_by=by)
        return _back(back)

    @router.post("/demo/acknowledge")
    async def acknowledge(plan: Name, alert: Name, person: Name, back: Name = "/") -> RedirectResponse:
        if person not in BY_ID:
            raise HTTPException(404, "There is nobody of that id.")
        now = iso_local(stage.clock.now())
        await stage.case_system.record("alert.acknowledged", _plan(plan).id, alert=alert, by=person, at=now)
        return _back(back)

    @router.post("/demo/phones/{person}")
    async def answer(person: str, text: Annotated[str, Form(min_length=1, max_length=300)]) -> RedirectResponse:
        if person not in BY_ID:
            raise HTTPException(404, "There is nobody of that id.")
        await stage.twilio.send_from(BY_ID[person].mobile, text)
        return _back(f"/phones/{person}")

    return router


async def _skip(stage: Stage) -> None:
    was_paused = stage.clock.is_paused
    now = stage.clock.now()
    await stage.case_system.skip_to(max(next_morning(now), now + timedelta(seconds=1)))
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
