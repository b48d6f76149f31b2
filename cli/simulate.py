"""`planwatch simulate`: run the service's own code over files, on a clock that jumps; nothing is sent."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from operator import attrgetter
from pathlib import Path

from cli.policies import book_of_files
from cli.records import Record, write_records
from cli.simulated import Simulated, simulated
from service.domain.admission import Rejected
from service.domain.events.event import Event, EventFault, parse_event
from service.domain.policy import PolicyBook
from service.files.event_files import read_events
from service.files.file_lines import ReadLine
from service.files.rejected_lines import RejectedLine, RejectedLines, write_rejected
from service.simulation_shares import default_until

EventLine = tuple[Path, ReadLine, Event]
Rejections = dict[Path, list[RejectedLine]]


def simulate(
    files: Sequence[Path], until: date | None, output: str, book: PolicyBook | None = None, workers: int = 1
) -> list[RejectedLines]:
    """Run the events of files and print the timeline, for programs or for people; refused lines go beside each file.

    `book` is by what it is decided; None: by the policies of the files. `workers` processes print what one prints.
    Gives what was refused, file by file.
    """
    book = book or book_of_files()
    lines, rejected = _read(files, book.authorities)
    events = [event for _, _, event in lines]
    until = until or default_until(events, book.authorities)
    outcome = _outcome(events, until, book, workers)
    records = outcome.records()
    if output == "jsonl":
        write_records(records)
    else:
        sys.stdout.write("".join(_for_people(records)))
    _reject(rejected, lines, outcome.refused)
    return [write_rejected(path, sorted(lines, key=attrgetter("line_no"))) for path, lines in rejected.items()]


def _outcome(events: Sequence[Event], until: date, book: PolicyBook, workers: int) -> Simulated:
    if workers == 1:
        return simulated(events, until, book)
    from cli.simulation_workers import simulated_by

    return simulated_by(workers, events, until, book)


def _read(files: Sequence[Path], authorities: frozenset[str]) -> tuple[list[EventLine], Rejections]:
    lines: list[EventLine] = []
    rejected: Rejections = {path: [] for path in files}
    for path, line in _lines(files):
        try:
            lines.append((path, line, _event(line, authorities)))
        except EventFault as fault:
            rejected[path].append(RejectedLine(line.line_no, fault.event_id, fault.field, fault.detail, line.text))
    return lines, rejected


def _reject(rejected: Rejections, lines: Sequence[EventLine], refused: Sequence[tuple[Event, Rejected]]) -> None:
    """Put the lines of events that are not admitted to those that could not be read, in the files' order."""
    whys = {id(event): why for event, why in refused}
    for path, line, event in lines:
        if (why := whys.get(id(event))) is not None:
            rejected[path].append(RejectedLine(line.line_no, why.id, why.field, why.detail, line.text))


def _lines(files: Sequence[Path]) -> Iterator[tuple[Path, ReadLine]]:
    for path in files:
        for line in read_events(path):
            yield path, line


def _event(line: ReadLine, authorities: frozenset[str]) -> Event:
    if line.fault is not None:
        raise EventFault(None, "line", line.fault)
    return parse_event(line.raw, authorities)


def _for_people(records: Sequence[Record]) -> Iterator[str]:
    heading = ""
    several = len({record["authority"] for record in records} - {None}) > 1
    for record in sorted(records, key=_by_plan):
        if record["record"] == "obligation":
            whose = f" of {record['authority']}" if several else ""
            yield from _headed(heading, heading := f"Plan {record['plan']}{whose}: what is owed")
            yield _obligation_line(record)
        else:
            yield from _headed(heading, heading := f"{str(record['at'])[:10]}")
            yield _timeline_line(record)


def _by_plan(record: Record) -> tuple[bool, str, str]:
    """Obligations of one plan together, where two authorities have plans of one reference; the rest as it stands."""
    is_obligation = record["record"] == "obligation"
    return not is_obligation, *((str(record["plan"]), str(record["authority"])) if is_obligation else ("", ""))


def _headed(before: str, now: str) -> Iterator[str]:
    if before != now:
        yield f"{chr(10) if before else ''}{now}\n"


def _obligation_line(record: Record) -> str:
    who = record["responsible"] or f"nobody holds {record['responsible_role']}"
    about = f" ({record['about']})" if record["about"] else ""
    due = record["due_on"] or "no day yet"
    return f"  {due}  {record['status']:<10}  {record['kind']}{about}  {who}  [{record['basis']}]\n"


def _timeline_line(record: Record) -> str:
    clock = str(record["at"])[11:16]
    if record["record"] == "message":
        urgent = " urgent" if record["urgent"] else ""
        heading = record["subject"] or record["text"]
        return f"  {clock}  {record['channel']:<5}  {record['purpose']}{urgent}  to {record['to']}: {heading}\n"
    if record["record"] == "withheld":
        return f"  {clock}  held   {record['purpose']}  to {record['to']}: {record['reason']}\n"
    return f"  {clock}  mend   {record['code']}  {record['plan'] or ''}: {record['detail']}\n"
