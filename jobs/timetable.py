"""The whole schedule on one screen. A step deals with one thing and says whether there is more to do now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from notifications.message import Channel
from service.app import Service
from service.use_cases.look_at_due import look_at_due
from service.use_cases.pull_texts import pull_texts
from service.use_cases.receive_bounce import read_bounces
from service.use_cases.receive_text import understand_text
from service.use_cases.send_digests import send_digests
from service.use_cases.undeliverable import undelivered
from service.use_cases.watch_room import watch_room

Step = Callable[[Service, datetime], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Tick:
    """What is done every `seconds` (real ones) until none is left; `woken`: also as soon as events come in."""

    name: str
    seconds: float
    step: Step
    woken: bool = False


async def look(service: Service, now: datetime) -> bool:
    """Look at one plan that is due."""
    return await look_at_due(service.sessions, service.book, now) > 0


async def pull(service: Service, now: datetime) -> bool:
    """Ask the providers for the texts that they got for us."""
    await pull_texts(service.pulling)
    return False


async def digest(service: Service, now: datetime) -> bool:
    """Gather one person's digest."""
    return await send_digests(service.sessions, service.book, now)


async def texts(service: Service, now: datetime) -> bool:
    """Understand one text that came in, where the process that stored it did not live to."""
    return await understand_text(service.sessions, service.book, now)


async def bounces(service: Service, now: datetime) -> bool:
    """Read the email that came back; what follows from it is told at once."""
    tell = undelivered(service.book, service.clock)
    if service.bounce_box and await read_bounces(service.sessions, tell, service.bounce_box, now):
        service.woken.set()
    return False


async def room(service: Service, now: datetime) -> bool:
    """See whether the disk is full, or is so no more."""
    await watch_room(service.sessions, service.book, service.ballast, now)
    return False


async def urgent(service: Service, now: datetime, channel: Channel) -> bool:
    """Hand over one urgent message."""
    return await service.delivery.step(urgent_only=True, channel=channel)


async def routine(service: Service, now: datetime, channel: Channel) -> bool:
    """Hand over one message of any kind; the last check has the routine ones wait for routine hours."""
    return await service.delivery.step(channel=channel)


# An alert has a lane of its own on each channel: neither a backlog nor a mail server that hangs keeps it waiting.
TIMETABLE: tuple[Tick, ...] = (
    Tick("pull", 60, pull),
    Tick("look", 1, look, woken=True),
    Tick("texts", 5, texts),
    Tick("digest", 1, digest),
    Tick("room", 10, room),
    Tick("bounces", 30, bounces),
    Tick("urgent-sms", 1, partial(urgent, channel=Channel.SMS), woken=True),
    Tick("urgent-email", 1, partial(urgent, channel=Channel.EMAIL), woken=True),
    Tick("sms-1", 1, partial(routine, channel=Channel.SMS)),
    Tick("sms-2", 1, partial(routine, channel=Channel.SMS)),
    Tick("email-1", 1, partial(routine, channel=Channel.EMAIL)),
    Tick("email-2", 1, partial(routine, channel=Channel.EMAIL)),
    Tick("email-3", 1, partial(routine, channel=Channel.EMAIL)),
)
