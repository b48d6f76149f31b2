"""The mailbox in which returned email arrives: a Maildir folder or an mbox file. Other programs fill it."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import structlog

from notifications.mailbox.bounces import Bounce, read_bounce
from notifications.mailbox.canary import mark_in
from notifications.mailbox.parts import LONGEST, Unreadable

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Returned:
    """One email in the mailbox. `mark` identifies it. `bounce` is what it reports, if it is a report.

    `canary` is the canary's mark, if it is an email that planwatch sent to itself. `unreadable`: it has too many parts,
    and was not taken apart.
    """

    mark: str
    bounce: Bounce | None
    file: Path | None = None  # in a Maildir
    canary: str | None = None
    unreadable: bool = False


class BounceBox:
    """Reads new email. In a Maildir, email that was dealt with is moved to `cur`. An mbox is left as it is."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._read: tuple[int, int] | None = None  # the mbox (size, time of change) when it was dealt with
        self._reading: tuple[int, int] | None = None

    @property
    def fault(self) -> str | None:
        """What is wrong with the mailbox, in words. None: it can be read."""
        try:
            if self._is_maildir():
                next((self.place / "new").iterdir(), None)
            else:
                self.place.open("rb").close()
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        return None

    def new(self) -> Iterator[Returned]:
        """The emails to be dealt with. There are none while the mailbox does not exist."""
        if self._is_maildir():
            yield from self._in_maildir()
        elif self.place.is_file() and self._has_changed():
            yield from read_file(self.place)

    def done(self, returned: Returned) -> None:
        """Move an email to `cur`: reports and canaries as seen, anything else as unseen, for people to read.

        What could not be read is flagged as well.
        """
        if returned.file is not None:
            flags = "F" if returned.unreadable else "S" if returned.bounce or returned.canary else ""
            read = self.place / "cur" / f"{returned.file.name}:2,{flags}"
            with suppress(FileNotFoundError):  # another process was faster
                returned.file.replace(read)

    def all_done(self) -> None:
        """Note that all emails that `new` gave were dealt with."""
        self._read = self._reading

    def _is_maildir(self) -> bool:
        return (self.place / "new").is_dir()

    def _in_maildir(self) -> Iterator[Returned]:
        for file in sorted((self.place / "new").iterdir()):
            try:
                with file.open("rb") as opened:
                    raw = opened.read(LONGEST)
            except OSError as error:  # another process has moved it, or we may not read it
                _log.warning("returned_email_not_read", error=type(error).__name__)
                continue
            yield _returned(raw, file)

    def _has_changed(self) -> bool:
        status = self.place.stat()
        self._reading = (status.st_size, status.st_mtime_ns)
        return self._reading != self._read


def read_file(path: Path) -> Iterator[Returned]:
    """The emails in a file: an mbox, or one email by itself."""
    with path.open("rb") as file:
        for _, group in groupby(_numbered(file), key=itemgetter(0)):
            yield _returned(b"".join(line for _, line in group))


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines, each with the number of its email. Lines beyond `LONGEST` bytes of an email are left out."""
    number, size, blank = 0, 0, True
    for line in lines:
        if blank and line.startswith(b"From "):
            number, size = number + 1, 0
        elif size < LONGEST:
            size += len(line)
            yield number, line
        blank = not line.strip()


def _returned(raw: bytes, file: Path | None = None) -> Returned:
    mark = hashlib.sha256(raw.rstrip()).hexdigest()
    try:
        bounce = read_bounce(raw)
        return Returned(mark, bounce, file, None if bounce else mark_in(raw))
    except Unreadable as fault:
        why = str(fault)
    except Exception as fault:  # noqa: BLE001 - whatever one email does to its reader, the emails behind it are read
        why = type(fault).__name__
    _log.error("returned_email_put_aside", mark=mark[:12], file=file.name if file else None, fault=why)
    return Returned(mark, None, file, unreadable=True)
