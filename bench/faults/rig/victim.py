"""The real service or a worker in a process that kills itself at a named point.

`python -m bench.faults.rig.victim` reads one job a line from stdin, each a JSON object, and does it in a child that it
forks: so a kill costs no start of Python. It prints `port N` when a service listens, and `ended N`, the child's status.
Nothing in the product knows of these points: they hang on statements, on the senders, and around the application.
"""

import asyncio
import json
import os
import signal
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bench.faults.rig.clock import SharedClock
from bench.faults.rig.worker import HANDING_OVER, Job, open_worker
from cli import run
from config import wakeup
from config.database import make_engine, make_sessions
from config.logs import configure_logs
from jobs.runner import Runner
from jobs.timetable import TIMETABLE
from notifications.message import Outgoing, Sought
from notifications.providers.sender import CanBeAsked, Sender, Senders
from notifications.providers.senders import make_senders
from service.api.application import make_application
from service.app import Service, open_service
from service.store import schema
from service.use_cases.operations.erase_authority import erase_authority

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
FIFTH = 5  # of a group: others are before the point then, and others behind it
CRASH = b"x-crash"  # a request with this header is the one in which to die


def die() -> None:
    """End as a loss of power would."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class Fuse:
    """Whether the point is live: at once, or from the request that says so; `only`: for the text that holds this."""

    point: str
    live: bool = True
    only: str = ""

    def reached(self, point: str, text: str = "") -> None:
        """Die here, if this is the point."""
        if self.live and point == self.point and self.only in text:
            die()


# --------------------------------------------------------------------------------------------------- in the database

# The point, the beginning of a statement before which it lies, and that of the one before it in its transaction.
KEPT = "text kept, not understood"
STATEMENTS = (
    ("claimed, no attempt", "INSERT INTO attempt", ""),
    ("attempt ended, not its message", "UPDATE message SET", "UPDATE attempt SET phase=:, outcome"),
    ("looked, nothing in the outbox", "INSERT INTO message", ""),
    ("digest in the outbox, its lines not", "UPDATE digest_line", "INSERT INTO message"),
    (KEPT, "SELECT raw_inbound.provider", ""),
)


def watch_statements(fuse: Fuse) -> None:
    """Reach the points that lie between two statements, or before the n-th of a migration."""
    last_statement: dict[int, str] = {}
    number, kept = 0, False

    @event.listens_for(Engine, "begin")
    def begun(connection: Any) -> None:
        last_statement[id(connection)] = ""

    @event.listens_for(Engine, "before_cursor_execute")
    def about_to(connection: Any, cursor: Any, statement: str, *rest: object) -> None:
        nonlocal number, kept
        number += 1
        kept = kept or statement.startswith("INSERT INTO raw_inbound")
        fuse.reached(f"statement {number}")
        for point, here, before in STATEMENTS:
            if point == KEPT and not kept:  # the timetable asks the same now and then
                continue
            if statement.startswith(here) and _like(last_statement.get(id(connection), ""), before):
                fuse.reached(point)
        last_statement[id(connection)] = statement


def _like(statement: str, pattern: str) -> bool:
    """Whether a statement begins so, whatever its parameters are called."""
    place = 0
    for part in pattern.split(":"):
        position = statement.find(part.lstrip(", "), place)
        if position < 0 or (place == 0 and position > 0):
            return False
        place = position + len(part)
    return True


# -------------------------------------------------------------------------------------------------- around a sender


class Doomed:
    """A sender that reaches the points on its way."""

    def __init__(self, sender: Sender, fuse: Fuse) -> None:
        self._sender, self._fuse = sender, fuse
        self._times: Counter[str] = Counter()
        self.name, self.keeps_to_time = sender.name, sender.keeps_to_time

    async def send(self, outgoing: Outgoing) -> str:
        """Send, if it lives to."""

        async def before_data() -> None:
            self._reached("recipient named")
            await outgoing.before_data()
            self._reached("data allowed")

        self._fuse.reached("attempt on record", outgoing.content.text)
        provider_id = await self._sender.send(replace(outgoing, before_data=before_data))
        self._reached("answered, not recorded")
        return provider_id

    def _reached(self, point: str) -> None:
        self._times[point] += 1
        self._fuse.reached(point)
        if self._times[point] == FIFTH:
            self._fuse.reached(f"fifth {point}")


class DoomedAndAsked(Doomed):
    """The same, of a provider that can be asked."""

    async def look_up(self, sought: Sought) -> str | None:
        """Ask it."""
        assert isinstance(self._sender, CanBeAsked)
        return await self._sender.look_up(sought)


def doomed(senders: Senders, fuse: Fuse) -> Senders:
    """All of them, with the points on their way."""
    return {
        channel: [(DoomedAndAsked if isinstance(sender, CanBeAsked) else Doomed)(sender, fuse) for sender in of_channel]
        for channel, of_channel in senders.items()
    }


# --------------------------------------------------------------------------------------------- around the application


def around(application: Any, fuse: Fuse) -> Any:
    """The application, with the points of a request."""

    async def called(scope: Scope, receive: Receive, send: Send) -> None:
        fuse.live = fuse.live or any(name == CRASH for name, _ in scope.get("headers", ()))

        async def receiving() -> Scope:
            message = await receive()
            if not message.get("more_body", False):
                fuse.reached("body read")
            return message

        async def sending(message: Scope) -> None:
            fuse.reached("done, not answered")
            await send(message)

        await application(scope, receiving, sending)

    return called


# ------------------------------------------------------------------------------------------------------------ the jobs


async def hand_over(job: Job, fuse: Fuse, channel: str) -> None:
    """Hand over what is due on one channel, one message at a time."""
    service = await open_worker(job, lambda senders: doomed(senders, fuse))
    step = service.delivery.step

    async def stepping(**options: Any) -> bool:
        done = await step(**options)
        if done:
            fuse.reached("recorded")
        return done

    service.delivery.step = stepping  # type: ignore[method-assign]  # a point of its own
    lane = [tick for tick in HANDING_OVER if tick.name == f"{channel}-1"]
    Runner(service, lane).start()
    await asyncio.Event().wait()


def doomed_application(service: Service, fuse: Fuse) -> FastAPI:
    """The service's application, in which a request can be one to die in."""
    app = make_application(service)
    app.add_middleware(around, fuse=fuse)
    return app


async def serve(job: Job, fuse: Fuse, start: datetime) -> None:
    """The whole service, on a free port, as `planwatch run` has it, without the auditor beside it."""
    clock = SharedClock(job.began, job.speed, start)
    senders = doomed(make_senders(job.settings), fuse)
    service: Service = await open_service(job.settings, clock=clock, senders=senders)
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    sys.stdout.write(f"port {listening.getsockname()[1]}\n")
    sys.stdout.flush()
    vars(run)["make_application"] = partial(doomed_application, fuse=fuse)
    listens = asyncio.create_task(wakeup.listen(service.engine, service.woken.set))
    await run._run_until_told(service, run.ProcessKind.BOTH, listening)
    listens.cancel()


async def tick(job: Job, fuse: Fuse, start: datetime, names: Sequence[str]) -> None:
    """Some ticks of the timetable alone, of the whole service."""
    clock = SharedClock(job.began, job.speed, start)
    service = await open_service(job.settings, clock=clock, senders=doomed(make_senders(job.settings), fuse))
    Runner(service, [tick for tick in TIMETABLE if tick.name in names]).start()
    await asyncio.Event().wait()


async def migrate(job: Job) -> None:
    """Bring the database up to date."""
    engine = make_engine(job.database)
    await schema.upgrade(engine)
    await engine.dispose()


async def erase(job: Job, authority: str, now: datetime) -> None:
    """Erase an authority."""
    engine = make_engine(job.database)
    await erase_authority(make_sessions(engine), authority, "victim", now)
    await engine.dispose()


def do(line: str) -> None:
    """One job, in this process."""
    order = json.loads(line)
    job = Job(**order["job"])
    fuse = Fuse(order["point"], not order.get("on_request", False), order.get("only", ""))
    configure_logs(json=True)
    watch_statements(fuse)
    match order["what"]:
        case "hand over":
            asyncio.run(hand_over(job, fuse, order["channel"]))
        case "serve":
            asyncio.run(serve(job, fuse, datetime.fromisoformat(order["start"])))
        case "tick":
            asyncio.run(tick(job, fuse, datetime.fromisoformat(order["start"]), order["names"]))
        case "migrate":
            asyncio.run(migrate(job))
        case "erase":
            asyncio.run(erase(job, order["authority"], datetime.fromisoformat(order["now"])))


def main() -> None:
    """One child after the other."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            do(line)
            os._exit(0)
        sys.stdout.write(f"started {child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
