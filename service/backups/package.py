"""The file of a backup: a line with a checksum of all that follows, a line with the label, and the database."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

_FIRST = b"planwatch backup 1 "
_CHUNK = 1024 * 1024
_DIGITS = hashlib.sha256().digest_size * 2
_LONGEST_LABEL = 10_000  # bytes

Progress = Callable[[int, int | None], None]  # called with the bytes done and the total (None: not known)


class BackupError(Exception):
    """A backup cannot be made, read or put back; the words say what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Label:
    """The origin of a backup: the kind of database, its revision, and when the backup was made."""

    database: str  # sqlite or postgresql
    revision: str
    made_at: datetime


def write(path: Path, label: Label, content: Iterable[bytes]) -> int:
    """Write a backup that only its owner can read, synced to disk; return its size in bytes.

    The checksum is written last, into the place left for it: a backup that was cut off has none.
    """
    line = json.dumps(_as_text(label)).encode() + b"\n"
    digest = hashlib.sha256(line)
    with _private(path) as file:
        file.write(_FIRST + b"-" * _DIGITS + b"\n" + line)
        for chunk in content:
            digest.update(chunk)
            file.write(chunk)
        size = file.tell()
        file.seek(len(_FIRST))
        file.write(digest.hexdigest().encode())
        file.flush()
        os.fsync(file.fileno())
    return size


def verify(path: Path, progress: Progress) -> Label:
    """Read a backup to its end and return its label; `BackupError` if a single byte differs from what was written."""
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        expected = _checksum(file, path)
        digest = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            progress(file.tell(), size)
    if digest.hexdigest() != expected:
        raise BackupError(f"{path} is damaged: it is not what was written (checksum). Use another backup.")
    return read_label(path)


def read_label(path: Path) -> Label:
    """Read the label of a backup; `BackupError` if it cannot be read."""
    with _opened(path) as file:
        _checksum(file, path)
        try:
            label = json.loads(file.readline(_LONGEST_LABEL))
            return Label(label["database"], label["revision"], datetime.fromisoformat(label["made_at"]))
        except (ValueError, KeyError, TypeError):
            raise BackupError(f"{path} is damaged: it does not say what it is. Use another backup.") from None


def content(path: Path) -> Iterator[bytes]:
    """The database in a backup, chunk by chunk."""
    with _opened(path) as file:
        file.readline(_LONGEST_LABEL)
        file.readline(_LONGEST_LABEL)
        while chunk := file.read(_CHUNK):
            yield chunk


def unpack(path: Path, target: Path) -> None:
    """Write the database in a backup to a file that only its owner can read, synced to disk."""
    with _private(target) as file:
        for chunk in content(path):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file, chunk by chunk."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BackupError(f"{path} cannot be read ({error.strerror}).") from None


def _checksum(file: BinaryIO, path: Path) -> str:
    line = file.read(len(_FIRST) + _DIGITS + 1)
    if not line.startswith(_FIRST) or not line.endswith(b"\n"):
        raise BackupError(f"{path} is no backup of planwatch, or was cut off while it was made.")
    return line[len(_FIRST) : -1].decode("ascii", "replace")


def _as_text(label: Label) -> dict[str, str]:
    return {"database": label.database, "revision": label.revision, "made_at": label.made_at.isoformat()}
