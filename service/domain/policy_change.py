"""The first look at a plan after its authority's policy changed: nothing is told again, and nobody is flooded.

A duty has the same key under both versions as long as its rule has the same name. What was told of it before counts
under the new version, whatever day is now its last. What the change itself makes overdue is not told plan by plan, and
does not climb: it goes into one list a person at the next 09:00 of a working day, and then into the weekly lists. Where
its ladder has no list, it is told once at that 09:00. A day that moves is known since the change, so no reminder is
caught up. Notices that a new rule would call for about the past are not sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.domain.calendar import at_local, local_day, monday_of
from service.domain.facts import Facts
from service.domain.keys.ledger import OverdueAgainRungKey, OverdueRungKey, ReminderRungKey
from service.domain.language.ladders import Ladder
from service.domain.obligations.obligation import Obligation, Status, standing_of
from service.domain.policy import PolicyBook
from service.domain.telling.ladder import WEEKLY_LIST, step_names
from service.domain.telling.notices import causes
from service.domain.telling.records import DigestLine, Ledger
from service.domain.telling.wording import ladder_of, rule_of

# A fact that is older has been looked at by the policy before.
_PAST = timedelta(hours=1)
_FIRST = "1"


def carried_over(book: PolicyBook, facts: Facts, ledger: Ledger, before: Iterable[Obligation], now: datetime) -> Ledger:
    """The ledger with which to look at a plan by a policy that is new; `before` are its obligations as they stood."""
    standing = standing_of(facts, book, now)
    change = _Change(book, now, dict(ledger.seen), dict(ledger.told), _overdue_steps(ledger.told))
    earlier = {obligation.key: obligation for obligation in before}
    for obligation in standing.obligations:
        if obligation.live and not _same(earlier.get(obligation.key), obligation):
            change.carry(obligation, is_new=obligation.key not in earlier)
    for cause in causes(facts, book, standing, now):
        if cause.key not in ledger.seen and cause.fact.time < now - _PAST:
            change.told_at.setdefault(cause.key, now)
    return Ledger(change.seen, change.told_at)


def listed_later(lines: Sequence[DigestLine], book: PolicyBook, now: datetime) -> list[DigestLine]:
    """The lines of that look. Those of a list wait for the next 09:00, so that a person has one list of all plans."""
    return [
        replace(line, at=_next_overdue_hour(book, line.authority, now)) if line.template == WEEKLY_LIST else line
        for line in lines
    ]


def _next_overdue_hour(book: PolicyBook, authority: str, now: datetime) -> datetime:
    calendar = book.at(authority, now).calendar
    return calendar.next_at(calendar.message_hours.overdue, now)


def _same(earlier: Obligation | None, obligation: Obligation) -> bool:
    """Whether the change of policy leaves an obligation as it stood."""
    return earlier is not None and earlier.live and earlier.due_on == obligation.due_on


def _overdue_steps(told_at: Mapping[str, datetime]) -> Mapping[str, Mapping[str, datetime]]:
    """By obligation, the steps past the deadline that were told, for whatever deadline."""
    steps: dict[str, dict[str, datetime]] = defaultdict(dict)
    rungs: list[OverdueRungKey | OverdueAgainRungKey] = [*OverdueRungKey.all_in(told_at)]
    for rung in [*rungs, *OverdueAgainRungKey.all_in(told_at)]:
        steps[rung.obligation].setdefault(rung.step, told_at[str(rung)])
    return steps


@dataclass(frozen=True, slots=True)
class _Change:
    """What is known of a plan, as it is carried over."""

    book: PolicyBook
    now: datetime
    seen: dict[str, datetime]
    told_at: dict[str, datetime]
    steps: Mapping[str, Mapping[str, datetime]]

    def carry(self, obligation: Obligation, *, is_new: bool) -> None:
        """Settle what is not to be told of an obligation that is new, or whose day is another."""
        rule, ladder = rule_of(self.book, obligation), ladder_of(self.book, obligation)
        steps = self.steps.get(obligation.key, {})
        if obligation.status is Status.OPEN:
            if not is_new:
                self.seen[obligation.seen_key] = self.now
                self._opening_stays_told(obligation, ladder)
        elif _FIRST in steps:
            self._stays_told(obligation, steps)
        elif ladder.ask_once is not None:
            return  # asked the next working morning, and no more
        elif ladder.weekly and rule.overdue == "climbs":
            self._is_listed(obligation, ladder)
        else:
            self._is_told_once(obligation, ladder)

    def _opening_stays_told(self, obligation: Obligation, ladder: Ladder) -> None:
        """What was known before the change is not told as if it opened now."""
        reminded = any(rung.obligation == obligation.key for rung in ReminderRungKey.all_in(self.told_at))
        if reminded and any(reminder.at == "at opening" for reminder in ladder.remind):
            self.told_at[str(ReminderRungKey(obligation.key, self.now))] = self.now

    def _is_told_once(self, obligation: Obligation, ladder: Ladder) -> None:
        """Where no list takes it up: it is told at the next 09:00, at whatever hour the ladder tells, and no higher."""
        self.seen[obligation.seen_key] = _next_overdue_hour(self.book, obligation.authority, self.now)
        key_of = OverdueRungKey.of_steps(obligation.key, obligation.due_on)
        for step in step_names(ladder)[1:]:
            self.told_at[key_of(step)] = self.now

    def _stays_told(self, obligation: Obligation, steps: Mapping[str, datetime]) -> None:
        key_of = OverdueRungKey.of_steps(obligation.key, obligation.due_on)
        for step, moment in steps.items():
            self.told_at.setdefault(key_of(step), moment)
        first_moment = self.told_at[key_of(_FIRST)]
        self.seen[obligation.seen_key] = min(first_moment, self.seen.get(obligation.seen_key, first_moment))

    def _is_listed(self, obligation: Obligation, ladder: Ladder) -> None:
        """As if it had been told last week: what is left is the list of this week."""
        key_of = OverdueRungKey.of_steps(obligation.key, obligation.due_on)
        last_week = monday_of(local_day(self.now)) - timedelta(weeks=1)
        self.seen[obligation.seen_key] = self.now
        self.told_at[key_of(last_week)] = self.now
        # A ladder of one step goes on, for its first message, from a repeat, which older versions made.
        for step in (*step_names(ladder), "2"):
            self.told_at[key_of(step)] = self.now
        hour = self.book.at(obligation.authority, self.now).calendar.message_hours.overdue
        self.told_at[key_of(_FIRST)] = at_local(last_week, hour)
