"""What an event says, whatever letters it is written in: by this the same event is known when it comes again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from functools import cache

from service.domain.calendar import Interval, local_day
from service.domain.events.event import Event, EventFault, parse_event, stored_event, trimmed
from service.domain.events.payloads.base import Payload
from service.domain.events.vocabulary import recorded_at

_in_order = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def fingerprint(event: Event) -> str:
    """What an event says, in 64 hex digits: equal for equal meaning.

    Another offset of the same moment, a default that is left out or written, null and absent make no difference.
    """
    return _digest(event, event.time)


def fingerprint_of_stored(raw: Mapping[str, object], authorities: Collection[str]) -> str:
    """The fingerprint of an event that was taken before, as it would be if the same came now."""
    try:
        event = parse_event(raw, authorities)
    except EventFault:  # today it would be refused
        event = stored_event(raw, authorities)
    # The time of one that lay in the future is kept beside the time from which it counts.
    given = raw.get("timegiven")
    return _digest(event, recorded_at(given).astimezone(UTC) if given else event.time)


def _digest(event: Event, moment: datetime) -> str:
    model = type(event.data)
    data = event.data.model_dump(by_alias=True, exclude_defaults=True)
    if "on" in model.model_fields and data.get("on") is None and data.get("at") is None:
        data["on"] = local_day(moment)
    given = event.raw.get("data")
    unlisted = {name: given[name] for name in given.keys() - _listed_in(model)} if isinstance(given, Mapping) else {}
    content = {"type": event.type, "subject": event.subject, "time": moment, "data": {**unlisted, **data}}
    return hashlib.sha256(_in_order.encode(_plain(content)).encode()).hexdigest()


@cache
def _listed_in(model: type[Payload]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def _plain(value: object) -> object:
    """A value as JSON has it, in one spelling, without what is null."""
    match value:
        case str():  # most values are: they are told from the others at once
            return trimmed(value)
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case Interval():
            return str(value)
        case dict() | Mapping():
            return {str(name): _plain(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [_plain(inner) for inner in value]
    return trimmed(value)
