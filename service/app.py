"""The composition root. It puts one process's settings, clock, database, policies and channels together, once."""

import asyncio
import os
import secrets
import socket
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncEngine

from config.clock import Clock, SystemClock
from config.database import Sessions, make_engine, make_sessions, sqlite_file, transaction
from config.disk import watch_disk
from config.disk_reserve import DiskReserve
from config.in_use import InUse, forget, left_behind
from config.settings import Settings
from notifications.mailbox.bounce_box import BounceBox
from notifications.outbox.attempt import Pace
from notifications.outbox.deliver import Delivery
from notifications.providers.sender import CanBeClosed, Senders
from notifications.providers.senders import make_senders
from service.domain.calendar import local
from service.domain.live_policies import LivePolicies
from service.domain.policy import PolicyBook
from service.files.policy_folder import PolicyFiles, read_policies
from service.files.spool import Spool
from service.refused_requests import RefusedRequests
from service.store import integrity, schema, secret
from service.tick_health import TickHealth
from service.use_cases.delivery.check_message import MessageCheck
from service.use_cases.delivery.undeliverable import undelivered
from service.use_cases.intake.intake_groups import IntakeGroups
from service.use_cases.intake.receive_events import LOOKS_AT_ONCE, Received
from service.use_cases.operations.notice_restored import DatabaseWatch
from service.use_cases.operations.watch_clock import ClockWatch
from service.use_cases.policies.keeper import PolicyKeeper
from service.use_cases.texts.pull_texts import Pulling, can_be_pulled

_SPOOL = Path("var/planwatch.spool")  # with PostgreSQL; with SQLite it lies beside the database


@dataclass(frozen=True)
class Service:
    """Everything that the steps of the timetable and the routes of the API need."""

    settings: Settings
    clock: Clock
    engine: AsyncEngine
    sessions: Sessions
    book: LivePolicies
    policies: PolicyKeeper
    senders: Senders
    delivery: Delivery
    pulling: Pulling
    database_watch: DatabaseWatch
    clock_watch: ClockWatch
    intake_groups: IntakeGroups
    in_use: InUse = field(default_factory=lambda: InUse(None))
    disk_reserve: DiskReserve = field(default_factory=lambda: DiskReserve(None))
    bounce_box: BounceBox | None = None
    spool: Spool = field(default_factory=lambda: Spool(_SPOOL))
    tick_health: TickHealth = field(default_factory=TickHealth)
    intake: Counter[str] = field(default_factory=Counter)  # what became of the events that came to this process
    answers: Counter[int] = field(default_factory=Counter)  # how many requests this process answered, by status
    refused_requests: RefusedRequests = field(default_factory=RefusedRequests)
    name: str = field(default_factory=lambda: worker_id())  # no other process has it
    kind: str = "both"  # what this process does: web, work or both
    # Set when something has come in that may have to be told at once: the runner then does not wait for its ticks.
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(
        self,
        raws: Sequence[object],
        writer: str | None = None,
        looks: int = LOOKS_AT_ONCE,
        token: str | None = None,
    ) -> Received:
        """Take in events, and wake the runner, so that what follows from them is told at once."""
        received = await self.intake_groups.receive(raws, writer, looks, token)
        self.intake.update(accepted=received.accepted, duplicates=received.duplicates, waiting=received.waiting)
        self.intake["rejected"] += len(received.rejected)
        self.woken.set()
        return received

    async def close(self) -> None:
        """Close the connections to the providers and to the database: a clean end."""
        for sender in chain.from_iterable(self.senders.values()):
            if isinstance(sender, CanBeClosed):
                await sender.close()
        await self.engine.dispose()
        self.in_use.end()


async def open_service(
    settings: Settings,
    *,
    clock: Clock | None = None,
    book: PolicyBook | None = None,
    senders: Senders | None = None,
    pace: Pace | None = None,
) -> Service:
    """Put a service together, and bring its database up to date. The caller closes it.

    Defaults are the machine's clock, the policies of the settings and the channels that are set up. What the policies
    say is put in force where it is new; then those in force hold, whatever the files say.
    """
    async with _database(settings) as (engine, in_use):
        await schema.upgrade(engine)
        async with transaction(make_sessions(engine)) as session:
            outside_secret = await secret.outside(session)
        files = read_policies(settings.policies) if book is None else PolicyFiles(book)
        parts = (clock or SystemClock(), LivePolicies.of(files.book), senders, pace or Pace(), outside_secret)
        service = _assemble(settings, engine, in_use, *parts)
        await service.policies.propose(files, service.clock.now())
        await service.clock_watch.begin(service.clock.now())
        await service.database_watch.look(service.clock.now())  # before anything is sent from an older copy
        return service


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[tuple[AsyncEngine, InUse]]:
    """The database and this process's mark beside it, which both stay open unless what is done within fails."""
    engine, file = make_engine(settings.database_url), sqlite_file(settings.database_url)
    in_use = InUse(file)
    try:
        await _prove_after_an_unclean_end(file)
        in_use.begin()
        yield engine, in_use
    except BaseException as error:
        await engine.dispose()  # the threads of its connections would keep the program from ending
        if file is not None and isinstance(error, DatabaseError):
            await integrity.prove(file)  # where that is why, it says so; and the mark stays, for the next start
        in_use.end()
        raise


async def _prove_after_an_unclean_end(file: Path | None) -> None:
    """Where a process was killed, or the disk or the power failed, nothing is done before the database is proved."""
    if file is not None and (marks := left_behind(file)):
        await integrity.prove(file)
        forget(marks)


def _assemble(
    settings: Settings,
    engine: AsyncEngine,
    in_use: InUse,
    clock: Clock,
    book: LivePolicies,
    senders: Senders | None,
    pace: Pace,
    outside: bytes,
) -> Service:
    sessions = make_sessions(engine)
    name = worker_id()
    channel_senders = make_senders(settings) if senders is None else senders
    delivery = Delivery(
        sessions,
        channel_senders,
        MessageCheck(book, clock, settings.public_url, settings.only_to, tuple(channel_senders)),
        clock,
        name,
        undelivered(book, clock),
        pace=pace,
        secret=outside,
        tell_time=lambda moment: f"{local(moment):%H:%M on %a %d %b %Y}",
    )
    pulling = Pulling(sessions, book, clock, can_be_pulled(channel_senders))
    file = sqlite_file(settings.database_url)
    disk_reserve = DiskReserve(file)
    watch_disk(engine, disk_reserve)
    box = BounceBox(settings.bounces) if settings.bounces else None
    spool = Spool(file.with_name(f"{file.name}.spool") if file else _SPOOL)
    policies = PolicyKeeper(sessions, book, settings.policies)
    watches = (DatabaseWatch(engine, sessions, settings.database_url), ClockWatch(sessions, book, clock))
    parts = (settings, clock, engine, sessions, book, policies, channel_senders, delivery, pulling, *watches)
    intake = IntakeGroups(sessions, book, clock)
    return Service(*parts, intake, in_use=in_use, disk_reserve=disk_reserve, bounce_box=box, spool=spool, name=name)


def worker_id() -> str:
    """A name that no other process has had: host, process id and random digits."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
