"""Files of SQLite that tests begin with."""

import tempfile
from functools import cache, partial
from pathlib import Path

from config.database import make_engine
from service.store import schema
from tests.databases.postgres import apart


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
