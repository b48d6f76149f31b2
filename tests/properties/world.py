"""Runs a history as the service would, outages included, and keeps what was told with what stood at that moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from notifications.message import Decision, Message, Purpose
from service.domain.admission import announced
from service.domain.calendar import local_day
from service.domain.events.event import Event, parse_event
from service.domain.facts import Facts
from service.domain.last_check import asks_wanted, still_wanted
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.records import Problem, Withheld
from service.files.policy_files import load_policies
from service.simulation import Simulation, Told
from tests.properties.about_people import concerns_directory
from tests.properties.histories import Raw

Outage = tuple[datetime, datetime]
AFTER = timedelta(days=6)


@cache
def book() -> PolicyBook:
    """The built-in policies, read once."""
    return load_policies()


@dataclass(frozen=True)
class Seen:
    """One thing told, and the obligations that were live when it was."""

    what: Told
    live: frozenset[str]


@dataclass(frozen=True)
class Ran:
    """A history, what came of it, and where it ended."""

    events: Sequence[Raw]
    seen: Sequence[Seen]
    obligations: Sequence[Obligation]
    ended: Sequence[str]
    end: datetime
    outages: Sequence[Outage]

    @property
    def notices(self) -> list[Message]:
        """Every message, in order."""
        return [one.what for one in self.seen if isinstance(one.what, Message)]

    @property
    def problems(self) -> list[Problem]:
        """Everything for a person to mend."""
        return [one.what for one in self.seen if isinstance(one.what, Problem)]

    @property
    def withheld(self) -> list[Withheld]:
        """Everything held back."""
        return [one.what for one in self.seen if isinstance(one.what, Withheld)]


def run(events: Sequence[Raw], outages: Sequence[Outage] = ()) -> Ran:
    """Run a history until some days after its last event. During an outage nothing is looked at, and all is after."""
    parsed = [parse_event(raw, book().authorities) for raw in events]
    end = max(event.time for event in parsed) + AFTER
    world = Simulation(book())
    world._known = announced(parsed, book().authorities)
    seen = list(_walk(world, parsed, outages, end))
    ended = [plan.id for plan, state in world.plans.items() if state.ended_on is not None]
    world._stand(end)
    return Ran(events, seen, world.standing(), ended, end, outages)


def _walk(world: Simulation, events: Sequence[Event], outages: Sequence[Outage], end: datetime) -> Iterator[Seen]:
    def woken(moment: datetime) -> datetime:
        return next((until for since, until in outages if since <= moment < until), moment)

    ordered = sorted(events, key=lambda event: (woken(event.time), event.time, event.uid))
    for moment, batch in groupby(ordered, key=lambda event: woken(event.time)):
        yield from _looks(world, woken, moment)
        touched = world._take(list(batch)).touched
        yield from _step(world, moment, touched.plans, world._reached(touched))
    yield from _looks(world, woken, end)


def _looks(world: Simulation, woken: object, before: datetime) -> Iterator[Seen]:
    assert callable(woken)
    while world._queue and (now := woken(world._queue[0][0])) < before:
        yield from _step(world, now)


def _step(
    world: Simulation, now: datetime, touched: Collection[OwnId] = (), beyond: Collection[OwnId] = ()
) -> Iterator[Seen]:
    told = list(world._step(now, {*touched, *beyond}, beyond))
    live = frozenset(one.key for state in world.plans.values() for one in state.obligations if one.live)
    yield from (Seen(placed.entry, live) for placed in told)


def last_check(events: Sequence[Raw], notice: Message, now: datetime) -> Decision:
    """What the last check says of a notice at a moment, by what is known then."""
    known = [event for event in (parse_event(raw, book().authorities) for raw in events) if event.time <= now]
    people = Directory.of([event for event in known if _of_people(event)], known)
    if notice.purpose is Purpose.CHECK_IN:
        plans = {event.subject for event in known if event.type == "plan.opened"}
        of_plans = [[event for event in known if event.subject == plan] for plan in sorted(map(str, plans))]
        facts = (Facts.of(of_plan, people, local_day(now)) for of_plan in of_plans)
        return asks_wanted([known_facts for known_facts in facts if known_facts is not None], notice, now)
    return still_wanted(book(), [event for event in known if event.subject == notice.plan], people, notice, now)


def _of_people(event: Event) -> bool:
    return event.type != "event.withdrawn" and concerns_directory(event)
