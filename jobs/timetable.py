"""The whole schedule on one screen. A step does one thing, and says whether there is more to do now."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from config.database import transaction
from jobs.agenda import Need
from jobs.startup import StartupStage
from notifications.message import Channel
from notifications.providers.sender import CanWriteToItself
from service.app import Service
from service.domain.calendar import local_day
from service.store import processes
from service.use_cases.delivery.rate_limits import notice_storm
from service.use_cases.delivery.receive_bounce import read_bounces
from service.use_cases.delivery.send_canary import send_canary
from service.use_cases.delivery.undeliverable import undelivered
from service.use_cases.looks.look_at_due import look_at_due, look_at_late_alerts
from service.use_cases.looks.send_gathered import send_gathered
from service.use_cases.operations.suspend import end_what_is_over
from service.use_cases.operations.tell_to_read_again import tell_to_read_again
from service.use_cases.operations.watch_disk_space import watch_disk_space
from service.use_cases.texts.pull_texts import pull_texts
from service.use_cases.texts.receive_text import understand_text
from service.use_cases.texts.take_spooled import take_spooled

Step = Callable[[Service, datetime], Awaitable[bool]]

_LOOKS_TOGETHER = 10  # a transaction that looks at more would keep events and alerts waiting


@dataclass(frozen=True, slots=True)
class Tick:
    """A step that is repeated until nothing is left to do, every so many real `seconds`, or whenever it is needed.

    `woken`: it runs as soon as events come in, too. `stage`: the part of a startup from which it may run. `awaited`:
    the next stage waits until it has caught up. `need`: it runs only while this is on the agenda.
    """

    name: str
    seconds: float
    step: Step
    woken: bool = False
    stage: StartupStage = StartupStage.SEND
    awaited: bool = False
    need: Need | None = None


async def look(service: Service, now: datetime) -> bool:
    """Look at some plans that are due."""
    return await look_at_due(service.sessions, service.book, now, _LOOKS_TOGETHER) > 0


async def pull(service: Service, now: datetime) -> bool:
    """Ask the providers for the texts that they received for us."""
    await pull_texts(service.pulling)
    return False


async def digest(service: Service, now: datetime) -> bool:
    """Gather some persons' digests, or other emails of their kind."""
    return await send_gathered(service.sessions, service.book, now)


async def texts(service: Service, now: datetime) -> bool:
    """Understand one text that came in, where the process that stored it died before it could."""
    return await understand_text(service.sessions, service.book, now)


async def spool(service: Service, now: datetime) -> bool:
    """Take in the callbacks that were spooled while the database was away."""
    tell = undelivered(service.book, service.clock)
    if await take_spooled(service.sessions, service.book, tell, service.spool, now):
        service.woken.set()
    return False


async def bounces(service: Service, now: datetime) -> bool:
    """Read returned email. What follows from it is told at once."""
    tell, box = undelivered(service.book, service.clock), service.bounce_box
    if box and await read_bounces(service.sessions, service.book, tell, box, now, list(service.senders)):
        service.woken.set()
    return False


async def canary(service: Service, now: datetime) -> bool:
    """Send a canary to ourselves, if the mailbox in which it arrives is read."""
    senders = service.senders.get(Channel.EMAIL, ())
    sender = next((candidate for candidate in senders if isinstance(candidate, CanWriteToItself)), None)
    if service.bounce_box and sender:
        await send_canary(service.sessions, sender, now)
    return False


async def upkeep(service: Service, now: datetime) -> bool:
    """See whether the disk is full, or not any more; once a day, whether documents are to be read again."""
    await watch_disk_space(service.sessions, service.book, service.disk_reserve, now)
    asking = (service.book.generation, local_day(now))
    if service.policies.documents_asked != asking:
        await tell_to_read_again(service.sessions, service.book, now)
        service.policies.documents_asked = asking
    return False


async def resolve(service: Service, now: datetime) -> bool:
    """Ask a provider about one message of unknown outcome."""
    return await service.delivery.step(resolve_only=True)


async def alive(service: Service, now: datetime) -> bool:
    """Give a sign of life, by which the sentinel knows that this process is at work, and by which policies."""
    async with transaction(service.sessions) as session:
        await service.policies.follow_within(session)
        await processes.seen(session, service.name, service.kind, now, service.policies.state)
    return False


async def alerts(service: Service, now: datetime) -> bool:
    """Look at one plan whose alert has waited, so that its message is right for this moment."""
    return await look_at_late_alerts(service.sessions, service.book, now) > 0


async def urgent(service: Service, now: datetime, channel: Channel) -> bool:
    """Hand over one urgent message."""
    return await service.delivery.step(urgent_only=True, channel=channel)


async def routine(service: Service, now: datetime, channel: Channel) -> bool:
    """Hand over one message of any kind. The last check makes routine ones wait for routine hours."""
    return await service.delivery.step(channel=channel)


async def watch(service: Service, now: datetime) -> bool:
    """See whether database or clock have jumped."""
    await service.database_watch.look(now)
    await service.clock_watch.look(now)
    return False


async def pauses(service: Service, now: datetime) -> bool:
    """End the pauses that are over, and pause what a storm would send."""
    await end_what_is_over(service.sessions, now)
    await notice_storm(service.sessions, service.book, now)
    return False


def _urgent_lanes(channel: Channel) -> Iterator[Tick]:
    for number in range(1, _URGENT_LANES + 1 if channel.spec.urgent else 1):
        step = partial(urgent, channel=channel)
        name = f"urgent-{channel.value}-{number}"
        yield Tick(name, 1, step, woken=True, stage=StartupStage.URGENT, need=Need.URGENT)


def _routine_lanes(channel: Channel) -> Iterator[Tick]:
    for number in range(1, channel.spec.routine_lanes + 1):
        yield Tick(f"{channel.value}-{number}", 1, partial(routine, channel=channel), need=Need.ROUTINE)


_URGENT_LANES = 3
_TEXTS_FIRST = list(reversed(Channel))  # they are read first

# Every process does this, whatever else it does.
ALIVE = Tick("alive", 5, alive, stage=StartupStage.PULL)

# Alerts have lanes of their own on each channel, so that they wait for no backlog. Each channel has several, so that an
# alert does not wait for another one that a hanging server delays.
TIMETABLE: tuple[Tick, ...] = (
    Tick("watch", 5, watch, stage=StartupStage.INTEGRITY, awaited=True),
    Tick("pauses", 1, pauses, stage=StartupStage.INTEGRITY, awaited=True, need=Need.SUSPENSION),
    Tick("pull", 60, pull, stage=StartupStage.PULL, awaited=True),
    Tick("spool", 5, spool, stage=StartupStage.PULL, awaited=True),
    Tick("texts", 5, texts, stage=StartupStage.PULL, need=Need.TEXT),
    Tick("resolve", 60, resolve, stage=StartupStage.RESOLVE, awaited=True),
    Tick("alerts", 60, alerts, stage=StartupStage.RESOLVE, awaited=True),
    Tick("look", 1, look, woken=True, stage=StartupStage.LOOK, awaited=True, need=Need.LOOK),
    Tick("digest", 1, digest, need=Need.GATHER),
    Tick("upkeep", 10, upkeep),
    ALIVE,
    Tick("bounces", 30, bounces, stage=StartupStage.PULL),
    Tick("canary", 30, canary),
    *(lane for channel in _TEXTS_FIRST for lane in _urgent_lanes(channel)),
    *(lane for channel in _TEXTS_FIRST for lane in _routine_lanes(channel)),
)
