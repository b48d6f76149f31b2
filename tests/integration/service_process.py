"""The program as people start it: a process of its own, on a database in a folder, asked over HTTP."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
from sqlalchemy import text

from config.database import make_engine, make_sessions, reading
from tests.databases.postgres import apart
from tests.databases.sqlite import migrated
from tests.fork_server import Forked, planwatch

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from cli.main import main; main()"]
MANAGERS = {"w-tm": "team_manager", "w-hsm": "hub_service_manager"}
PATIENCE = 600  # seconds for an answer: what hangs for so long has failed, on a busy machine too
NUMBERS = {"w-sw": "+447700900110", "w-tm": "+447700900111", "w-hsm": "+447700900112"}


@dataclass
class Places:
    """Where the process keeps its facts, and whom it tells."""

    folder: Path
    smtp_port: int = 1  # where nobody listens
    twilio_url: str = "http://127.0.0.1:1"
    more: Mapping[str, str] = field(default_factory=dict)
    database: str = ""  # its address; where there is none, a file of SQLite in the folder

    @property
    def environment(self) -> dict[str, str]:
        """What the process is started with."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PLANWATCH_")}
        ours = {
            "DATABASE_URL": self.address,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.smtp_port),
            "SMTP_TLS": "none",
            "MAIL_FROM": "planwatch@example.org",
            "TWILIO_ACCOUNT_SID": "AC" + "1" * 32,
            "TWILIO_AUTH_TOKEN": "token",
            "TWILIO_FROM": "+447700900123",
            "TWILIO_BASE_URL": self.twilio_url,
        } | dict(self.more)
        return inherited | {f"PLANWATCH_{name}": value for name, value in ours.items()} | {"PYTHONPATH": str(ROOT)}

    @property
    def address(self) -> str:
        """The address of the database."""
        return self.database or f"sqlite+aiosqlite:///{self.folder}/planwatch.db"

    def rows(self, question: str) -> list[tuple[object, ...]]:
        """What stands in the database, whoever else has it open."""
        if not self.database:
            with closing(sqlite3.connect(self.folder / "planwatch.db", timeout=PATIENCE)) as connection:
                return connection.execute(question).fetchall()

        async def ask() -> list[tuple[object, ...]]:
            engine = make_engine(self.address)
            async with reading(make_sessions(engine)) as session:
                found = [tuple(row) for row in await session.execute(text(question))]
            await engine.dispose()
            return found

        return apart(ask)

    def write(self, statement: str) -> None:
        """Change what stands there."""

        async def change() -> None:
            engine = make_engine(self.address)
            async with engine.begin() as connection:
                await connection.execute(text(statement))
            await engine.dispose()

        apart(change)

    def upgraded(self) -> "Places":
        """With a database that is up to date and holds nothing, unless there is one."""
        file = self.folder / "planwatch.db"
        if not self.database and not file.exists():
            file.write_bytes(migrated())
        return self

    async def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command to its end: status, output, errors."""
        process = await planwatch(*arguments, folder=self.folder, environment=self.environment)
        out, err = await process.communicate()
        return await process.wait(), out.decode(), err.decode()


@dataclass
class Running:
    """A process that takes events."""

    process: Forked
    url: str
    log: asyncio.Task[bytes]  # what it says on standard error from now on, complete when it has ended

    async def post(self, token: str, *events: Mapping[str, object]) -> httpx2.Response:
        """Send events as a batch."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents-batch+json"}
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            return await client.post(f"{self.url}/v1/events", content=json.dumps(events), headers=headers)

    async def kill(self) -> None:
        """End it as a loss of power would."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """Ask it to end, and give its status."""
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


@asynccontextmanager
async def running(places: Places, *options: str) -> AsyncIterator[Running]:
    """`planwatch run` on a free port, ready; killed at the end if it still lives. Its url is empty if it only works."""
    process = await planwatch("run", "--port", "0", *options, folder=places.folder, environment=places.environment)
    said, found = "", None
    while found is None and (line := await process.stderr.readline()):
        said += line.decode()
        found = re.search(r"http://127\.0\.0\.1:\d+|(?=does what is due)", said)
    assert found, said
    drain = asyncio.create_task(process.stderr.read())
    try:
        yield Running(process, found[0], drain)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await drain
        # Room that is kept for the worst would add up over the tests.
        (places.folder / "planwatch.db.ballast").unlink(missing_ok=True)


async def token_for_dudley(places: Places) -> str:
    """A token, made at the command line."""
    _, out, _ = await places.upgraded().run("token", "create", "--authority", "dudley")
    return out.split()[0]


def event(event_type: str, subject: str | None, event_id: str, **data: object) -> dict[str, object]:
    """An event of this moment."""
    envelope: dict[str, object] = {"specversion": "1.0", "source": "/dudley/test", "type": event_type, "id": event_id}
    if subject is not None:
        envelope["subject"] = subject
    return envelope | {"time": datetime.now(UTC).isoformat(), "data": data}


def caseload(*plans: str) -> list[dict[str, object]]:
    """Those who are told of a bottom line, and plans with a social worker."""
    found = [_person(name, number) for name, number in NUMBERS.items()]
    for name, held in MANAGERS.items():
        found.append(event("role.assigned", None, f"r-{name}", authority="dudley", role=held, person=name))
    for plan in plans:
        child = {"ref": f"C-{plan}", "initials": "ZQ", "date_of_birth": "2012-05-03"}
        opened = event("plan.opened", plan, f"o-{plan}", authority="dudley", child=child, route="child_in_need")
        role = event("role.assigned", plan, f"sw-{plan}", role="social_worker", person="w-sw")
        found += [opened, {**role, "time": opened["time"]}]
    return found


def _person(name: str, number: str) -> dict[str, object]:
    known = {"authority": "dudley", "name": "N", "kind": "worker", "mobile": number, "email": f"{name}@example.org"}
    return event("person.recorded", name, f"p-{name}", **known)


def breach(plan: str) -> dict[str, object]:
    """A bottom line of a plan, crossed now."""
    return event("bottom_line.breached", plan, f"b-{plan}", bottom_line="x", at=datetime.now(UTC).isoformat())
