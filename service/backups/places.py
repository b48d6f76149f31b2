"""Where a backup is made: in a folder of its own beside the file, and moved into its place when it is whole."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.backups.package import BackupError

_PREFIX = ".planwatch-"


@contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """A folder for nobody else's eyes beside a file, gone at the end; those of processes that were killed go too."""
    folder = beside.absolute().parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(folder)
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    except OSError as error:
        raise BackupError(f"{folder} cannot be written to ({error.strerror}).") from None
    lock = os.open(made, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go by whatever ends this process
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(lock)


def put_in_place(made: Path, place: Path) -> None:
    """Move a file that is on disk to where it belongs: one moment the old one is there, the next the new one."""
    made.replace(place)
    settle(place)


def settle(place: Path) -> None:
    """Have what was done to a file's name on disk."""
    folder = os.open(place.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # its owner lives, or it is gone already
            _remove_if_abandoned(left)


def _remove_if_abandoned(left: Path) -> None:
    lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(lock)
