"""What just happened, in one list: what arrived, and what was recorded."""

from dataclasses import dataclass
from datetime import datetime

from cli.demo.data.caseload import CloudEvent, recorded_at, writer_of
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.sent import SentMessage
from cli.demo.standins.arrivals import Arrival, Mail
from service.domain.events.event import parse_event
from service.domain.events.event_types import ABOUT_PERSONS, EVENT_TYPES
from service.web import words

_LONGEST = 30
_RED_PURPOSES = ("alert", "overdue", "escalation")


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of the list."""

    at: datetime
    icon: str
    colour: str
    title: str
    detail: str
    link: str | None
    council: str


async def happenings(demonstration: Demonstration, council: str = "") -> list[Happening]:
    """The latest of everything, of one council if one is named, the newest first."""
    owned = ((arrival, demonstration.owner(arrival)) for arrival in demonstration.arrivals.after())
    latest = [arrival for arrival, owner in owned if not council or (owner and owner.authority == council)][-_LONGEST:]
    sent = await demonstration.sent_as(latest)
    lines = [happening_of(demonstration, arrival, sent.get(arrival.number)) for arrival in latest]
    posted = [event for event in demonstration.case_system.posted if council in ("", writer_of(event))]
    lines += [of_event(demonstration, event) for event in posted[-_LONGEST:]]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:_LONGEST]


def happening_of(demonstration: Demonstration, arrival: Arrival, sent: SentMessage | None) -> Happening:
    """An arrival as a line."""
    person, link = demonstration.owner(arrival), demonstration.place(arrival)
    name, council = (person.name, person.authority) if person else ("Somebody", "")
    who = f"{name}, {person.desk[:1].lower()}{person.desk[1:]}" if person and person.kind != "family" else name
    colour = "red" if sent and sent.purpose in _RED_PURPOSES else "blue"
    if isinstance(arrival, Mail):
        return Happening(arrival.at, "mail", colour, f"Email to {who}", arrival.subject, link, council)
    if arrival.theirs:
        return Happening(arrival.at, "text", "green", f"{name} texts back", arrival.body, link, council)
    return Happening(arrival.at, "text", colour, f"Text to {who}", arrival.body, link, council)


def of_event(demonstration: Demonstration, posted: CloudEvent) -> Happening:
    """An event as a line."""
    event = parse_event(posted, demonstration.caseload.councils)
    plan = None if event.type in ABOUT_PERSONS else event.subject
    link, where = (f"/demo/plans/{plan}", f"Recorded on {plan}") if plan else (None, "")
    names = {person.id: person.name for person in demonstration.caseload.people.values()}
    text = words.said(event, names)
    return Happening(recorded_at(posted), "fact", EVENT_TYPES[event.type].colour, text, where, link, writer_of(posted))
