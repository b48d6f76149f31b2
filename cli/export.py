"""`planwatch export`: write one authority's events to a file that `ingest` and `simulate` take."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from cli.console import err
from cli.database import with_reading
from cli.faults import CommandError
from service.store import exported_events


def export(authority: str, file: Path) -> None:
    """Write the events, one a line, as they came. A CommandError where there are none, or the file cannot be made.

    The file holds what is known of children: nobody else on the machine may read it. One that is there already stays.
    """

    async def write(session: AsyncSession, now: datetime) -> int:
        del now
        number = 0
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as lines:
            async for raw in exported_events.of_authority(session, authority):
                lines.write(json.dumps(raw, ensure_ascii=False) + "\n")
                number += 1
            lines.flush()
            os.fsync(lines.fileno())
        return number

    try:
        written = with_reading(write)
    except FileExistsError:
        raise CommandError(f"{file} is there already, and stays as it is: name another file") from None
    except OSError as error:
        file.unlink(missing_ok=True)  # half of it would be taken for the whole
        raise CommandError(f"{file} cannot be written ({error.strerror}): name a file in a folder of yours") from None
    if not written:
        file.unlink()
        raise CommandError(f"there are no events of {authority}: write it as `planwatch policy show` does")
    err.print(f"{written:,} events of {authority} are in {file}. It holds what is known of children: keep it as such.")
