"""The whole schedule on one screen. A step deals with one thing and says whether there is more to do now."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from config.database import transaction
from jobs.startup import Stage
from notifications.message import Channel
from notifications.providers.sender import CanWriteToItself
from service.app import Service
from service.store import processes
from service.use_cases.delivery.rate_limits import notice_storm
from service.use_cases.delivery.receive_bounce import read_bounces
from service.use_cases.delivery.send_canary import send_canary
from service.use_cases.delivery.undeliverable import undelivered
from service.use_cases.looks.look_at_due import look_at_due, look_at_late_alerts
from service.use_cases.looks.send_digests import send_digests
from service.use_cases.operations.suspend import end_what_is_over
from service.use_cases.operations.watch_disk_space import watch_disk_space
from service.use_cases.texts.pull_texts import pull_texts
from service.use_cases.texts.receive_text import understand_text
from service.use_cases.texts.take_spooled import take_spooled

Step = Callable[[Service, datetime], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Tick:
    """What is done every `seconds` (real ones) until none is left.

    `woken`: also as soon as events come in. `stage`: from when on after a start or a gap; with `first`, the next stage
    waits for it.
    """

    name: str
    seconds: float
    step: Step
    woken: bool = False
    stage: Stage = Stage.SEND
    first: bool = False


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


async def spool(service: Service, now: datetime) -> bool:
    """Take in what providers called us with while the database was away."""
    tell = undelivered(service.book, service.clock)
    if await take_spooled(service.sessions, tell, service.spool, now):
        service.woken.set()
    return False


async def bounces(service: Service, now: datetime) -> bool:
    """Read the email that came back; what follows from it is told at once."""
    tell = undelivered(service.book, service.clock)
    if service.bounce_box and await read_bounces(service.sessions, tell, service.bounce_box, now):
        service.woken.set()
    return False


async def canary(service: Service, now: datetime) -> bool:
    """Write to ourselves, where the mailbox is read in which that arrives."""
    senders = service.senders.get(Channel.EMAIL, ())
    sender = next((one for one in senders if isinstance(one, CanWriteToItself)), None)
    if service.bounce_box and sender:
        await send_canary(service.sessions, sender, now)
    return False


async def room(service: Service, now: datetime) -> bool:
    """See whether the disk is full, or is so no more."""
    await watch_disk_space(service.sessions, service.book, service.disk_reserve, now)
    return False


async def resolve(service: Service, now: datetime) -> bool:
    """Ask a provider about one message that may have gone to it."""
    return await service.delivery.step(resolve_only=True)


async def alive(service: Service, now: datetime) -> bool:
    """Give a sign of life, by which the auditor knows that somebody is at work."""
    async with transaction(service.sessions) as session:
        await processes.seen(session, service.name, service.kind, now)
    return False


async def alerts(service: Service, now: datetime) -> bool:
    """Look at one plan whose alert has waited, so that what goes is what is right by now."""
    return await look_at_late_alerts(service.sessions, service.book, now) > 0


async def urgent(service: Service, now: datetime, channel: Channel) -> bool:
    """Hand over one urgent message."""
    return await service.delivery.step(urgent_only=True, channel=channel)


async def routine(service: Service, now: datetime, channel: Channel) -> bool:
    """Hand over one message of any kind; the last check has the routine ones wait for routine hours."""
    return await service.delivery.step(channel=channel)


async def watch(service: Service, now: datetime) -> bool:
    """See whether database or clock have jumped, whether a pause is over, and whether far too much is due."""
    await service.database_watch.look(now)
    await service.clock_watch.look(now)
    await end_what_is_over(service.sessions, now)
    await notice_storm(service.sessions, service.book, now)
    return False


def _urgent_lanes(channel: Channel) -> Iterator[Tick]:
    for number in range(1, _URGENT_LANES + 1 if channel.spec.urgent else 1):
        step = partial(urgent, channel=channel)
        yield Tick(f"urgent-{channel.value}-{number}", 1, step, woken=True, stage=Stage.URGENT)


def _routine_lanes(channel: Channel) -> Iterator[Tick]:
    for number in range(1, channel.spec.routine_lanes + 1):
        yield Tick(f"{channel.value}-{number}", 1, partial(routine, channel=channel))


_URGENT_LANES = 3
_TEXTS_FIRST = list(reversed(Channel))  # they are read first

# What every process does, whatever it is there for.
ALIVE = Tick("alive", 5, alive, stage=Stage.PULL)

# Alerts have lanes of their own on each channel, so that no backlog keeps them waiting; and several, so that one for
# which a mail server hangs does not keep the next waiting.
TIMETABLE: tuple[Tick, ...] = (
    Tick("watch", 2, watch, stage=Stage.INTEGRITY, first=True),
    Tick("pull", 60, pull, stage=Stage.PULL, first=True),
    Tick("spool", 5, spool, stage=Stage.PULL, first=True),
    Tick("texts", 5, texts, stage=Stage.PULL),
    Tick("resolve", 60, resolve, stage=Stage.RESOLVE, first=True),
    Tick("alerts", 60, alerts, stage=Stage.RESOLVE, first=True),
    Tick("look", 1, look, woken=True, stage=Stage.LOOK, first=True),
    Tick("digest", 1, digest),
    Tick("room", 10, room),
    ALIVE,
    Tick("bounces", 30, bounces, stage=Stage.PULL),
    Tick("canary", 30, canary),
    *(lane for channel in _TEXTS_FIRST for lane in _urgent_lanes(channel)),
    *(lane for channel in _TEXTS_FIRST for lane in _routine_lanes(channel)),
)
