"""Withdraw what a restored database would tell twice: all messages due by now, except those about newer events.

The database does not know what was sent between its copy and the hold. So all due plans are looked at first. Then all
messages that wait are withdrawn, and reported to the person who releases them. A message about an event that its source
recorded after the hold had begun is sent: nobody can have been told of that event. The next rungs come by themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions
from notifications.message import OutboxRow, Purpose
from notifications.outbox import suspension
from service.domain.events.event import EventFault, stored_event
from service.domain.keys.key import names
from service.domain.keys.problems import RestoredKey
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem
from service.store import digest_lines, events, plans, problems
from service.use_cases.looks.look_at_due import look_at_due
from service.use_cases.looks.unsend_check_in import unsend_check_in

REASON = "restored"
_CLOCKS_DIFFER = timedelta(minutes=5)  # our clock and those of the sources, at most
_LOOKS = 25  # in one transaction


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was withdrawn: messages by purpose, lines of digests, and the plans of withdrawn alerts."""

    messages: Mapping[Purpose, int]
    lines: int
    bottom_lines: tuple[OwnId, ...]  # plans
    other_alerts: tuple[OwnId, ...]  # plans
    failing: int  # plans that could not be looked at


async def look_at_some(sessions: Sessions, book: PolicyBook, now: datetime) -> int:
    """Look at some due plans, and return how many that were. 0: no plan is due. The hold keeps their messages."""
    return await look_at_due(sessions, book, now, _LOOKS)


async def withdraw_restored(session: AsyncSession, book: PolicyBook, since: datetime, now: datetime) -> Withdrawn:
    """Withdraw what was due by now. `since` is when the hold began (aware, UTC)."""
    newer = await _newer(session, book, since + _CLOCKS_DIFFER)
    rows = [row for row in await suspension.unsent(session, now) if not _tells_of(row, newer)]
    lines = await digest_lines.drop(session, now, REASON)
    await suspension.withdraw(session, [row.id for row in rows], REASON, now)
    for row in rows:
        await unsend_check_in(session, row.message, REASON, now, worker_knows=False)
    bottom_lines = _plans(row for row in rows if row.message.template == "bottom_line")
    await problems.add(session, [_problem(plan, since, now) for plan in bottom_lines])
    return Withdrawn(
        messages=Counter(row.message.purpose for row in rows),
        lines=lines,
        bottom_lines=tuple(bottom_lines),
        other_alerts=tuple(_plans(row for row in rows if row.message.template == "check_in_alert")),
        failing=len(await plans.faults(session, 1000)),
    )


async def _newer(session: AsyncSession, book: PolicyBook, moment: datetime) -> Mapping[OwnId, Sequence[str]]:
    """For each plan, the names of the events of which nobody can have been told before the hold."""
    events_of_plan: dict[OwnId, list[str]] = {}
    for authority, raw in await events.recorded_after(session, moment):
        try:
            event = stored_event(raw, book.authorities, authority)
        except EventFault:  # its policy was removed: nothing is told of it
            continue
        happened_at = getattr(event.data, "at", None)
        if event.subject is not None and (not isinstance(happened_at, datetime) or happened_at > moment):
            events_of_plan.setdefault(OwnId(authority, event.subject), []).append(event.uid)
    return events_of_plan


def _tells_of(row: OutboxRow, newer: Mapping[OwnId, Sequence[str]]) -> bool:
    """Whether a message is about one of these events. What a family is sent is never sent late."""
    events_after = newer.get(OwnId(row.message.authority, row.message.plan or ""), ())
    return not row.message.family and any(names(row.message.key, event) for event in events_after)


def _plans(rows: Iterable[OutboxRow]) -> list[OwnId]:
    return sorted({OwnId(row.message.authority, str(row.message.plan)) for row in rows})


def _problem(plan: OwnId, since: datetime, now: datetime) -> Problem:
    detail = "an alert may have been told before the database was restored, or not: ask those who are to be told"
    return Problem(str(RestoredKey(plan.id, since)), now, *plan, REASON, detail)
