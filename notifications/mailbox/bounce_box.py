"""The mailbox in which returned email arrives: a Maildir folder or an mbox file, filled by others."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import structlog

from notifications.mailbox.bounces import LONGEST, Bounce, read_bounce
from notifications.mailbox.canary import mark_in

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Returned:
    """One email: `mark` tells it from all others; `bounce`, what it reports, if it is a report at all.

    `canary`: its mark, if it is no report but what planwatch writes to itself.
    """

    mark: str
    bounce: Bounce | None
    file: Path | None = None  # in a Maildir
    canary: str | None = None


class BounceBox:
    """Reads what is new. A Maildir's email is put among the read when it is dealt with; an mbox is left as it is."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._read: tuple[int, int] | None = None  # the mbox as it was when all of it was dealt with
        self._reading: tuple[int, int] | None = None

    @property
    def fault(self) -> str | None:
        """What is wrong with the place, in words; None: it can be read."""
        try:
            if self._is_maildir():
                next((self.place / "new").iterdir(), None)
            else:
                self.place.open("rb").close()
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return None

    def new(self) -> Iterator[Returned]:
        """What is to be dealt with; nothing where there is no such place yet."""
        if self._is_maildir():
            yield from self._in_maildir()
        elif self.place.is_file() and self._has_changed():
            yield from read_file(self.place)

    def done(self, returned: Returned) -> None:
        """Put one among the read: a report or canary as dealt with, anything else for whoever looks there."""
        if returned.file is not None:
            read = self.place / "cur" / f"{returned.file.name}:2,{'S' if returned.bounce or returned.canary else ''}"
            with suppress(FileNotFoundError):  # another process was faster
                returned.file.replace(read)

    def all_done(self) -> None:
        """All that `new` gave was dealt with."""
        self._read = self._reading

    def _is_maildir(self) -> bool:
        return (self.place / "new").is_dir()

    def _in_maildir(self) -> Iterator[Returned]:
        for file in sorted((self.place / "new").iterdir()):
            try:
                with file.open("rb") as opened:
                    raw = opened.read(LONGEST)
            except OSError as error:  # it is another's by now, or not ours to read
                _log.warning("returned email not read", error=type(error).__name__)
                continue
            yield _returned(raw, file)

    def _has_changed(self) -> bool:
        found = self.place.stat()
        self._reading = (found.st_size, found.st_mtime_ns)
        return self._reading != self._read


def read_file(path: Path) -> Iterator[Returned]:
    """The emails in a file: an mbox, or one email by itself."""
    with path.open("rb") as file:
        for _, group in groupby(_numbered(file), key=itemgetter(0)):
            yield _returned(b"".join(line for _, line in group))


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Each line that is read, with the number of its email."""
    number, size, blank = 0, 0, True
    for line in lines:
        if blank and line.startswith(b"From "):
            number, size = number + 1, 0
        elif size < LONGEST:
            size += len(line)
            yield number, line
        blank = not line.strip()


def _returned(raw: bytes, file: Path | None = None) -> Returned:
    bounce = read_bounce(raw)
    canary = None if bounce else mark_in(raw)
    return Returned(hashlib.sha256(raw.rstrip()).hexdigest(), bounce, file, canary)
