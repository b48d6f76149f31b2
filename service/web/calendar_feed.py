"""The personal calendar: an address of one's own that a calendar program reads, without signing in.

It holds plan references, what is due, and days; no names and no times. It is never the only notice: programs fetch it
when they like.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from config.database import reading
from service.app import Service
from service.domain.calendar import local
from service.domain.own_id import OwnId
from service.store import calendar_addresses
from service.use_cases.overviews.due_dates import DueDate, due_dates
from service.web.headers import page_headers

if TYPE_CHECKING:  # it is loaded where somebody's calendar is read
    from icalendar import Event

_REFRESH = "PT4H"
# The address is a secret: it goes to nobody else.
_HEADERS = page_headers(referrer="no-referrer") | {"Content-Disposition": 'inline; filename="planwatch.ics"'}


def calendar_router(service: Service) -> APIRouter:
    """The feed. Whoever has the address may read it, until its owner makes another or none."""
    router = APIRouter()

    @router.api_route("/calendar/{secret}.ics", methods=["GET", "HEAD"])
    async def feed(request: Request, secret: str) -> Response:
        """The calendar of the person whose address it is."""
        now = service.clock.now()
        async with reading(service.sessions) as session:
            person = await calendar_addresses.find(session, secret)
            if person is None:
                return PlainTextResponse("There is no such calendar.\n", 404, headers=_HEADERS)
            dates = await due_dates(session, service.book, person)
        text = as_ics(person, dates, now, service.settings.public_url)
        return Response(text, media_type="text/calendar; charset=utf-8", headers=_HEADERS)

    return router


def as_ics(person: OwnId, dates: Sequence[DueDate], now: datetime, address: str | None) -> bytes:
    """The calendar as a file. The same duty has the same UID for good, and a SEQUENCE that only grows."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//planwatch//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "planwatch: what is due")
    calendar.add("refresh-interval", timedelta(hours=4), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", _REFRESH)
    as_of = f"As of {local(now):%H:%M} on {local(now).day} {local(now):%b %Y}. planwatch itself has what holds."
    for due in dates:
        calendar.add_component(_event(person, due, now, f"{as_of} {address}" if address else as_of))
    return bytes(calendar.to_ical())


def _event(person: OwnId, due: DueDate, now: datetime, words: str) -> Event:
    from icalendar import Event

    event = Event()
    digest = hashlib.sha256(f"{person.authority}/{person.id}/{due.key}".encode()).hexdigest()[:32]
    event.add("uid", f"{digest}@planwatch")
    event.add("dtstamp", now)
    event.add("sequence", due.version)
    event.add("dtstart", due.day)
    event.add("dtend", due.day + timedelta(days=1))
    event.add("summary", f"{due.plan}: {due.label}")
    event.add("description", words)
    event.add("transp", "TRANSPARENT")  # the day stays free for meetings
    event.add("class", "PRIVATE")
    return event
