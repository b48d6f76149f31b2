"""What the demonstration's case system writes down, one CloudEvent after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from cli.demo.cast import AUTHORITY
from service.domain.calendar import at_local, iso_local

CloudEvent = dict[str, object]


def source_of(authority: str) -> str:
    """The name by which a council's case system signs its events."""
    return f"/{authority}/case-system"


def writer_of(event: CloudEvent) -> str:
    """The council whose case system wrote an event."""
    return str(event["source"]).split("/")[1]


class Diary:
    """Events in the making: given in any order, read in the order of their time."""

    def __init__(self, prefix: str, authority: str = AUTHORITY) -> None:
        """Every diary has a prefix of its own for the ids of its events, so that diaries can be bound together."""
        self._source = source_of(authority)
        self._prefix = prefix
        self._events: list[tuple[datetime, CloudEvent]] = []

    def note(self, when: datetime, type_: str, subject: str | None, **data: object) -> str:
        """Write an event that is recorded at an aware moment; gives its id."""
        event_id = f"{self._prefix}-{len(self._events) + 1:03}"
        event: CloudEvent = {"specversion": "1.0", "id": event_id, "source": self._source, "type": type_}
        if subject is not None:
            event["subject"] = subject
        event |= {"time": iso_local(when), "data": {key: _plain(value) for key, value in data.items()}}
        self._events.append((when, event))
        return event_id

    def __iter__(self) -> Iterator[tuple[datetime, CloudEvent]]:
        return iter(self._events)


def bound(diaries: list[Diary]) -> list[CloudEvent]:
    """All events of all diaries, in the order in which they become known."""
    entries = [entry for diary in diaries for entry in diary]
    return [event for _, event in sorted(entries, key=lambda entry: entry[0])]


def at(day: date, clock: str) -> datetime:
    """A local day and `HH:MM` as a moment."""
    return at_local(day, time.fromisoformat(clock))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return iso_local(value)
    return value.isoformat() if isinstance(value, date) else value
