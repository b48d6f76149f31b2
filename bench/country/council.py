"""A council's caseload, lived through by the service itself: events taken in, plans looked at, people told."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta

from bench.england.authority_year import BEGINS, AuthorityYear
from config.clock import ManualClock
from config.settings import Settings
from notifications.message import Channel
from service.app import Service, open_service
from service.domain.calendar import LONDON
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.looks.look_at_due import look_at_due
from service.use_cases.looks.send_gathered import send_gathered
from tests.memory_sender import MemorySender

AUTHORITY, NUMBER, PLANS = "dudley", 1, 50
NOW = datetime(2026, 3, 31, 10, 2, tzinfo=LONDON)
# A working day of the service: by when the lines of a morning and what is late are due, and what is due that day.
_HOURS = (time(9), time(15))
_TOGETHER, _SATURDAY = 25, 5


async def opened(address: str, clock: ManualClock) -> Service:
    """The service on a database, by a clock that stands still, with channels that go nowhere."""
    senders = {channel: [MemorySender()] for channel in Channel}
    return await open_service(Settings(database_url=address), clock=clock, senders=senders)


async def live_through(address: str, say: Callable[[int], None]) -> None:
    """Take in what became known hour by hour until NOW, look and deliver; afterwards nothing is due."""
    clock = ManualClock(next(hours()))
    service = await opened(address, clock)
    events, taken = raw_events(service.book.authorities), 0
    for moment in hours():
        clock.set(moment)
        until = taken
        while until < len(events) and datetime.fromisoformat(str(events[until]["time"])) <= moment:
            until += 1
        for first in range(taken, until, 200):
            await receive_events(
                service.sessions, service.book, moment, events[first : min(first + 200, until)], looks=0
            )
        taken = until
        await do_what_is_due(service, moment)
        say(taken)
    await service.close()


async def do_what_is_due(service: Service, now: datetime) -> None:
    """Look, gather and deliver until nothing is left."""
    while await look_at_due(service.sessions, service.book, now, _TOGETHER):
        pass
    while await send_gathered(service.sessions, service.book, now):
        pass
    while await service.delivery.step():
        pass


def hours() -> Iterator[datetime]:
    """The moments at which it works on working days; NOW at the end."""
    day = BEGINS.date()
    while day <= NOW.date():
        moments = (datetime.combine(day, hour, LONDON) for hour in _HOURS)
        yield from (moment for moment in moments if moment < NOW and day.weekday() < _SATURDAY)
        day += timedelta(days=1)
    yield NOW


def raw_events(authorities: frozenset[str]) -> list[dict[str, object]]:
    """Its events in order of time. Workers and managers are named so that a copy can rename them wherever they are."""
    events = AuthorityYear(AUTHORITY, NUMBER, PLANS).events(authorities)
    return [_renamed(dict(event.raw)) for event in events]


def _renamed(raw: dict[str, object]) -> dict[str, object]:
    def value(given: object) -> object:
        if isinstance(given, dict):
            return {name: value(inner) for name, inner in given.items()}
        return re.sub(r"\b([wm])-(?=[0-9]+\b)", _new_name, given) if isinstance(given, str) else given

    return {name: value(inner) for name, inner in raw.items()}


def _new_name(match: re.Match[str]) -> str:
    return {"w": "Wk-", "m": "Mg-"}[match[1]]
