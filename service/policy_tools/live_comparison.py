"""What another policy would have sent over the facts that are stored: nothing is put in force for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading
from service.domain.calendar import local_day, start_of
from service.domain.events.event import Event, mentions, stored_event
from service.domain.own_id import OwnId
from service.domain.policy import Policy
from service.policy_tools.comparison import Comparison, compare, together
from service.store import events, live_history, plans

QUARTER = timedelta(weeks=13)
A_PAGES_TIME = 20.0  # seconds
_AT_ONCE = 20  # plans
_FAR = timedelta(days=3650)
_ONE_AT_A_TIME = asyncio.Semaphore(1)  # each keeps a processor busy


@dataclass(frozen=True, slots=True)
class LiveComparison:
    """What is different since a day, over the running plans that were compared: those that change next come first."""

    comparison: Comparison
    since: date
    compared: Sequence[OwnId]
    plan_count: int


async def compare_live(
    sessions: Sessions, old: Policy, new: Policy, now: datetime, within: float | None = A_PAGES_TIME
) -> LiveComparison:
    """Run the facts of an authority's running plans through both policies, and compare the last quarter to today.

    After `within` seconds no further plans are begun; None: all are compared, however long it takes.
    """
    since = local_day(now) - QUARTER
    async with reading(sessions) as session:
        running = [plan.own_id for plan in await plans.coming(session, old.authority, now + _FAR)]
    parts: list[Comparison] = []
    async with _ONE_AT_A_TIME:
        began = time.monotonic()
        for start in range(0, len(running), _AT_ONCE):
            if parts and within is not None and time.monotonic() - began >= within:
                break
            async with reading(sessions) as session:
                history = await _history(session, old.authority, running[start : start + _AT_ONCE])
            parts.append(await asyncio.to_thread(compare, old, new, history, local_day(now), start_of(since)))
    return LiveComparison(together(parts), since, running[: len(parts) * _AT_ONCE], len(running))


async def _history(session: AsyncSession, authority: str, chosen: Collection[OwnId]) -> list[Event]:
    """The events of some plans, and of everybody whom they name, or who holds a role of the authority, or covers."""
    raws = [*await events.of_authority(session, authority), *await live_history.of_plans(session, chosen)]
    history = [stored_event(raw, {authority}, authority) for raw in raws]
    named = await live_history.named_in(session, chosen) | _named(history, authority)
    looked_up: set[OwnId] = set()
    while named - looked_up:
        people = await events.of_persons(session, named - looked_up)
        looked_up |= named
        added = [stored_event(raw, {authority}, authority) for raw in people]
        named |= _named(added, authority)
        history += added
    return history


def _named(history: Collection[Event], authority: str) -> set[OwnId]:
    return {OwnId(authority, person) for event in history for person in mentions(event)}
