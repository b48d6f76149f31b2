"""To which authority an event belongs, as far as the event itself says: its source, its data, what it names."""

from __future__ import annotations

from service.domain.events.event import Event, mentions, names_authority
from service.domain.events.event_types import ABOUT_PERSONS
from service.domain.events.payloads.plans import EventWithdrawn


def may_belong_to(event: Event, authorities: frozenset[str], writer: str | None) -> frozenset[str]:
    """The authorities that an event may turn out to belong to: one, if it was written by one or names one."""
    authority = writer or named_in(event, authorities)
    return frozenset({authority}) if authority else authorities


def named_in(event: Event, authorities: frozenset[str]) -> str | None:
    """The one of these authorities that an event names: in its source, else in its data; None where it names none."""
    named = names_authority(event)
    return named_in_source(event, authorities) or (named if named in authorities else None)


def named_in_source(event: Event, authorities: frozenset[str]) -> str | None:
    """The authority that the first part of the source names; None where it names none."""
    name = event.source.strip("/").partition("/")[0]
    return name if name in authorities else None


def named_by(event: Event) -> tuple[frozenset[tuple[str, str]], ...]:
    """What an event names, by kind and id: what it is about; then the persons in its data."""
    if event.subject is None:
        withdrawn = event.data.event if isinstance(event.data, EventWithdrawn) else ""
        about = frozenset({("event", withdrawn)})
    elif event.type == "event.withdrawn":
        about = frozenset({("plan", event.subject), ("person", event.subject)})
    else:
        about = frozenset({("person" if event.type in ABOUT_PERSONS else "plan", event.subject)})
    return about, frozenset(("person", person) for person in mentions(event))
