"""Days and hours as people type them: `5/12`, `tomorrow`, `yesterday 14:30`; and what was understood, said back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from service.domain.calendar import at_local, iso_local, local
from service.domain.events.vocabulary import EARLIEST_YEAR, LATEST_YEAR

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMED = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}
_UNITS = {"day": 1, "week": 7, "fortnight": 14}
_CLOCK = re.compile(r"(?:^|[\s,]+)(?:at\s+)?(\d{1,2})(?:[:.](\d{2}))?\s*([ap]\.?m\.?)?$")
_MEANT = "Write a day like 5/12, 5 December 2026, today or tomorrow"
_MEANT_CLOCK = "Write an hour like 14:30 or 2.30pm"


@dataclass(frozen=True, slots=True)
class TypedTime:
    """A day, and the local hour where one was typed."""

    day: date
    clock: time | None = None

    @property
    def moment(self) -> datetime | None:
        """The moment, aware; None: a day alone."""
        return None if self.clock is None else at_local(self.day, self.clock)

    def data(self) -> dict[str, str]:
        """As the data of an event has it: `at` for a moment, else `on`."""
        moment = self.moment
        return {"on": self.day.isoformat()} if moment is None else {"at": iso_local(moment)}


def read_time(text: str, now: datetime, *, ahead: bool = False) -> TypedTime:
    """Read what was typed; ValueError says what is expected.

    A day without its year is the nearest one, or with `ahead` the next; so is a day of the week.
    """
    words = " ".join(text.casefold().replace(",", " ").split())
    here = local(now)
    if words in ("now", "just now"):
        return TypedTime(here.date(), here.time().replace(second=0, microsecond=0))
    words, clock = _split_clock(words)
    return TypedTime(_within(_day(words, here.date(), ahead=ahead)), clock)


def read_clock(text: str) -> time:
    """Read an hour of the day; ValueError says what is expected."""
    rest, clock = _split_clock(text.casefold().strip())
    if clock is None or rest:
        raise ValueError(_MEANT_CLOCK)
    return clock


def spoken(typed: TypedTime, today: date) -> str:
    """`Saturday 5 December 2026, 14:30 (in 7 days)`."""
    clock = f", {typed.clock:%H:%M}" if typed.clock else ""
    return f"{typed.day:%A} {typed.day.day} {typed.day:%B %Y}{clock} ({distance(typed.day, today)})"


def distance(day: date, today: date) -> str:
    """How far a day is from today, in words."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def _split_clock(words: str) -> tuple[str, time | None]:
    match = _CLOCK.search(words)
    if match is None or not (match[2] or match[3]):
        return words, None
    rest = words[: match.start()].strip()
    if match[2] and not match[3] and "." in match[0] and not rest:
        return words, None  # 5.12 is a day
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            raise ValueError(_MEANT_CLOCK)
        hour = hour % 12 + (12 if match[3].startswith("p") else 0)
    if hour > 23 or minute > 59:
        raise ValueError(_MEANT_CLOCK)
    return rest.removesuffix(" at"), time(hour, minute)


def _day(words: str, today: date, *, ahead: bool) -> date:
    if words in _NAMED:
        return today + timedelta(days=_NAMED[words])
    for read in (_distant, _of_the_week, _in_numbers, _in_words):
        day = read(words, today, ahead)
        if day is not None:
            return day
    raise ValueError(_MEANT)


def _distant(words: str, today: date, ahead: bool) -> date | None:
    del ahead
    match = re.fullmatch(r"(in )?(a|\d{1,3}) (day|week|fortnight)s?( ago)?", words)
    if match is None or bool(match[1]) is bool(match[4]):
        return None
    days = (1 if match[2] == "a" else int(match[2])) * _UNITS[match[3]]
    return today + timedelta(days=days if match[1] else -days)


def _of_the_week(words: str, today: date, ahead: bool) -> date | None:
    match = re.fullmatch(r"(last |next |this )?(mon|tue|wed|thu|fri|sat|sun)[a-z]*", words)
    if match is None or not _names(words.rpartition(" ")[2], _LONG_WEEKDAYS):
        return None
    days = (_WEEKDAYS.index(match[2]) - today.weekday()) % 7
    is_ahead = ahead if match[1] in (None, "this ") else match[1] == "next "
    if is_ahead:
        return today + timedelta(days=days or (7 if match[1] == "next " else 0))
    back = (7 - days) % 7
    return today - timedelta(days=back or (7 if match[1] == "last " else 0))


def _in_numbers(words: str, today: date, ahead: bool) -> date | None:
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words):
        return _dated(int(match[1]), int(match[2]), int(match[3]))
    match = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{2}|\d{4})?)?", words)
    return _completed(int(match[1]), int(match[2]), match[3], today, ahead) if match else None


def _in_words(words: str, today: date, ahead: bool) -> date | None:
    pattern = r"(?:[a-z]+ )?(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})\.?(?: (\d{2}|\d{4}))?"
    match = re.fullmatch(pattern, words)
    if match is None or not _names(match[2], _LONG_MONTHS):
        return None
    return _completed(int(match[1]), _MONTHS.index(match[2][:3]) + 1, match[3], today, ahead)


def _completed(day: int, month: int, year: str | None, today: date, ahead: bool) -> date:
    """The day of a year that was typed, or else the next such day, or the nearest."""
    if year is not None:
        return _dated(int(year) + (2000 if len(year) == 2 else 0), month, day)
    years = range(today.year - 4, today.year + 9)  # a leap day comes once in eight years at worst
    possible = [candidate for candidate in (_possible(number, month, day) for number in years) if candidate is not None]
    if not possible:
        raise ValueError(f"There is no day {day}/{month}. {_MEANT}")
    if ahead:
        return min(candidate for candidate in possible if candidate >= today)
    return min(possible, key=lambda candidate: abs((candidate - today).days))


def _dated(year: int, month: int, day: int) -> date:
    possible = _possible(year, month, day)
    if possible is None:
        raise ValueError(f"There is no day {day}/{month}/{year}. {_MEANT}")
    return possible


def _possible(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _within(day: date) -> date:
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(_MEANT)
    return day


def _names(word: str, long: tuple[str, ...]) -> bool:
    """Whether a word is a name, or its beginning of three letters or more."""
    return any(name.startswith(word) for name in long)


_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "sept", "october",
    "november", "december",
)  # fmt: skip
_LONG_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "tues", "thurs")
