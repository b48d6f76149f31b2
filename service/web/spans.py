"""How long something is ago, or still to come, as people say it."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.web.words import plural

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def ago(moment: datetime, now: datetime) -> str:
    """`just now`, `12 minutes ago`, `3 hours ago`, `2 days ago`."""
    span = now - moment
    return "just now" if span < timedelta(minutes=1) else f"{_length(span)} ago"


def in_time(moment: datetime, now: datetime) -> str:
    """`now`, `in 12 minutes`, `in 3 hours`."""
    span = moment - now
    return "now" if span < timedelta(minutes=1) else f"in {_length(span)}"


def _length(span: timedelta) -> str:
    """In whole minutes, hours or days: the largest of which two have passed."""
    if span < 2 * _HOUR:
        return plural(span // timedelta(minutes=1), "minute")
    return plural(span // _HOUR, "hour") if span < 2 * _DAY else plural(span // _DAY, "day")
