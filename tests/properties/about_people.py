"""Which events speak of people."""

from service.domain.events.event import Event
from service.domain.events.event_types import ABOUT_PERSONS, EVENT_TYPES


def concerns_directory(event: Event) -> bool:
    """Whether the event speaks of people rather than of one plan.

    For a withdrawal with a subject the answer is no: it depends on the event that is withdrawn.
    """
    return event.type in ABOUT_PERSONS or (event.subject is None and not EVENT_TYPES[event.type].needs_subject)
