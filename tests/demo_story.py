"""The plans that the demonstration's story is about, and what comes of them if no visitor does anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from cli.demo.data.caseload import Caseload, CloudEvent, recorded_at
from notifications.message import Message
from service.domain.calendar import local, local_day
from service.domain.events.event import parse_event
from service.domain.obligations.obligation import Status
from service.domain.telling.records import Problem, Withheld
from service.files.policy_files import load_policies
from service.simulation import Simulation

UNVISITED = "P-2007"  # the visit that is due on the first day is not made
RECORDED_LATE = "P-2005"  # a visit in time, recorded after the overdue message has gone
CROSSED = "P-2006"  # a bottom line is crossed on the second morning
REVIEW_MOVED = "P-2001"
WITH_THE_LARGEST = (UNVISITED, RECORDED_LATE, CROSSED, REVIEW_MOVED)
BY_NIGHT = "P-3001"  # agreed on the Sunday night before
NOT_REVIEWED = "P-3002"
CALL_ASKED_FOR, UNANSWERED = "P-6002", "P-6003"
FAMILY = {"P-6001": "kin-1", "P-6002": "kin-2", "P-6003": "kin-3", "P-6004": "kin-4"}

# A quarter that has Christmas in it, one that has Easter and the clocks' change, and one without a bank holiday.
STARTS = (date(2027, 1, 11), date(2027, 5, 11), date(2026, 11, 28))


@dataclass(frozen=True)
class Story:
    """The story of some plans: how they stood on the evening before, and what is told until Friday."""

    caseload: Caseload
    standing: Counter[Status]
    records: tuple[Message | Withheld | Problem, ...]

    def told(self, plan: str, kind: str) -> list[tuple[str, str, str]]:
        """When, to whom and how a plan's messages of a purpose or template are told, by local time."""
        return [
            (f"{local(record.at):%a %H:%M}", record.person, record.channel)
            for record in self.records
            if isinstance(record, Message) and record.plan == plan and kind in (record.purpose, record.template)
        ]

    def when(self, plan: str, kind: str, person: str) -> list[str]:
        """When one person is told something about a plan."""
        return [when for when, told, _ in self.told(plan, kind) if told == person]


def of_plans(events: list[CloudEvent], plans: frozenset[str]) -> list[CloudEvent]:
    """The events of some plans, and those that are about people."""
    return [event for event in events if not event.get("subject", "").startswith("P-") or event["subject"] in plans]


@cache
def story(today: date, plans: frozenset[str]) -> Story:
    """What comes of some plans in a demonstration that is started on a day."""
    caseload, book = Caseload(today), load_policies()
    simulation, monday = Simulation(book), local_day(caseload.start)
    known = of_plans(list(caseload.events), plans)
    past = [parse_event(event, book.authorities) for event in known if recorded_at(event) < caseload.start]
    coming = [parse_event(event, book.authorities) for event in known[len(past) :]]
    list(simulation.run(past, monday - timedelta(days=1)))
    standing = Counter(obligation.status for obligation in simulation.standing())
    records = tuple(simulation.run(coming, monday + timedelta(days=4)))
    return Story(caseload, standing, tuple(record for record in records if record.at >= caseload.start))
