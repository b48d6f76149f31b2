"""What events come to in a simulation, as records in the order of print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter

from cli.records import Record, obligation_record, problem_record, withheld_record
from notifications.catalogue.render import render
from notifications.message import Message
from service.domain.admission import Rejected
from service.domain.calendar import iso_local
from service.domain.events.event import Event
from service.domain.policy import PolicyBook
from service.domain.telling.records import Withheld
from service.domain.telling.wording import sender_words
from service.simulation import Simulation, Told, in_order_of_print

_OwedPlace = tuple[str, date, str, str, str, str]
# When it was told, whether it is of what still waits at the end, and its place in the moment that brought it.
_ToldPlace = tuple[datetime, bool, datetime, tuple[int, str, str, str]]


@dataclass(frozen=True, slots=True)
class Simulated:
    """Obligations as they stand, and all that was told, each beside its place in the order of print."""

    owed: Sequence[tuple[_OwedPlace, Record]]
    timeline: Sequence[tuple[_ToldPlace, Record]]
    refused: Sequence[tuple[Event, Rejected]] = ()

    def records(self) -> list[Record]:
        """All of them, in order."""
        return [record for _, record in (*self.owed, *self.timeline)]


def simulated(events: Sequence[Event], until: date, book: PolicyBook) -> Simulated:
    """What events come to by the end of a local day."""
    simulation = Simulation(book)
    timeline: list[tuple[_ToldPlace, Record]] = [
        ((placed.entry.at, False, placed.moment, placed.place), told_record(placed.entry, book))
        for placed in simulation.placed(events, until)
    ]
    timeline += [
        ((problem.at, True, problem.at, (0, str(problem.authority), problem.key, "")), problem_record(problem))
        for problem in simulation.left_waiting()
    ]
    owed = [(in_order_of_print(obligation), obligation_record(obligation)) for obligation in simulation.standing()]
    return Simulated(owed, sorted(timeline, key=itemgetter(0)), simulation.refused)


def told_record(entry: Told, book: PolicyBook) -> Record:
    """A message as it would be handed over, what was held back, or what is to be mended."""
    if isinstance(entry, Message):
        return _message(entry, book)
    return withheld_record(entry) if isinstance(entry, Withheld) else problem_record(entry)


def _message(message: Message, book: PolicyBook) -> Record:
    context = {**sender_words(book, message.authority), **message.context}
    content = render(message.template, message.channel, context, html=False)
    return {
        "record": "message",
        "at": iso_local(message.at),
        "authority": message.authority,
        "plan": message.plan,
        "to": message.person,
        "role": message.role,
        "channel": message.channel,
        "purpose": message.purpose,
        "urgent": message.urgent,
        "about": [dict(about) for about in message.about],
        "template": message.template,
        "subject": content.subject,
        "text": content.text,
    }
