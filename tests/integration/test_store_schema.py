"""The schema: migrations and tables agree, and whoever starts first brings it up to date."""

import asyncio
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from config.database import make_engine
from service.domain.obligations import Obligation
from service.domain.records import DigestLine
from service.store import schema
from service.store.tables import digest_line, obligation

UPGRADE = """
import asyncio, sys
from config.database import make_engine
from service.store.schema import upgrade
async def run():
    engine = make_engine(sys.argv[1])
    await upgrade(engine)
    await engine.dispose()
asyncio.run(run())
"""


async def test_the_migrations_make_the_tables_that_the_program_knows(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/new.db")
    assert await schema.upgrade(engine) == (None, schema.newest())
    assert await schema.upgrade(engine) == (schema.newest(), schema.newest())
    async with engine.connect() as connection:
        assert await schema.differences(connection) == []
    await engine.dispose()


async def test_two_processes_that_start_at_once_take_turns(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/new.db"
    command = [sys.executable, "-c", UPGRADE, url]
    started = [await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE) for _ in range(3)]
    ended = [await process.communicate() for process in started]
    assert [(process.returncode, errors) for process, (_, errors) in zip(started, ended, strict=True)] == [(0, b"")] * 3


@pytest.mark.parametrize(("kept", "table"), [(Obligation, obligation), (DigestLine, digest_line)])
def test_nothing_of_what_the_core_says_is_left_out(kept: type, table: object) -> None:
    columns = {column.name for column in table.columns}  # type: ignore[attr-defined]  # a table of SQLAlchemy
    assert {field.name for field in fields(kept)} <= columns
