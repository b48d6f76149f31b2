"""The demonstration from start to end: everything in one process and one fresh folder, gone when it is over."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from cli.demo import story
from cli.demo.answering import answer_in_the_end
from cli.demo.caseload import caseload, divided
from cli.demo.clock.demo_clock import DemoClock
from cli.demo.diary import CloudEvent
from cli.demo.history import load_history
from cli.demo.pages.actions import SPEEDS
from cli.demo.pages.demonstration import Stage
from cli.demo.pages.views import mount_demo
from cli.demo.standins.arrivals import Received
from cli.demo.standins.case_system import CaseSystem
from cli.demo.standins.mail_server import smtp_standin
from cli.demo.standins.phone_owners import Families, replies
from cli.demo.standins.serving import HOST, bind, serving
from cli.demo.standins.sms_provider import Account, TwilioStandin
from cli.faults import CommandError
from config.logs import configure_logs
from config.settings import Settings
from jobs.runner import Runner
from jobs.timetable import TIMETABLE
from notifications.outbox.attempt import Pace
from service.api.application import make_application
from service.app import Service, open_service
from service.use_cases.intake.create_token import create_token

# Real seconds between two ticks, since at a day a minute a second is 24 minutes long. An alert says that it is late
# after two minutes, so the plans are looked at more often than that.
_TICKS = {"look": 0.05}
_TICK = 0.25
# Real seconds that the clock waits for somebody to open the page.
_PATIENCE = 15.0
# A lease must outlast a skip over a long weekend by the demonstration's clock: six days.
_LEASES = Pace(lease=60.0, speed=6 * SPEEDS["day"])


@dataclass(frozen=True)
class World:
    """What is outside the service: the time, and whoever receives its messages."""

    clock: DemoClock
    received: Received
    twilio: TwilioStandin
    settings: Settings


def play(speed: float, port: int) -> None:
    """Run until Ctrl-C; `speed` is how many seconds pass in one. CommandError: the port is not to be had."""
    configure_logs(json=False, level="ERROR")
    try:
        bound = bind(port)
    except OSError as error:
        raise CommandError(f"cannot listen on {HOST}:{port} ({error.strerror}); choose another with --port") from None
    with TemporaryDirectory(prefix="planwatch-demo-") as folder:
        asyncio.run(_run(folder, bound, speed))
    print("\nThe demonstration has ended, and its folder is gone.")


async def _run(folder: str, bound: socket.socket, speed: float) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    known, script = divided(caseload(), story.START)
    address = f"http://{HOST}:{bound.getsockname()[1]}"
    async with _world(folder, address, speed) as world, _service(world) as service:
        print("Loading five made-up councils: 84 plans, a quarter of a year of history ...", flush=True)
        await load_history(service, known)
        await _play(service, world, script, bound, ended)


@asynccontextmanager
async def _world(folder: str, address: str, speed: float) -> AsyncIterator[World]:
    clock = DemoClock(story.START, speed)
    received, account = Received(clock), Account()
    twilio = TwilioStandin(account, received, clock, address)
    bound = bind()
    async with smtp_standin(received) as smtp_port, serving(twilio.app, bound):
        settings = Settings(
            database_url=f"sqlite+aiosqlite:///{folder}/planwatch.db",
            smtp_host=HOST,
            smtp_port=smtp_port,
            smtp_tls="none",
            smtp_username=None,
            smtp_password=None,
            mail_from="planwatch@council.example.org",
            twilio_account_sid=account.sid,
            twilio_auth_token=SecretStr(account.token),
            twilio_from=account.number,
            twilio_base_url=f"http://{HOST}:{bound.getsockname()[1]}",
            public_url=address,
        )
        yield World(clock, received, twilio, settings)
        await twilio.close()


@asynccontextmanager
async def _service(world: World) -> AsyncIterator[Service]:
    service = await open_service(world.settings, clock=world.clock, pace=_LEASES)
    try:
        yield service
    finally:
        await service.close()


async def _play(
    service: Service, world: World, script: Sequence[CloudEvent], bound: socket.socket, ended: asyncio.Event
) -> None:
    """Everything at work, until the end."""
    address = str(world.settings.public_url)
    case_system = CaseSystem(script, world.clock, address, await _tokens(service))
    families = Families(replies(story.FIRST, story.LAST_DAY), world.clock, world.received, world.twilio)
    stage = Stage(world.clock, world.received, case_system, world.twilio, service.sessions, families)
    app = make_application(service)
    mount_demo(app, stage, service.book)
    runner = Runner(service, [replace(tick, seconds=_TICKS.get(tick.name, _TICK)) for tick in TIMETABLE])
    async with serving(app, bound):
        runner.start()
        print(f"The demonstration is at {address}/ (Ctrl-C ends it)", flush=True)
        plot = asyncio.gather(_begin(stage), case_system.run(), families.run(), answer_in_the_end(stage, service.book))
        await ended.wait()
        world.clock.pause()
        plot.cancel()
        with suppress(asyncio.CancelledError):
            await plot
        await runner.stop()
        await case_system.close()


async def _tokens(service: Service) -> dict[str, str]:
    """What each council's case system is let in with."""
    now = service.clock.now()
    return {
        authority: (await create_token(service.sessions, service.book, authority, now)).secret
        for authority in sorted(service.book.authorities)
    }


async def _begin(stage: Stage) -> None:
    """Set the clock going when somebody looks, or after a while anyway."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await stage.visited.wait()
    stage.clock.go()
