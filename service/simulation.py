"""The service's own loop over files: every event becomes known at its time, and nothing is sent."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby

from notifications.message import Message
from service.domain.calendar import local_day, start_of
from service.domain.events.event import Event, Subject, concerns_directory, introduces, mentions, needs, takes_effect
from service.domain.events.replies import stops
from service.domain.events.withdrawals import standing
from service.domain.facts import Facts
from service.domain.keys.problems import WaitingKey
from service.domain.look import Look, look_at
from service.domain.obligations.obligation import Obligation
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.digest import digests
from service.domain.telling.records import Ledger, Problem, Withheld

Told = Message | Withheld | Problem


@dataclass
class PlanState:
    """What the service's tables hold of one plan."""

    events: list[Event] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    ledger: Ledger = field(default_factory=Ledger)
    obligations: tuple[Obligation, ...] = ()
    next_look: datetime | None = None
    ended_on: date | None = None
    # The facts as they were last set in order; None where something has been learnt since.
    facts: Facts | None = None

    def known(self, directory: Directory, now: datetime) -> Facts | None:
        """The plan's facts, set in order anew only where something was learnt, or they wait for a day to come."""
        facts = self.facts
        if facts is None or facts.directory is not directory or facts.ahead is not None:
            self.facts = Facts.of(self.events, directory, local_day(now))
        return self.facts


class Simulation:
    """A dictionary where the database would be, and a clock that jumps from event to event and look to look."""

    def __init__(self, book: PolicyBook) -> None:
        self.book = book
        self.plans: dict[str, PlanState] = {}
        self.introduced: set[Subject] = set()
        self.waiting: list[Event] = []
        self.directory = Directory()
        self._people: list[Event] = []
        self._stops: list[Event] = []
        self._queue: list[tuple[datetime, str]] = []

    def run(self, events: Iterable[Event], until: date) -> Iterator[Told]:
        """All that would be told, withheld or mended from the first event to the end of a local day, in order."""
        end = start_of(until + timedelta(days=1))
        ordered = sorted(events, key=lambda event: (event.time, event.uid))
        batches = [(moment, list(batch)) for moment, batch in groupby(ordered, key=lambda event: event.time)]
        for moment, batch in batches:
            if moment >= end:
                break
            yield from self._looks_before(moment)
            yield from self._step(moment, self._take(batch))
        yield from self._looks_before(end)
        self._stand(end - timedelta(microseconds=1))

    def _looks_before(self, moment: datetime) -> Iterator[Told]:
        while self._queue and self._queue[0][0] < moment:
            yield from self._step(self._queue[0][0], set())

    def _step(self, now: datetime, touched: set[str]) -> Iterator[Told]:
        while self._queue and self._queue[0][0] <= now:
            due, plan = heapq.heappop(self._queue)
            if self.plans[plan].next_look == due:
                touched.add(plan)
        looks = [self._look(plan, now) for plan in sorted(touched)]
        lines = [line for found in looks for line in found.lines]
        for found in looks:
            yield from found.problems
            yield from found.withheld
            yield from found.messages
        if lines:
            everything = [one for state in self.plans.values() for one in state.obligations]
            yield from digests(lines, everything, self.book, now)

    def _look(self, plan: str, now: datetime) -> Look:
        state = self.plans[plan]
        found = look_at(self.book, state.known(self.directory, now), state.ledger, now)
        if found.next_look is not None and found.next_look <= now:
            raise AssertionError(f"plan {plan} would be looked at for ever at {now.isoformat()}")
        state.ledger, state.obligations = found.ledger, found.obligations
        state.next_look, state.ended_on = found.next_look, found.ended_on
        if found.next_look is not None:
            heapq.heappush(self._queue, (found.next_look, plan))
        return found

    def _take(self, batch: Sequence[Event]) -> set[str]:
        """Take up events that became known together; the plans to be looked at."""
        self.introduced |= {subject for event in batch if (subject := introduces(event)) is not None}
        self.waiting += batch
        ready = [event for event in self.waiting if takes_effect(event, self.introduced)]
        taken = {event.uid for event in ready}
        self.waiting = [event for event in self.waiting if event.uid not in taken]
        replies = [event for event in ready if event.type in ("check_in.replied", "event.withdrawn")]
        self._stops += replies
        people = [event for event in ready if self._about_people(event) or event in replies]
        touched = self._take_plans([event for event in ready if not self._about_people(event)])
        if people:
            touched |= self._take_people(people)
        return touched

    def _about_people(self, event: Event) -> bool:
        if event.type == "event.withdrawn":
            return event.subject is None or ("person", event.subject) in self.introduced
        return concerns_directory(event)

    def _take_plans(self, events: Iterable[Event]) -> set[str]:
        touched: set[str] = set()
        for event in events:
            plan = str(event.subject)
            if ("plan", plan) in self.introduced:
                state = self.plans.setdefault(plan, PlanState())
                state.events.append(event)
                state.facts = None
                state.people |= mentions(event)
                touched.add(plan)
        return touched

    def _take_people(self, events: list[Event]) -> set[str]:
        self._people += [event for event in events if self._about_people(event)]
        self.directory = Directory.of(self._people, stops(standing(self._stops)))
        named = {person for event in events for person in mentions(event) | {event.subject or ""}}
        everywhere = {holder for tenure in self.directory.roles.values() for holder in tenure.everybody()}
        if named & everywhere:
            return set(self.plans)
        return {plan for plan, state in self.plans.items() if state.people & named}

    def _stand(self, now: datetime) -> None:
        for state in self.plans.values():
            state.obligations = look_at(self.book, state.known(self.directory, now), state.ledger, now).obligations

    def left_waiting(self) -> list[Problem]:
        """The events that nothing has introduced by the end, each a problem of the moment at which it came."""
        return [
            Problem(
                str(WaitingKey(event.uid)), event.time, _plan_of(event), "not_introduced", f"{event.type} {event.id}"
            )
            for event in sorted(self.waiting, key=lambda event: (event.time, event.uid))
        ]

    def standing(self) -> list[Obligation]:
        """Every obligation as it stands at the end, ordered by plan, due day, kind and about."""
        found = [one for state in self.plans.values() for one in state.obligations]
        return sorted(found, key=lambda one: (one.plan, one.due_on, one.kind, one.about or "", one.key))


def _plan_of(event: Event) -> str | None:
    return event.subject if any(kind == "plan" for kind, _ in needs(event)) else None


def sift(events: Iterable[Event]) -> tuple[list[Event], list[tuple[int, Event]]]:
    """Leave out repeats. The events to run, and by position those whose name was used before for something else."""
    first: dict[str, str] = {}
    kept: list[Event] = []
    conflicts: list[tuple[int, Event]] = []
    for position, event in enumerate(events):
        content = json.dumps(event.raw, sort_keys=True)
        known = first.setdefault(event.uid, content)
        if known != content:
            conflicts.append((position, event))
        elif known is content:
            kept.append(event)
    return kept, conflicts


def default_until(events: Sequence[Event]) -> date:
    """One year after the last event."""
    last = max((local_day(event.time) for event in events), default=date(1970, 1, 1))
    return last.replace(year=last.year + 1) if (last.month, last.day) != (2, 29) else date(last.year + 1, 2, 28)
