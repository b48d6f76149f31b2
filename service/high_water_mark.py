"""The file of the high-water marks: how far the database had come, in case an older copy takes its place."""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from service.store.high_water_marks import HighWaterMarks

_FOLDER = Path("var")


@dataclass(frozen=True, slots=True)
class SavedMarks:
    """The content of the file: the marks, and the moment (aware, UTC) at which they were written."""

    marks: HighWaterMarks
    at: datetime


def path_of(database_url: str) -> Path | None:
    """The path of a database's marks: beside SQLite's file, else in `var/`, under a name that reveals nothing.

    None for a database in memory, which cannot be replaced by an older copy.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        on_disk = url.database and url.database != ":memory:"
        return Path(f"{url.database}.marks") if on_disk else None
    # The name of the file is a hash: it reveals neither host nor user.
    name = f"{url.host}:{url.port}/{url.database}?{sorted(url.query.items())}"
    return _FOLDER / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.marks"


def read(path: Path) -> SavedMarks | None:
    """The saved marks. None where there is no file, or none that can be understood. May raise `OSError`."""
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        attempted = datetime.fromisoformat(entry["attempted"]) if entry["attempted"] else None
        return SavedMarks(HighWaterMarks(int(entry["events"]), attempted), datetime.fromisoformat(entry["at"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def write(path: Path, marks: HighWaterMarks, at: datetime) -> None:
    """Save marks: wholly or not at all, even if the power fails. May raise `OSError`."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    attempted = marks.attempted.isoformat() if marks.attempted else None
    text = json.dumps({"events": marks.events, "attempted": attempted, "at": at.isoformat()})
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
