"""Warnings about a rule's clock: a ladder that reminds nobody in time, and a number that is not the clock's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from service.domain.calendar import LONDON, Calendar, Interval, Unit, hours_after, local, start_of
from service.domain.language.base import PolicyModel
from service.domain.language.clocks import Due
from service.domain.language.ladders import Ladder
from service.domain.policy import Policy, Rule
from service.domain.telling.ladder import Span, reminded_at

# A week without a bank holiday: what reminds nobody then, never does.
_MONDAY = date(2026, 6, 1)
_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_WORDS = {word: number for number, word in enumerate(f"{_ONES} eighteen nineteen twenty".split(), 1)}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60}
_LENGTH = re.compile(r"\b([a-z]+(?:-[a-z]+)?|\d+)[ -](hour|working day|day|week|month)s?\b")


def ladder_warning(rule: Rule, policy: Policy, by_clock: dict[object, str | None]) -> str | None:
    """That no reminder of the rule's ladder can come before the duty is due; None where one can, or facts set a day.

    `by_clock` keeps the answers about a policy: many of its rules have one clock and one ladder.
    """
    due = rule.due
    clock = (rule.ladder, due.within, due.every, due.same_day, due.next_working_day)
    if clock not in by_clock:
        by_clock[clock] = _ladder_warning(rule, policy)
    return by_clock[clock]


def _ladder_warning(rule: Rule, policy: Policy) -> str | None:
    ladder = policy.ladders[rule.ladder]
    if ladder.ask_once is not None:
        return None
    spans = list(_spans(rule.due, policy.calendar))
    unreminded = [span for span in spans if not _reminds(ladder, span, policy.calendar)]
    if spans and len(unreminded) == len(spans):
        return f"no reminder of the ladder '{rule.ladder}' can come before it is due: name one for so short a clock"
    if unreminded and rule.due.by_the_hour:
        example = f"{local(unreminded[0].begins):%A at %H:%M}"
        return f"no reminder of the ladder '{rule.ladder}' comes before it is due, if it opens on a {example}, say"
    return None


def _reminds(ladder: Ladder, span: Span, calendar: Calendar) -> bool:
    """Whether a reminder goes before it is due. One whose moment lies outside the routine hours may have to wait."""
    moments = reminded_at(ladder, span, calendar)
    return any(ladder.at_any_hour or calendar.routine_from(moment) < span.lapses_at for moment in moments)


def _spans(due: Due, calendar: Calendar) -> Iterator[Span]:
    """How the duty is open where its fact falls on any hour of a week; nothing where facts give the day."""
    for hour in range(7 * 24):
        opened = datetime(_MONDAY.year, _MONDAY.month, _MONDAY.day, tzinfo=LONDON) + timedelta(hours=hour)
        if due.within is not None and due.by_the_hour:
            lapses_at = hours_after(opened, due.within)
            yield Span(opened.date(), opened, opened, lapses_at, calendar.act_by(lapses_at.date()))
        elif (until := _due_on(due, opened, calendar)) is not None:
            lapses_at = start_of(until + timedelta(days=1))
            yield Span(opened.date(), opened, opened, lapses_at, calendar.act_by(until))


def _due_on(due: Due, opened: datetime, calendar: Calendar) -> date | None:
    if due.same_day:
        return opened.date()
    if due.next_working_day:
        return calendar.next_working_day(opened.date(), opened)
    length = due.within or due.every
    return calendar.add(opened.date(), length) if length is not None else None


def number_warning(rule: Rule) -> str | None:
    """That what the rule asks names a length of time that its clock does not have; None where it does not."""
    of_clock = {_in_days(length) for length in _lengths(rule.due)}
    for match in _LENGTH.finditer(rule.asks.lower()):
        number = _number(match[1])
        if number is not None and _in_days(Interval(number, Unit(f"{match[2]}s"))) not in of_clock:
            return f"says '{match[0]}', which is not what the clock says: one of the two is wrong"
    return None


def _lengths(part: object) -> Iterator[Interval]:
    match part:
        case Interval():
            yield part
        case list():
            for inner in part:
                yield from _lengths(inner)
        case PolicyModel():
            yield from _lengths(list(part.__dict__.values()))


def _in_days(length: Interval) -> tuple[int, Unit]:
    return (length.count * 7, Unit.DAYS) if length.unit is Unit.WEEKS else (length.count, length.unit)


def _number(word: str) -> int | None:
    """`28`, `six` or `twenty-eight` as a number; None for another word."""
    if word.isdigit():
        return int(word)
    tens, _, ones = word.partition("-")
    return _TENS[tens] + _WORDS.get(ones, 0) if tens in _TENS else _WORDS.get(word)
