"""Clocks that go by the calendar: each calendar month, or by one of its days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from service.domain.language.clocks import Due


def opening_due(due: Due, day: date) -> date:
    """The first due day after an opening. A month of which less than half is left does not count."""
    if due.by_day is not None:
        return _next_day(due.by_day, day)
    ends = _end_of_month(day)
    if 2 * ((ends - day).days + 1) >= ends.day:
        return ends
    return _end_of_month(ends + timedelta(days=1))


def following_due(due: Due, day: date, met: date) -> date:
    """The next due day, after something was done on a day for the due day `met`.

    What is done in a month counts for that month, early or late. By a day of the month, what is late counts for the day
    that had passed alone.
    """
    if due.by_day is not None:
        return _next_day(due.by_day, max(day, met))
    return _end_of_month(_end_of_month(day) + timedelta(days=1))


def is_early(due: Due, day: date, due_on: date) -> bool:
    """Whether a day lies before the time for which something is due by a day: it counts for the time before."""
    if due.by_day is not None:
        return day <= due_on - relativedelta(months=1)
    return day < due_on.replace(day=1)


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _next_day(number: int, after: date) -> date:
    this_month = after.replace(day=number)
    return this_month if this_month > after else this_month + relativedelta(months=1)
