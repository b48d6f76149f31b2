"""The folder beside a file in which a backup is made, and the move into its place once it is whole."""

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
    """Make a private folder beside a file, and remove it at the end; folders left by killed processes are removed too.

    `BackupError` if the parent is not there, as on a disk that is not mounted, or cannot be written to.
    """
    folder = beside.absolute().parent
    if not folder.is_dir():
        raise BackupError(f"there is no folder {folder}: is its disk mounted? If it is to be new, make it first.")
    try:
        _sweep(folder)
        workfolder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
    except OSError as error:
        raise BackupError(f"{folder} cannot be written to ({error.strerror}).") from None
    lock = os.open(workfolder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # released however this process ends
        yield workfolder
    finally:
        shutil.rmtree(workfolder, ignore_errors=True)
        os.close(lock)


def put_in_place(file: Path, place: Path) -> None:
    """Move a file that is on disk to its place in one step: there is always either the old file or the new one."""
    file.replace(place)
    settle(place)


def settle(place: Path) -> None:
    """Sync the folder of a file, so that a change of the file's name is on disk."""
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
