"""Files of SQLite that tests begin with, and connections to them that cost a test less."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Generator
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from config.database import make_engine
from config.sqlite import SqliteConnection, connect
from service.store import schema
from tests.databases.postgres import apart
from tests.examples import IS_NIGHTLY
from tests.waiting import others_turn

_COPIES: dict[str, type[SqliteConnection]] = {}
_PATIENCE = 30.0  # seconds, as the program's own connections have it
_BETWEEN_TRIES = 0.002


@cache
def migrated() -> bytes:
    """The content of a file that is up to date and holds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "planwatch.db"
        apart(partial(migrate, address_of(file)))
        return file.read_bytes()


def address_of(file: Path) -> str:
    """The address of a file's database."""
    return f"sqlite+aiosqlite:///{file}"


async def migrate(url: str) -> None:
    """Bring a database of either kind up to date."""
    engine = make_engine(url)
    await schema.upgrade(engine)
    await engine.dispose()


class ThreadlessConnection(SqliteConnection):
    """A connection whose statements are executed where they are called: to go to a thread costs more than most of them.

    Other tasks have their turn before each statement, as they have with a thread; two statements never run at once.
    """

    def __await__(self) -> Generator[Any, None, SqliteConnection]:
        return self._connect().__await__()

    async def _connect(self) -> SqliteConnection:
        self._connection = self._connector()
        return self

    def stop(self) -> None:
        """Close it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._connection is None:
            raise ValueError("Connection closed")
        self._is_idle = False
        await others_turn()
        ends = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            try:
                result = fn(*args, **kwargs)
            except sqlite3.OperationalError as error:
                if not _is_locked_out(error, self._connection) or asyncio.get_running_loop().time() > ends:
                    raise
            else:
                self._is_idle = True
                return result
            await asyncio.sleep(_BETWEEN_TRIES)  # whoever holds the lock may need this loop to let it go


def _is_locked_out(error: sqlite3.OperationalError, connection: sqlite3.Connection) -> bool:
    return error.sqlite_errorcode == sqlite3.SQLITE_BUSY and not connection.in_transaction


def copy_of(file: Path, folder: Path, *, threads: bool = IS_NIGHTLY) -> str:
    """The address of a copy of a file. Of what this process commits there, nothing need outlive the machine.

    `threads`: whether a connection of this process has a thread, as those of the program have.
    """
    copy = shutil.copy(file, folder / "planwatch.db")
    _COPIES[str(copy)] = SqliteConnection if threads else ThreadlessConnection
    return address_of(Path(copy))


@event.listens_for(Engine, "do_connect")
def _leave_copies_to_the_machine(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
    if arguments and arguments[0] in _COPIES:
        options["async_creator_fn"] = partial(connect_at_ease, _COPIES[arguments[0]])


async def connect_at_ease(kind: type[SqliteConnection], path: str, **options: Any) -> SqliteConnection:
    """A connection of a kind to a file of which nothing need outlive the machine."""
    connection = await connect(path, kind, **options)
    # To wait for the disk at each commit takes longer than most tests. As PostgreSQL here, it is spared that.
    await connection.do(lambda driver: driver.execute("PRAGMA synchronous = OFF").close())
    if kind is ThreadlessConnection:  # to wait for a lock within a statement would keep the whole loop
        await connection.do(lambda driver: driver.execute("PRAGMA busy_timeout = 0").close())
    return connection
