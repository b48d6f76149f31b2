"""`planwatch ingest`: take files of events into the database, in batches; refused lines go into a file beside each."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cli.console import err, out
from cli.database import tell_new_database
from cli.policies_in_force import book_in_force
from cli.warned import WarnedLines, tell_warned
from config.clock import Clock, SystemClock
from config.database import Sessions, make_engine, make_sessions, reading
from config.garbage import collect_seldom
from config.settings import Settings
from service.domain.admission import Refusal, Rejected
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.files.event_files import read_events
from service.files.file_lines import ReadLine
from service.files.rejected_lines import RejectedLine, RejectedLines
from service.store import problems, schema
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.looks.look_at_due import look_at_due

_BATCH = 500
_LOOKS = 100  # plans in one transaction
_LONGEST_BATCH = 5000


@dataclass(slots=True)
class Tally:
    """What became of the lines of a file."""

    file: Path
    rejected: RejectedLines
    warned: WarnedLines
    accepted: int = 0
    duplicates: int = 0
    waiting: int = 0

    @property
    def lines(self) -> int:
        """The number of lines dealt with."""
        return self.accepted + self.duplicates + self.waiting + self.rejected.count


def ingest_files(files: Sequence[Path]) -> list[RejectedLines]:
    """Take in the files in their order, look at the plans that they touch, and print how many lines were taken.

    What is wrong with lines that were taken is told on standard error. Gives what was refused, file by file.
    """
    tallies, caused = asyncio.run(_ingest(files))
    table = Table("file", "accepted", "duplicates", "waiting", "rejected")
    for tally in tallies:
        numbers = (tally.accepted, tally.duplicates, tally.waiting, tally.rejected.count)
        table.add_row(str(tally.file), *map(str, numbers))
    out.print(table)
    tell_warned([tally.warned for tally in tallies], caused)
    return [tally.rejected for tally in tallies]


async def _ingest(files: Sequence[Path]) -> tuple[list[Tally], list[Problem]]:
    """What became of each file, and the problems that are on record since it began."""
    clock, url = SystemClock(), Settings.load().database_url
    began = clock.now()
    tell_new_database(url)
    engine = make_engine(url)
    try:
        await schema.upgrade(engine)
        sessions = make_sessions(engine)
        book = await book_in_force(sessions)
        collect_seldom()
        with _progress() as progress:
            intake = _Intake(sessions, book, clock, progress)
            tallies = [await intake.take_file(path) for path in files]
            await intake.look()
        async with reading(sessions) as session:
            return tallies, await problems.since(session, began)
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class _Intake:
    """What is needed to take in a batch."""

    sessions: Sessions
    book: PolicyBook
    clock: Clock
    progress: Progress

    async def take_file(self, path: Path) -> Tally:
        tally = Tally(path, RejectedLines(path), WarnedLines(path))
        task = self.progress.add_task(path.name, total=_size(path), events=0)
        unplaced: list[ReadLine] = []
        with tally.rejected:
            for batch in _batches(read_events(path)):
                for line in await self._take(batch, tally, unplaced):
                    tally.rejected.add(line)
                self.progress.update(task, completed=batch[-1].ends_at, events=tally.lines)
            # Whose plan or person they name may stand further down: by now all of the file is known.
            for batch in _batches(unplaced):
                for line in await self._take(batch, tally, None):
                    tally.rejected.add(line)
        return tally

    async def _take(
        self, batch: Sequence[ReadLine], tally: Tally, unplaced: list[ReadLine] | None
    ) -> list[RejectedLine]:
        """Take one batch in one transaction; the plans that it touches are looked at later.

        What does not say to which authority it belongs is put to the `unplaced`, where such lines are collected.
        """
        readable = [line for line in batch if line.fault is None]
        raws = [line.raw for line in readable]
        received = await receive_events(self.sessions, self.book, self.clock.now(), raws, looks=0)
        refused = [(line, Rejected(None, "line", line.fault)) for line in batch if line.fault is not None]
        for position, rejected in received.rejected:
            if unplaced is not None and rejected.refusal is Refusal.NOBODYS:
                unplaced.append(readable[position])
            else:
                refused.append((readable[position], rejected))
        for position, warned in received.warnings:
            tally.warned.add(readable[position], warned)
        tally.accepted += received.accepted
        tally.duplicates += received.duplicates
        tally.waiting += received.waiting
        refused.sort(key=lambda refusal: refusal[0].line_no)
        return [
            RejectedLine(line.line_no, rejected.id, rejected.field, rejected.detail, line.text)
            for line, rejected in refused
        ]

    async def look(self) -> None:
        """Look at every plan that is due now: once each, however many of its events came in."""
        task = self.progress.add_task("plans", total=None, events=0)
        looked, now = 0, self.clock.now()
        while number := await look_at_due(self.sessions, self.book, now, _LOOKS):
            looked += number
            self.progress.update(task, events=looked)
        self.progress.update(task, total=1, completed=1)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _batches(lines: Iterable[ReadLine]) -> Iterator[list[ReadLine]]:
    """Batches of about 500 lines, cut only between two times: events of the same `time` become known together."""
    batch: list[ReadLine] = []
    for line in lines:
        full = len(batch) >= _LONGEST_BATCH
        if batch and (full or (len(batch) >= _BATCH and _time(line) != _time(batch[-1]))):
            yield batch
            batch = []
        batch.append(line)
    if batch:
        yield batch


def _time(line: ReadLine) -> object:
    return line.raw.get("time") if isinstance(line.raw, dict) else None


class _Rate(ProgressColumn):
    """The number of events dealt with, and the rate a second."""

    def render(self, task: Task) -> Text:
        done = int(task.fields["events"])
        return Text(f"{done:,} ({done / task.elapsed:,.0f}/s)" if task.elapsed else f"{done:,}")


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), _Rate(), TimeRemainingColumn())
    return Progress(*columns, console=err, disable=not err.is_terminal)
