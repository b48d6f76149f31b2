"""The second place: a small file that remembers how far the database had come, should the database forget it."""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from service.store.high_water_marks import Marks

_FOLDER = Path("var")


@dataclass(frozen=True, slots=True)
class Remembered:
    """What stands in the file: the marks, and when they were written down."""

    marks: Marks
    at: datetime


def place_of(database_url: str) -> Path | None:
    """Where the marks of a database are kept: beside SQLite's file, else in `var/`, under a name that tells nothing.

    None for a database in memory, which cannot come back older than it was.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        there = url.database and url.database != ":memory:"
        return Path(f"{url.database}.marks") if there else None
    # Neither name nor password stand in the name of a file.
    name = f"{url.host}:{url.port}/{url.database}?{sorted(url.query.items())}"
    return _FOLDER / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.marks"


def read(place: Path) -> Remembered | None:
    """What was remembered; None where nothing was, or nothing that can be read. May raise `OSError`."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        attempted = datetime.fromisoformat(found["attempted"]) if found["attempted"] else None
        return Remembered(Marks(int(found["events"]), attempted), datetime.fromisoformat(found["at"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(place: Path, marks: Marks, at: datetime) -> None:
    """Remember marks: wholly or not at all, also through a loss of power. May raise `OSError`."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    attempted = marks.attempted.isoformat() if marks.attempted else None
    said = json.dumps({"events": marks.events, "attempted": attempted, "at": at.isoformat()})
    beside = place.with_name(f"{place.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        file.write(said)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(place)
