"""Room on the disk of the database, against what must always fit there."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from cli.doctor.checked import Checked, size
from config.database import sqlite_file
from config.disk_reserve import SIZE
from config.settings import Settings


async def check(settings: Settings) -> Sequence[Checked]:
    """A file of SQLite: its folder. PostgreSQL's disk is its server's."""
    file = sqlite_file(settings.database_url)
    return [await asyncio.to_thread(_room, file)] if file else []


def _room(file: Path) -> Checked:
    folder = next(one for one in file.absolute().parents if one.exists())
    free = shutil.disk_usage(folder).free
    stored = sum(one.stat().st_size for one in (file, file.with_name(f"{file.name}-wal")) if one.exists())
    said = f"{size(free)} free; the database takes {size(stored)}"
    return judged(said, free, stored, disk_reserve=file.with_name(f"{file.name}.ballast").exists())


def judged(said: str, free: int, stored: int, *, disk_reserve: bool) -> Checked:
    """Whether it is enough: for the reserve, or what is left beside it; and for a copy of all that is stored."""
    if free < (SIZE if disk_reserve else 2 * SIZE):
        return Checked("disk", f"{said}: too little", "make room: soon nothing is taken but what is about danger")
    if free < stored + 2 * SIZE:
        do = "make room, or back up to another disk: a copy of the database does not fit beside it"
        return Checked("disk", said, do, works=True)
    return Checked("disk", said)
