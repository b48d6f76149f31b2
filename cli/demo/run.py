"""The demonstration from start to end: everything in one process and one fresh folder, gone when it is over."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from cli.demo.conductor import Conductor
from cli.demo.data.caseload import DATA, Caseload
from cli.demo.demo_clock import DemoClock
from cli.demo.history import load_history
from cli.demo.pages.actions import SPEEDS
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.views import mount_demo
from cli.demo.standins.arrivals import Arrivals
from cli.demo.standins.case_system import CaseSystem
from cli.demo.standins.mail_server import mail_server
from cli.demo.standins.phone_owners import PhoneOwners
from cli.demo.standins.sms_provider import Account, SmsProvider
from cli.serving import listen, serving
from config.clock import SystemClock
from config.logs import configure_logs
from config.settings import Settings
from jobs.runner import Runner
from jobs.timetable import TIMETABLE
from notifications.outbox.attempt import Pace
from service.api.application import make_application
from service.app import Service, open_service
from service.domain.calendar import local_day
from service.use_cases.intake.create_token import create_token

# Real seconds between two ticks: the clock waits for them wherever anything is due.
_TICKS = {"look": 0.05, "digest": 0.05}
_TICK = 0.2
# Real seconds that the clock waits for somebody to open the page.
_PATIENCE = 15.0
# A lease must outlast a skip over a long weekend by the demonstration's clock: six days.
_LEASES = Pace(lease=60.0, speed=6 * SPEEDS["day"])

SPEED = SPEEDS["day"]
HOST = "127.0.0.1"


def run_demo(speed: float, port: int, data: Path = DATA) -> None:
    """Run until Ctrl-C; `speed` is how many seconds pass in one. CommandError: the port is not to be had."""
    configure_logs(json=False, level="ERROR")
    bound = listen(HOST, port)
    with TemporaryDirectory(prefix="planwatch-demo-") as folder:
        asyncio.run(_run(folder, bound, speed, Caseload(local_day(SystemClock().now()), data)))
    print("\nThe demonstration has ended, and its folder is gone.")


async def _run(folder: str, bound: socket.socket, speed: float, caseload: Caseload) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    address = f"http://{HOST}:{bound.getsockname()[1]}"
    async with _set_up(folder, address, speed, caseload) as demonstration:
        councils, plans = len(caseload.councils), len(caseload.plans)
        print(f"Loading {councils} made-up councils: {plans} plans, a quarter of a year of history ...", flush=True)
        await load_history(demonstration.service, caseload.history)
        await _play(demonstration, address, bound, ended)


@asynccontextmanager
async def _set_up(folder: str, address: str, speed: float, caseload: Caseload) -> AsyncIterator[Demonstration]:
    """The service, and what is outside it: the time, and whoever receives its messages."""
    clock, account, bound = DemoClock(caseload.start, speed), Account(), listen(HOST)
    arrivals = Arrivals(clock)
    provider = SmsProvider(account, arrivals, clock, address)
    owners = PhoneOwners(caseload.replies, clock, arrivals, provider)
    async with mail_server(arrivals) as smtp_port, serving(provider.app, bound):
        settings = Settings(
            database_url=f"sqlite+aiosqlite:///{folder}/planwatch.db", public_url=address,
            smtp_host=HOST, smtp_port=smtp_port, smtp_tls="none", smtp_username=None, smtp_password=None,
            mail_from="planwatch@council.example.org",
            twilio_account_sid=account.sid, twilio_auth_token=SecretStr(account.token), twilio_from=account.number,
            twilio_base_url=f"http://{HOST}:{bound.getsockname()[1]}",
        )  # fmt: skip
        service = await open_service(settings, clock=clock, pace=_LEASES)
        cases = CaseSystem(caseload.script, clock, address, await _tokens(service))
        try:
            yield Demonstration(service, caseload, clock, arrivals, cases, provider, owners)
        finally:
            await cases.close()
            await service.close()
            await provider.close()


async def _play(demonstration: Demonstration, address: str, bound: socket.socket, ended: asyncio.Event) -> None:
    """Everything at work, until the end."""
    service = demonstration.service
    app = make_application(service)
    mount_demo(app, demonstration)
    runner = Runner(service, [replace(tick, seconds=_TICKS.get(tick.name, _TICK)) for tick in TIMETABLE])
    async with serving(app, bound):
        runner.start()
        print(f"The demonstration is at {address}/ (Ctrl-C ends it)", flush=True)
        story = asyncio.gather(_begin(demonstration), Conductor(demonstration).run())
        await ended.wait()
        demonstration.clock.pause()
        story.cancel()
        with suppress(asyncio.CancelledError):
            await story
        await runner.stop()


async def _tokens(service: Service) -> dict[str, str]:
    """What each council's case system is let in with."""
    book, now = service.book, service.clock.now()
    return {name: (await create_token(service.sessions, book, name, now)).secret for name in book.authorities}


async def _begin(demonstration: Demonstration) -> None:
    """Set the clock going when somebody looks, or after a while anyway."""
    with suppress(TimeoutError):
        await asyncio.wait_for(demonstration.visited.wait(), _PATIENCE)
    demonstration.clock.go()
