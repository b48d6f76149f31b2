"""`planwatch run`: web and clock in one process, until it is told to stop."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from sqlalchemy.exc import DBAPIError

from cli.child import keep_sentinel
from cli.console import err
from cli.faults import CommandError
from config.logs import configure_logs
from config.settings import Settings
from jobs.runner import Runner
from jobs.timetable import alive
from notifications.message import Channel
from service.api.application import make_application
from service.app import Service, open_service
from service.use_cases.watch_room import watch_room

_NEEDED = {
    Channel.EMAIL: "PLANWATCH_SMTP_HOST and PLANWATCH_MAIL_FROM",
    Channel.SMS: "PLANWATCH_TWILIO_ACCOUNT_SID, PLANWATCH_TWILIO_AUTH_TOKEN and PLANWATCH_TWILIO_FROM",
}
_NOBODY_TO_TELL = (
    "neither email nor texts are set up: nobody could be told anything, so the service does not start.\n"
    f"  For email set {_NEEDED[Channel.EMAIL]}.\n  For texts set {_NEEDED[Channel.SMS]}.\n"
    "  To see it work without any settings: planwatch run --demo"
)


def run_service(host: str | None, port: int | None) -> None:
    """Run with the settings of the environment; `host` and `port` stand above them."""
    settings = Settings.load()
    configure_logs(json=not sys.stderr.isatty())
    asyncio.run(_run(settings, host or settings.http_host, settings.http_port if port is None else port))


async def _run(settings: Settings, host: str, port: int) -> None:
    listening = _listen(host, port)
    service = await open_service(settings)
    try:
        if not service.senders:
            raise CommandError(_NOBODY_TO_TELL)
        _say_what_is_missing(service)
        with contextlib.suppress(DBAPIError):  # the timetable goes on trying
            await watch_room(service.sessions, service.book, service.ballast, service.clock.now())
        await _serve_watched(service, listening)
    finally:
        await service.close()


async def _serve_watched(service: Service, listening: socket.socket) -> None:
    """Serve, with the auditor beside it in a process of its own, which finds this one alive from the first."""
    with contextlib.suppress(DBAPIError):  # as above
        await alive(service, service.clock.now())
    auditor = asyncio.create_task(keep_sentinel())
    try:
        await serve(service, listening)
    finally:
        auditor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await auditor


async def serve(service: Service, listening: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C; then take nothing new, and let what is being handed over come to its end."""
    config = uvicorn.Config(make_application(service), log_config=None, access_log=False, lifespan="off")
    config.timeout_graceful_shutdown = 5
    server = _Server(config)
    runner = Runner(service)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    runner.start()
    address, port = listening.getsockname()[:2]
    err.print(
        f"planwatch takes events at http://{address}:{port}/v1/events, and says how it is at /readyz. Ctrl-C ends it."
    )
    try:
        await server.serve(sockets=[listening])
    finally:
        await runner.stop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    err.print("planwatch has stopped. What was due is kept, and told with the next start.")


class _Server(uvicorn.Server):
    """Leaves the signals to us: by itself it would raise them again at its end, before the clock has stopped."""

    def stop(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(f"cannot listen on {host}:{port} ({reason}); choose another with --port") from None


def _say_what_is_missing(service: Service) -> None:
    for channel, needed in _NEEDED.items():
        if channel not in service.senders:
            err.print(f"[bold red]NO {channel.value.upper()} IS SENT[/]: it is not set up. Set {needed}.")
    if Channel.SMS in service.senders and service.settings.public_url is None:
        err.print("[bold red]NO TEXT IS RECEIVED[/]: set PLANWATCH_PUBLIC_URL, and give it to Twilio.")
