"""Who took a role over from another on a running plan: that person is told the next working morning what it owes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.calendar import Calendar
from service.domain.facts import Facts

# A role that had changed hands this long before it became known is no news: it is part of a history that is taken in.
NEWS_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Takeover:
    """A role, who holds it now, since which moment, and the morning on which that is told."""

    role: str
    person: str
    since: datetime
    morning: datetime

    def is_news(self, since: datetime) -> bool:
        """Whether it has been known since soon enough to be told."""
        return since - self.morning <= NEWS_FOR


def handed_over_in(facts: Facts) -> object:
    """What takeovers follow from: the same is equal to itself alone."""
    return facts.on_plan, facts.directory.itself, facts.periods


def takeovers(facts: Facts, calendar: Calendar, now: datetime) -> Iterator[Takeover]:
    """The roles whose present holder took over from another, on the plan or for the authority.

    Whatever changed before one working morning is one change: a role that was handed back by then is none. A cover
    takes nothing over.
    """
    for role in sorted(facts.single_roles):
        held = _held(facts, role, now)
        since, person = held[-1]
        if person is None or len(held) == 1:
            continue
        morning = calendar.next_morning(since)
        holders = [holder for _, holder in held if holder is not None]
        earlier = [holder for moment, holder in held if holder and calendar.next_morning(moment) < morning]
        if (earlier[-1] if earlier else holders[0]) != person:
            yield Takeover(role, person, since, morning)


def _held(facts: Facts, role: str, now: datetime) -> list[tuple[datetime, str | None]]:
    """Who held a role from when on, since the plan is known: on the plan, else for the authority."""
    begins = facts.opened.time
    moments = sorted(moment for moment in facts.changes_of(role) if begins < moment <= now)
    held = [(begins, facts.holder(role, begins))]
    for moment in moments:
        holder = facts.holder(role, moment)
        if holder != held[-1][1]:
            held.append((moment, holder))
    return held
