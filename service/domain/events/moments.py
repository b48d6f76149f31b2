"""What to write instead of a moment that cannot be taken, worked out from what was written."""

from __future__ import annotations

import re
from datetime import datetime, time

from service.domain.calendar import LONDON

_EXAMPLE = "2026-11-30T18:40:00+00:00"
_LONGEST = 60
_WRITTEN = re.compile(
    r"(?P<day>[0-9]{1,4}[ ./-][0-9a-z]{1,9}[ ./-][0-9]{4}|[0-9]{4}[ ./-][0-9]{1,2}[ ./-][0-9]{1,2})"
    r"(?:[t ,]+(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)? ?(?P<half>[ap]m)?)?"
    r" ?(?P<offset>z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_DAYS = ("%Y %m %d", "%d %m %Y", "%d %b %Y", "%d %B %Y")
_CLOCKS = ("%H:%M", "%H:%M:%S")
_CLOCKS_OF_HALVES = ("%I:%M", "%I:%M:%S")


def instead_of(value: object) -> str:
    """What is wrong with a moment, and what to write: the same moment, where it lacks its form or offset alone.

    Nothing but the figures of a day and a time is repeated, and no day alone, nor a day with the midnight that a
    spreadsheet adds: it may be somebody's birthday. What has no offset is taken for local time.
    """
    match = _WRITTEN.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= _LONGEST else None
    moment = _moment(match["day"], match["clock"] or "12:00", match["half"] or "") if match else None
    if match is None or moment is None:
        return f"is not a moment with an offset; write it like {_EXAMPLE}"
    if not match["clock"] or moment.time() == time():
        return f"has no time of day; write day, time and offset like {_EXAMPLE}"
    if match["offset"]:
        offset = re.sub(r"(?<=[0-9]{2})(?=[0-9]{2}$)", ":", match["offset"].upper())
        return f"is not in the form of a moment; write it as {moment.isoformat()}{offset}"
    return f"has no offset; write it as {_in_local_time(moment)}, if it is local time"


def _moment(day: str, clock: str, half: str) -> datetime | None:
    written = f"{re.sub(r'[./-]', ' ', day)} {clock}{half}"
    for clock_form in _CLOCKS_OF_HALVES if half else _CLOCKS:
        for day_form in _DAYS:
            try:
                return datetime.strptime(written, f"{day_form} {clock_form}{'%p' if half else ''}")  # noqa: DTZ007
            except ValueError:
                continue
    return None


def _in_local_time(moment: datetime) -> str:
    """With the offset of that day and hour; where the hour comes twice, with either."""
    either = dict.fromkeys(moment.replace(tzinfo=LONDON, fold=fold).isoformat() for fold in (0, 1))
    return " or ".join(either)
