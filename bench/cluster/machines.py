"""Two machines with a PostgreSQL server each, as Patroni keeps them: primary and synchronous standby."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx2

from bench.cluster.children import Child, free_port, give_away, kill_tree, unprivileged, write
from bench.cluster.gate import Gate

PASSWORD = "only-on-loopback"  # noqa: S105 - of servers that are gone at the end
_LIMIT = 300.0  # seconds for whatever is waited for
Programs = Mapping[str, Path]


@dataclass
class Machine:
    """One of the two.

    The gates are the ways by which its standby and planwatch reach its server, others its Patroni, and it reaches etcd.
    """

    name: str
    folder: Path
    programs: Programs
    to_etcd: Gate
    port: int = field(default_factory=free_port)
    rest_port: int = field(default_factory=free_port)
    patroni: Child | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        give_away(self.folder)
        self.to_standby, self.to_clients, self.to_patroni = Gate(self.port), Gate(self.port), Gate(self.rest_port)

    @property
    def ways(self) -> Sequence[Gate]:
        """All ways between it and the others."""
        return self.to_standby, self.to_clients, self.to_patroni, self.to_etcd

    @property
    def configuration(self) -> Path:
        """What Patroni is told."""
        return self.folder / "patroni.yml"

    async def open(self) -> None:
        """Open its ways, and write its configuration."""
        for way in self.ways:
            await way.start()
        write(
            "patroni.yml",
            self.folder,
            name=self.name,
            rest_listen=_local(self.rest_port),
            rest_address=_local(self.to_patroni.port),
            etcd=_local(self.to_etcd.port),
            only_these="\n  use_proxies: true",  # or it would learn from etcd how to go round the gate
            listen=_local(self.port),
            address=_local(self.to_standby.port),
            network="127.0.0.1/32",
            data=self.folder / "data",
            sockets=self.folder,
            programs=self.programs["postgres"].parent,
            pgpass=self.folder / "pgpass",
            password=PASSWORD,
        )

    def start(self) -> None:
        """Start Patroni, which starts the server."""
        self.patroni = Child([self.programs["patroni"], self.configuration], self.folder, "patroni")

    def kill(self) -> None:
        """End all of it at once, as a loss of power would."""
        assert self.patroni is not None
        pids = self.folder / "data" / "postmaster.pid"
        if pids.exists():
            kill_tree(int(pids.read_text().split()[0]))
        self.patroni.kill()

    def cut(self) -> None:
        """Cut it off from everybody."""
        for way in self.ways:
            way.cut()

    def mend(self) -> None:
        """Let it be reached again."""
        for way in self.ways:
            way.mend()

    async def stop(self) -> None:
        """End it in order, with its ways."""
        if self.patroni is not None:
            await asyncio.to_thread(self.patroni.stop)
        for way in self.ways:
            await way.stop()

    async def is_primary(self) -> bool:
        """Whether its Patroni says, behind all gates, that its server takes writes and holds the leader's key."""
        return (await _asked(self.rest_port, "/primary")) is not None

    async def roles(self) -> dict[str, str]:
        """The role of each member that runs, as this one knows it."""
        answer = await _asked(self.rest_port, "/cluster") or {}
        return {
            member["name"]: member["role"]
            for member in answer.get("members", ())
            if member["state"] in {"running", "streaming"}
        }


class Cluster:
    """Both machines, and etcd as the third voice."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        """Nothing runs before `start`."""
        self._folder, self._programs = folder, programs
        self._etcd_port = free_port()
        self._etcd: Child | None = None
        self.machines = [Machine(name, folder / name, programs, Gate(self._etcd_port)) for name in ("a", "b")]

    async def start(self) -> None:
        """Start everything, and wait until the pair is synchronous and planwatch has its database."""
        self._etcd = self._start_etcd()
        for machine in self.machines:
            await machine.open()
            machine.start()
            await until("a primary", self.primary)  # the first one makes the cluster; the other copies it
        primary = await until("a synchronous pair", self.synchronous)
        await say(primary, f"CREATE ROLE planwatch LOGIN PASSWORD '{PASSWORD}'", "postgres")
        await say(primary, "CREATE DATABASE planwatch OWNER planwatch", "postgres")

    async def stop(self) -> None:
        """End everything in order."""
        for machine in self.machines:
            await machine.stop()
        if self._etcd is not None:
            self._etcd.stop()

    async def primary(self) -> Machine | None:
        """The machine whose server takes writes now."""
        for machine in self.machines:
            if await machine.is_primary():
                return machine
        return None

    async def synchronous(self) -> Machine | None:
        """The primary, once the other one is its synchronous standby; else None."""
        primary = await self.primary()
        if primary is None or sorted((await primary.roles()).values()) != ["leader", "sync_standby"]:
            return None
        [row] = await say(primary, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", "postgres")
        return primary if row[0] else None

    def other(self, machine: Machine) -> Machine:
        """The machine that is not this one."""
        return next(candidate for candidate in self.machines if candidate is not machine)

    async def switch(self) -> None:
        """Have both change places, as `patronictl switchover` does it."""
        command = [self._programs["patronictl"], "-c", self.machines[0].configuration, "switchover", "--force"]
        words = [str(word) for word in command]

        def run() -> None:
            subprocess.run(words, check=True, capture_output=True, cwd="/", **unprivileged())

        await asyncio.to_thread(run)

    def _start_etcd(self) -> Child:
        folder = self._folder / "etcd"
        folder.mkdir()
        give_away(folder)
        clients, peers = f"http://{_local(self._etcd_port)}", f"http://{_local(free_port())}"
        words = {
            "name": "voice",
            "data-dir": folder / "data",
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"voice={peers}",
        }
        options: list[str | Path] = [str(word) for name, value in words.items() for word in (f"--{name}", value)]
        return Child([self._programs["etcd"], *options], folder, "etcd")


async def say(machine: Machine, statement: str, database: str, *values: object) -> list[Any]:
    """One statement to the server of a machine itself, as its superuser, and what it gives back."""
    connection = await asyncpg.connect(
        host="127.0.0.1", port=machine.port, user="postgres", password=PASSWORD, database=database
    )
    try:
        return list(await connection.fetch(statement, *values))
    finally:
        await connection.close()


Found = TypeVar("Found")


async def until(words: str, look: Callable[[], Coroutine[Any, Any, Found | None]], pause: float = 0.25) -> Found:
    """Wait until there is what is looked for, and return it. TimeoutError says in words what did not come."""
    ends = time.monotonic() + _LIMIT
    while time.monotonic() < ends:
        try:
            if found := await look():
                return found
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass  # it is just starting, or just gone
        await asyncio.sleep(pause)
    raise TimeoutError(f"{words} did not come within {_LIMIT:.0f} s")


async def _asked(port: int, path: str) -> Any:
    """What Patroni answers; None for a no, or for nobody there."""
    async with httpx2.AsyncClient(timeout=2) as client:
        try:
            answer = await client.get(f"http://{_local(port)}{path}")
        except httpx2.HTTPError:
            return None
    return answer.json() if answer.status_code == httpx2.codes.OK else None


def _local(port: int) -> str:
    return f"127.0.0.1:{port}"
