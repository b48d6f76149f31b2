"""`planwatch overdue`: what is late, on all plans, on a team's, or of what one worker owes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cli.columns import wrapped, write_lines
from cli.database import with_reading
from cli.faults import CommandError
from cli.own_ids import known_authority, the_person
from cli.policies_in_force import policies_of
from cli.records import obligation_record, write_records
from cli.state_text import as_of, obligation_lines
from service.domain.obligations.obligation import Obligation
from service.domain.policy import PolicyBook
from service.use_cases.overviews.overdue import overdue, overdue_of_team, overdue_of_worker


def show(team: str | None, worker: str | None, authority: str | None, output: str) -> None:
    """Print what is overdue, the longest first, for people or for programs."""
    if team is not None and worker is not None:
        raise CommandError("give --team or --worker, not both.")

    async def ask(session: AsyncSession, now: datetime) -> tuple[Sequence[Obligation], PolicyBook, datetime]:
        book = await policies_of(session)
        known_authority(book, authority)
        if team is not None:
            manager = await the_person(session, team, authority)
            return await overdue_of_team(session, book, now, manager), book, now
        if worker is not None:
            return await overdue_of_worker(session, now, await the_person(session, worker, authority)), book, now
        return await overdue(session, now, authority), book, now

    duties, book, now = with_reading(ask)
    if output == "jsonl":
        write_records(map(obligation_record, duties))
    else:
        write_lines(_lines(duties, book, now))


def _lines(duties: Sequence[Obligation], book: PolicyBook, now: datetime) -> Iterator[str]:
    plans = len({(duty.authority, duty.plan) for duty in duties})
    on_plans = f" on {plans} plan{'s' if plans > 1 else ''}" if plans else ""
    yield from wrapped(f"Overdue: {len(duties) or 'nothing'}{on_plans}. {as_of(now)}")
    for authority in sorted({duty.authority for duty in duties}):
        yield from ("", book.versions(authority)[-1].title if authority in book.authorities else authority)
        own = [duty for duty in duties if duty.authority == authority]
        yield from obligation_lines(own, book, now, with_plan=True)
