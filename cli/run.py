"""`planwatch run`: the web server, the timetable or both in one process, until a signal stops it."""

import asyncio
import contextlib
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from enum import StrEnum
from typing import Self

import structlog
from sqlalchemy.exc import DBAPIError

from cli.child import keep_sentinel
from cli.console import err
from cli.database import tell_new_database
from cli.faults import CommandError
from cli.serving import listen, serving
from config import wakeup
from config.database import is_postgresql, sqlite_file, transact
from config.disk import end_at_once
from config.garbage import collect_seldom
from config.logs import configure_logs, log_uncaught
from config.settings import Settings
from jobs.runner import Runner
from jobs.timetable import ALIVE, TIMETABLE, alive
from notifications.message import Channel
from notifications.providers.senders import needed_for
from service.api.application import make_application
from service.app import Service, open_service
from service.store import integrity, processes
from service.use_cases.operations.watch_disk_space import watch_disk_space

_log = structlog.get_logger(__name__)
_NEEDED = {channel: ", or ".join(needed_for(channel)) for channel in Channel if not channel.spec.optional}
_NOBODY_TO_TELL = (
    "neither email nor texts are set up: nobody could be told anything, so the service does not start.\n"
    + "".join(f"  For {channel.spec.words} set {needed}.\n" for channel, needed in _NEEDED.items())
    + "  To see it work without any settings: planwatch run --demo"
)


class ProcessKind(StrEnum):
    """What a process does."""

    WEB = "web"
    WORK = "work"
    BOTH = "both"

    @classmethod
    def of(cls, *, web: bool, work: bool) -> Self:
        """The kind for two options of the command; both if neither or each is given."""
        return cls("both" if web == work else "web" if web else "work")


def run_service(kind: ProcessKind, host: str | None, port: int | None) -> None:
    """Run with the settings of the environment; `host` and `port` override them."""
    settings = Settings.load()
    configure_logs(json=not sys.stderr.isatty())
    log_uncaught()
    tell_new_database(settings.database_url)
    asyncio.run(_run(settings, kind, host or settings.http_host, settings.http_port if port is None else port))


async def _run(settings: Settings, kind: ProcessKind, host: str, port: int) -> None:
    listening = None if kind is ProcessKind.WORK else listen(host, port)
    await _require_kept_sessions(settings.database_url)
    service = replace(await open_service(settings), kind=kind.value)
    collect_seldom()
    try:
        if kind is not ProcessKind.WEB:
            await _make_ready_to_work(service)
        with contextlib.suppress(DBAPIError):  # as above; the auditor finds this process alive from its start
            await alive(service, service.clock.now())
        async with _beside(service, kind):
            await _run_until_told(service, kind, listening)
        with contextlib.suppress(DBAPIError):  # then it is missed for a minute
            await transact(service.sessions, lambda session: processes.left(session, service.name))
    finally:
        await service.close()
    err.print("planwatch has stopped. What was due is kept, and told with the next start.")


async def _require_kept_sessions(url: str) -> None:
    if not is_postgresql(url):
        return
    from config import pooler  # its driver is an extra

    if not await pooler.keeps_sessions(url):
        raise CommandError(pooler.NOT_KEPT)


async def _make_ready_to_work(service: Service) -> None:
    if not service.senders:
        raise CommandError(_NOBODY_TO_TELL)
    _say_what_is_missing(service)
    with contextlib.suppress(DBAPIError):  # the timetable goes on trying
        await watch_disk_space(service.sessions, service.book, service.disk_reserve, service.clock.now())


@contextlib.asynccontextmanager
async def _beside(service: Service, kind: ProcessKind) -> AsyncIterator[None]:
    """While the work lasts, prove the database, keep the auditor's process alive, and listen for others' wakeups."""
    tasks = [asyncio.create_task(_prove_database(service))]
    if kind is not ProcessKind.WEB:
        tasks += [
            asyncio.create_task(keep_sentinel()),
            asyncio.create_task(wakeup.listen(service.engine, service.woken.set)),
        ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _prove_database(service: Service) -> None:
    """Prove a SQLite file while the work has begun: it grows with the years, and a due message does not wait for it."""
    file = sqlite_file(service.settings.database_url)
    if file is None:
        return
    try:
        await integrity.prove(file)
    except integrity.DamagedDatabaseError as damage:
        _log.critical("database_damaged")
        end_at_once(f"planwatch: {damage}")
    except sqlite3.OperationalError as error:
        _log.warning("database_not_proved", fault=type(error).__name__)


async def _run_until_told(service: Service, kind: ProcessKind, listening: socket.socket | None) -> None:
    """Run until SIGTERM or Ctrl-C; then take nothing new, and finish what is being handed over."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    read = asyncio.create_task(_read_policies_again(service, stop))
    runner = Runner(service, [ALIVE] if kind is ProcessKind.WEB else TIMETABLE)
    runner.start()
    try:
        if listening is None:
            err.print("planwatch does what is due. Ctrl-C ends it.")
            await stop.wait()
        else:
            await _serve(service, listening, stop)
    finally:
        read.cancel()
        await runner.stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _read_policies_again(service: Service, stop: asyncio.Event) -> None:
    """Read the policy files again on each SIGHUP; `stop` where that says that our terminal has been closed."""
    hung_up, at_terminal = asyncio.Event(), sys.stderr.isatty()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, hung_up.set)
    try:
        while True:
            await hung_up.wait()
            hung_up.clear()
            if at_terminal and not sys.stderr.isatty():
                stop.set()
            try:
                await service.policies.read_again(service.clock.now())
                await alive(service, service.clock.now())
            except Exception as error:  # noqa: BLE001 - what is in force stays; without this loop a SIGHUP would end us
                _log.error("policies_not_read", fault=type(error).__name__)
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


async def _serve(service: Service, listening: socket.socket, stop: asyncio.Event) -> None:
    from service.web.routes import add_pages  # a process that only works has none

    app = make_application(service)
    add_pages(app, service)
    address, port = listening.getsockname()[:2]
    async with serving(app, listening) as server:
        where = f"http://{address}:{port}/v1/events"
        err.print(f"planwatch takes events at {where}, and says how it is at /readyz. Ctrl-C ends it.")
        ending = asyncio.create_task(stop.wait())
        await asyncio.wait({server, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()


def _say_what_is_missing(service: Service) -> None:
    for channel, needed in _NEEDED.items():
        if channel not in service.senders:
            err.print(f"[bold red]NO {channel.spec.word.upper()} IS SENT[/]: it is not set up. Set {needed}.")
    if service.settings.public_url is None:
        if Channel.SMS in service.senders:
            err.print("[bold red]NO TEXT IS RECEIVED[/]: set PLANWATCH_PUBLIC_URL, and give it to Twilio.")
        err.print(
            "[bold red]NO EMAIL HOLDS A LINK[/] by which an alert could be acknowledged: set PLANWATCH_PUBLIC_URL to "
            "the address at which browsers reach this service."
        )
    if service.settings.only_to:
        number = len(service.settings.only_to)
        err.print(f"[bold red]ONLY LISTED RECIPIENTS[/] are sent anything: PLANWATCH_ONLY_TO names {number}.")
