"""Files of SQLite that tests begin with."""

import shutil
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from config.database import make_engine
from config.sqlite import SqliteConnection, connect
from service.store import schema
from tests.databases.postgres import apart

_COPIES: set[str] = set()


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


def copy_of(file: Path, folder: Path) -> str:
    """The address of a copy of a file. Of what this process commits there, nothing need outlive the machine."""
    copy = shutil.copy(file, folder / "planwatch.db")
    _COPIES.add(str(copy))
    return address_of(Path(copy))


@event.listens_for(Engine, "do_connect")
def _leave_copies_to_the_machine(_dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
    if arguments and arguments[0] in _COPIES:
        options["async_creator_fn"] = _connect_at_ease


async def _connect_at_ease(path: str, **options: Any) -> SqliteConnection:
    # To wait for the disk at each commit takes longer than most tests. As PostgreSQL here, it is spared that.
    connection = await connect(path, **options)
    await connection.do(lambda driver: driver.execute("PRAGMA synchronous = OFF").close())
    return connection
