"""`planwatch problems`: what a person has still to mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from cli.columns import wrapped, write_lines
from cli.database import with_reading
from cli.own_ids import known_authority
from cli.policies_in_force import policies_of
from cli.records import problem_record, write_records
from cli.state_text import as_of, problem_lines
from service.store.problems import Occurrences
from service.use_cases.overviews.standing_problems import STANDS_FOR, standing_problems


def show(authority: str | None, output: str) -> None:
    """Print the problems that stand, plan by plan, for people or for programs."""

    async def ask(session: AsyncSession, now: datetime) -> tuple[Sequence[Occurrences], datetime]:
        book = await policies_of(session)
        known_authority(book, authority)
        return [entry async for entry in standing_problems(session, book, now, authority=authority)], now

    entries, now = with_reading(ask)
    if output == "jsonl":
        write_records(problem_record(entry.problem) for entry in entries)
    else:
        write_lines(_lines(entries, now))


def _lines(entries: Sequence[Occurrences], now: datetime) -> Iterator[str]:
    yield from wrapped(f"Problems: {len(entries) or 'none'}. {as_of(now)}")
    for heading, group in groupby(entries, key=_heading):
        yield from ("", heading)
        yield from problem_lines(list(group))
    if entries:
        yield ""
        days = STANDS_FOR.days
        yield from wrapped(f"What comes again and again is left out when it has not come for {days} days.")


def _heading(entry: Occurrences) -> str:
    problem = entry.problem
    if problem.authority is None:
        return "planwatch itself"
    return f"Plan {problem.plan} ({problem.authority})" if problem.plan else f"{problem.authority}, no one plan"
