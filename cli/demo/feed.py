"""What just happened, in one list: what arrived, and what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cli.demo.case_system import Posted
from cli.demo.cast import AUTHORITIES, BY_ID
from cli.demo.origins import Origin
from cli.demo.received import Mail, Text
from cli.demo.stage import Stage, owner
from service.domain.events import parse_event
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


async def happenings(stage: Stage) -> list[Happening]:
    """The latest of everything, the newest first."""
    arrivals = stage.received.everything(max(0, stage.received.latest - _LONGEST))
    origins = await stage.origins_of(arrivals)
    found = [of_arrival(one, origins.get(one.number)) for one in arrivals]
    found += [_of_event(posted) for posted in stage.case_system.posted[-_LONGEST:]]
    return sorted(found, key=lambda one: one.at, reverse=True)[:_LONGEST]


def of_arrival(one: Mail | Text, origin: Origin | None) -> Happening:
    """An arrival as a line."""
    person = owner(one)
    name, desk = (person.name, person.desk) if person else ("Somebody", "")
    here = person.id if person else ""
    title = f"{'Email' if isinstance(one, Mail) else 'Text'} to {name}, {desk[:1].lower()}{desk[1:]}"
    colour = _COLOURS.get(origin.purpose, "blue") if origin else "blue"
    if isinstance(one, Mail):
        return Happening(one.at, "mail", colour, title, one.subject, f"/inboxes/{here}/{one.number}")
    if one.theirs:
        return Happening(one.at, "text", "green", f"{name} texts back", one.body, f"/phones/{here}")
    colour = _COLOURS.get(origin.purpose, "blue") if origin else "blue"
    return Happening(
        one.at, "text", colour, f"Text to {name}, {desk[:1].lower()}{desk[1:]}", one.body, f"/phones/{here}"
    )


def _of_event(posted: Posted) -> Happening:
    event = parse_event(posted.event, AUTHORITIES)
    colour = _OF_EVENTS.get(event.type, "")
    plan = event.subject if event.type not in ("person.recorded", "absence.recorded") else None
    link = f"/plans/{plan}" if plan else None
    return Happening(posted.at, "fact", colour, words.said(event, NAMES), f"Recorded on {plan}" if plan else "", link)
