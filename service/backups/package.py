"""The file of a backup: a line with a checksum of all that follows, a line that says what it is, and the database."""

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

Progress = Callable[[int, int | None], None]  # how much is done, of how much; None: not known


class BackupError(Exception):
    """A backup cannot be made, read or put back; the words say what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a backup is of, and when it was made."""

    database: str  # sqlite or postgresql
    revision: str
    made_at: datetime


def write(path: Path, label: Label, content: Iterable[bytes]) -> int:
    """Write a backup, on disk when this returns, for nobody else's eyes; its size in bytes.

    The checksum comes last, into the place that was left for it: what was cut off has none.
    """
    line = json.dumps(_as_text(label)).encode() + b"\n"
    whole = hashlib.sha256(line)
    with _private(path) as file:
        file.write(_FIRST + b"-" * _DIGITS + b"\n" + line)
        for chunk in content:
            whole.update(chunk)
            file.write(chunk)
        size = file.tell()
        file.seek(len(_FIRST))
        file.write(whole.hexdigest().encode())
        file.flush()
        os.fsync(file.fileno())
    return size


def verify(path: Path, progress: Progress) -> Label:
    """Read a backup to its end and say what it is; a `BackupError` where a single byte is not as it was written."""
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        said = _checksum(file, path)
        whole = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
            progress(file.tell(), size)
    if whole.hexdigest() != said:
        raise BackupError(f"{path} is damaged: it is not what was written (checksum). Use another backup.")
    return read_label(path)


def read_label(path: Path) -> Label:
    """What a backup says that it is."""
    with _opened(path) as file:
        _checksum(file, path)
        try:
            told = json.loads(file.readline(_LONGEST_LABEL))
            return Label(told["database"], told["revision"], datetime.fromisoformat(told["made_at"]))
        except (ValueError, KeyError, TypeError):
            raise BackupError(f"{path} is damaged: it does not say what it is. Use another backup.") from None


def content(path: Path) -> Iterator[bytes]:
    """The database in a backup, piece by piece."""
    with _opened(path) as file:
        file.readline(_LONGEST_LABEL)
        file.readline(_LONGEST_LABEL)
        while chunk := file.read(_CHUNK):
            yield chunk


def unpack(path: Path, target: Path) -> None:
    """Write the database in a backup into a file of its own, for nobody else's eyes."""
    with _private(target) as file:
        for chunk in content(path):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def pieces(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
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
