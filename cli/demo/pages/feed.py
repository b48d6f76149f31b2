"""What just happened, in one list: what arrived, and what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cli.demo.cast import AUTHORITIES, BY_ID
from cli.demo.diary import writer_of
from cli.demo.pages.demonstration import Stage, owner
from cli.demo.pages.sent import Origin
from cli.demo.standins.arrivals import Mail, Text
from cli.demo.standins.case_system import Posted
from service.domain.events.event import parse_event
from service.web import words

NAMES = {person.id: person.name for person in BY_ID.values()}
_LONGEST = 30
_COLOURS = {"alert": "red", "overdue": "red", "escalation": "red"}
_OF_EVENTS = {"bottom_line.breached": "red", "alert.acknowledged": "green"}


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


async def happenings(stage: Stage, council: str = "") -> list[Happening]:
    """The latest of everything, of one council if one is named, the newest first."""
    arrivals = [one for one in stage.received.everything() if _is_of(one, council)][-_LONGEST:]
    origins = await stage.origins_of(arrivals)
    found = [of_arrival(one, origins.get(one.number)) for one in arrivals]
    posted = [one for one in stage.case_system.posted if council in ("", writer_of(one.event))]
    found += [_of_event(one) for one in posted[-_LONGEST:]]
    return sorted(found, key=lambda one: one.at, reverse=True)[:_LONGEST]


def of_arrival(one: Mail | Text, origin: Origin | None) -> Happening:
    """An arrival as a line."""
    person = owner(one)
    name, here, council = (person.name, person.id, person.authority) if person else ("Somebody", "", "")
    who = f"{name}, {person.desk[:1].lower()}{person.desk[1:]}" if person and person.kind != "family" else name
    colour = _COLOURS.get(origin.purpose, "blue") if origin else "blue"
    if isinstance(one, Mail):
        return Happening(
            one.at, "mail", colour, f"Email to {who}", one.subject, f"/inboxes/{here}/{one.number}", council
        )
    if one.theirs:
        return Happening(one.at, "text", "green", f"{name} texts back", one.body, f"/phones/{here}", council)
    return Happening(one.at, "text", colour, f"Text to {who}", one.body, f"/phones/{here}", council)


def _is_of(one: Mail | Text, council: str) -> bool:
    person = owner(one)
    return not council or (person is not None and person.authority == council)


def _of_event(posted: Posted) -> Happening:
    event = parse_event(posted.event, AUTHORITIES)
    colour = _OF_EVENTS.get(event.type, "")
    plan = event.subject if event.type not in ("person.recorded", "absence.recorded") else None
    link = f"/plans/{plan}" if plan else None
    said, where = words.said(event, NAMES), f"Recorded on {plan}" if plan else ""
    return Happening(posted.at, "fact", colour, said, where, link, writer_of(posted.event))
