"""What an authority is told in a year, by the code of `planwatch simulate`: counts, so that memory does not grow."""

import gc
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from bench.england.authority_year import BEGINS, DAYS, AuthorityYear
from notifications.message import Message, Purpose
from service.domain.calendar import local
from service.files.policy_files import load_policies
from service.simulation import Simulation

_REMINDERS = (Purpose.REMINDER, Purpose.OVERDUE, Purpose.DIGEST, Purpose.ESCALATION)
_UNTIL = BEGINS.date() + timedelta(days=DAYS)


@dataclass
class Told:
    """What one authority, or all of them, were told in the year, and what it took to work it out."""

    plans: int = 0
    workers: int = 0
    events: int = 0
    looks: int = 0
    processor: float = 0.0
    messages: Counter[str] = field(default_factory=Counter)  # by purpose and channel
    hours: Counter[int] = field(default_factory=Counter)
    minutes: Counter[str] = field(default_factory=Counter)  # of messages at once
    by_person_and_day: Counter[int] = field(default_factory=Counter)  # how often somebody got so many on a day

    def add(self, other: "Told") -> None:
        """Count another one in."""
        self.plans += other.plans
        self.workers += other.workers
        self.events += other.events
        self.looks += other.looks
        self.processor += other.processor
        for name in ("messages", "hours", "minutes", "by_person_and_day"):
            getattr(self, name).update(getattr(other, name))


def year_of(number: int, plans: int) -> Told:
    """One authority's year."""
    gc.disable()  # as `planwatch simulate` does: next to nothing that is made here has to be looked for
    began, book = time.process_time(), load_policies()
    names = sorted(book.authorities)
    year = AuthorityYear(names[number % len(names)], number, plans)
    events = year.events(book.authorities)
    told, on_days = Told(plans, year.workers, len(events)), Counter[tuple[str, date]]()
    simulation = Simulation(book)
    for entry in simulation.run(events, _UNTIL):
        if isinstance(entry, Message) and entry.at >= BEGINS:
            moment = local(entry.at)
            told.messages[f"{entry.purpose.value}, {entry.channel.value}"] += 1
            told.hours[moment.hour] += 1
            told.minutes[f"{moment:%Y-%m-%d %H:%M}"] += 1
            if entry.purpose in _REMINDERS:
                on_days[entry.person, moment.date()] += 1
    told.looks = simulation.looked
    told.by_person_and_day.update(on_days.values())
    told.processor = time.process_time() - began
    return told
