"""Days are counted as section 2 of the contract says, judged by a slow and obvious second opinion."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.bank_holidays import YEARS, asked_of_the_library, bank_holidays
from service.domain.calendar import Calendar, Interval, OfficeHours, at_local, iso_local, local_day
from service.files.policy_files import load_policies
from tests.unit.domain.builders import at

# The official list of bank holidays in England, 2024 to 2028.
OFFICIAL = """
    2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26
    2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26
    2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28
    2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28
    2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26
"""
HOLIDAYS = {date.fromisoformat(day) for day in OFFICIAL.split()}
CALENDAR = Calendar()
DAYS = st.dates(date(2024, 3, 1), date(2028, 10, 1))


def works(day: date) -> bool:
    return day.strftime("%a") not in ("Sat", "Sun") and day not in HOLIDAYS


def days_after(day: date) -> list[date]:
    return [day + timedelta(days=n) for n in range(1, 150)]


def test_working_days_are_those_of_the_official_list() -> None:
    every = [date(2024, 1, 1) + timedelta(days=n) for n in range(366 + 365 * 3 + 366)]
    assert [day for day in every if CALENDAR.is_working(day) != works(day)] == []


def test_the_printed_bank_holidays_are_the_librarys() -> None:
    # Red where the library learns of a new day (a coronation, say): print its years anew.
    printed = {day: name for year in YEARS for day, name in bank_holidays(year).items()}
    asked = {day: name for year in YEARS for day, name in asked_of_the_library(year).items() if day.weekday() < 5}
    assert printed == asked


@given(st.dates(date(1990, 1, 1), date(2014, 12, 31)) | st.dates(date(2041, 1, 1), date(2060, 12, 31)))
def test_other_years_are_asked_of_the_library(day: date) -> None:
    free = day.weekday() >= 5 or day in asked_of_the_library(day.year)
    assert CALENDAR.is_working(day) == (not free)


@given(DAYS, st.integers(1, 60))
def test_within_n_working_days_is_the_nth_working_day_after(day: date, count: int) -> None:
    expected = [later for later in days_after(day) if works(later)][count - 1]
    assert CALENDAR.add(day, Interval.parse(f"{count} working days")) == expected


@given(DAYS, st.integers(1, 25))
def test_counting_back_is_counting_forward_the_other_way(day: date, count: int) -> None:
    back = CALENDAR.add_working_days(day, -count)
    assert works(back)
    assert sum(works(later) for later in days_after(back - timedelta(days=1)) if later < day) == count


@given(DAYS, st.integers(1, 24))
def test_months_keep_the_day_or_take_the_months_last(day: date, months: int) -> None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - timedelta(days=1)).day
    assert CALENDAR.add(day, Interval.parse(f"{months} months")) == date(year, month + 1, min(day.day, last))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-30", 3, "2027-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-08-31", 1, "2027-09-30"),
        ("2027-01-31", 3, "2027-04-30"),
    ],
)
def test_month_ends_are_clipped(start: str, months: int, end: str) -> None:
    assert CALENDAR.add(date.fromisoformat(start), Interval.parse(f"{months} months")).isoformat() == end


@given(DAYS, st.integers(1, 30))
def test_weeks_and_days_are_counted_in_days(day: date, count: int) -> None:
    assert CALENDAR.add(day, Interval.parse(f"{count} weeks")) == day + timedelta(days=7 * count)
    assert CALENDAR.add(day, Interval.parse(f"{count} days")) == day + timedelta(days=count)


@given(DAYS)
def test_act_by_is_the_last_working_day_on_or_before(day: date) -> None:
    before = [day - timedelta(days=n) for n in range(12)]
    assert CALENDAR.act_by(day) == next(earlier for earlier in before if works(earlier))


@given(DAYS, st.times())
def test_next_working_day_is_the_first_whose_office_hours_begin_after_the_moment(day: date, clock: time) -> None:
    moment = at_local(day, clock)
    begins = [later for later in [day, *days_after(day)] if works(later) and at_local(later, time(9)) > moment]
    assert CALENDAR.next_working_day(day, moment) == begins[0]


@given(DAYS)
def test_next_working_day_after_a_day_alone_is_never_that_day(day: date) -> None:
    assert CALENDAR.next_working_day(day) == next(later for later in days_after(day) if works(later))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-03T02:00", "2026-11-03"),  # the small hours of a Tuesday: that Tuesday
        ("2026-11-06T18:00", "2026-11-09"),  # a Friday evening: Monday
        ("2026-11-04T08:59", "2026-11-04"),
        ("2026-11-04T09:00", "2026-11-05"),  # hours that begin now do not begin after it
        ("2026-11-07T03:00", "2026-11-09"),
        ("2026-12-24T19:00", "2026-12-29"),  # Christmas on a Friday
        ("2027-03-25T17:30", "2027-03-30"),  # before Easter
        ("2027-03-28T01:30", "2027-03-30"),  # the hour that is skipped, on Easter Sunday
        ("2026-10-25T01:30", "2026-10-26"),  # the hour that comes twice
    ],
)
def test_next_working_day_of_moments(moment: str, expected: str) -> None:
    day = date.fromisoformat(moment[:10])
    assert CALENDAR.next_working_day(day, at(moment)).isoformat() == expected


@pytest.mark.parametrize(
    ("moment", "out"),
    [
        ("2026-11-04T08:59", True),
        ("2026-11-04T09:00", False),
        ("2026-11-04T16:59", False),
        ("2026-11-04T17:00", True),
        ("2026-11-07T11:00", True),
        ("2026-12-25T11:00", True),
        ("2026-12-24T14:59", False),
        ("2026-12-24T15:30", True),  # early closing
        ("2026-12-23T15:30", False),
    ],
)
def test_out_of_hours_of_moments(moment: str, out: bool) -> None:
    early = Calendar(OfficeHours(early=((12, 24, time(15)),)))
    assert early.out_of_hours(date.fromisoformat(moment[:10]), at(moment)) is out


@given(DAYS)
def test_a_day_alone_is_out_of_hours_only_where_nobody_works(day: date) -> None:
    assert CALENDAR.out_of_hours(day, None) is not works(day)


def test_an_early_closing_does_not_move_the_next_working_day() -> None:
    early = Calendar(OfficeHours(early=((12, 24, time(15)),)))
    assert early.next_working_day(date(2026, 12, 23), at("2026-12-23T18:00")) == date(2026, 12, 24)


@given(DAYS, st.times(), st.times())
def test_next_at_is_the_first_such_moment_on_a_working_day(day: date, now: time, clock: time) -> None:
    moment = datetime.combine(day, now, tzinfo=UTC)
    candidates = [local_day(moment) + timedelta(days=n) for n in range(12)]
    expected = next(at_local(day, clock) for day in candidates if works(day) and at_local(day, clock) >= moment)
    assert CALENDAR.next_at(clock, moment) == expected


@pytest.mark.parametrize(
    ("utc", "day", "shown"),
    [
        ("2026-03-28T23:59:59+00:00", "2026-03-28", "2026-03-28T23:59:59+00:00"),
        ("2026-03-29T00:30:00+00:00", "2026-03-29", "2026-03-29T00:30:00+00:00"),
        ("2026-03-29T01:00:00+00:00", "2026-03-29", "2026-03-29T02:00:00+01:00"),
        ("2026-06-30T23:30:00+00:00", "2026-07-01", "2026-07-01T00:30:00+01:00"),
        ("2026-10-24T23:30:00+00:00", "2026-10-25", "2026-10-25T00:30:00+01:00"),
        ("2026-10-25T00:30:00+00:00", "2026-10-25", "2026-10-25T01:30:00+01:00"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25", "2026-10-25T01:30:00+00:00"),
        ("2026-12-31T23:59:59+00:00", "2026-12-31", "2026-12-31T23:59:59+00:00"),
    ],
)
def test_local_days_across_the_changes_of_the_clock(utc: str, day: str, shown: str) -> None:
    moment = datetime.fromisoformat(utc)
    assert (local_day(moment).isoformat(), iso_local(moment)) == (day, shown)


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        ("2026-11-04T07:59", False),
        ("2026-11-04T08:00", True),
        ("2026-11-04T18:00", True),
        ("2026-11-04T18:01", False),
        ("2026-11-07T10:00", False),
        ("2026-12-28T10:00", False),
        ("2026-07-01T08:00", True),
    ],
)
def test_routine_hours(moment: str, may: bool) -> None:
    assert load_policies().newest("dudley").calendar.routine_hours(at(moment)) is may


@pytest.mark.parametrize("text", ["3 days", "1 day", "2 weeks", "3 months", "10 working days", "1 working day"])
def test_intervals_are_read_as_they_are_written(text: str) -> None:
    assert str(Interval.parse(text)) == text


@pytest.mark.parametrize("text", ["", "3", "three days", "0 weeks", "-1 days", "2 years", "3days", "1.5 weeks"])
def test_what_is_no_interval_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="10 working days"):
        Interval.parse(text)


def test_an_authoritys_own_holiday_is_no_working_day() -> None:
    closed = Calendar(closed=frozenset({date(2026, 11, 4)}))
    assert closed.add_working_days(date(2026, 11, 3), 1) == date(2026, 11, 5)


@given(st.dates(date(2024, 3, 1), date(2025, 9, 1)), st.integers(-50, 1_200))
def test_the_working_days_between_two_days_are_counted_one_by_one(after: date, days: int) -> None:
    calendar = Calendar(closed=frozenset({date(2025, 12, 31), date(2026, 1, 2)}))
    until = after + timedelta(days=days)
    counted = [
        day for n in range(1, days + 1) if works(day := after + timedelta(days=n)) and day not in calendar.closed
    ]
    assert calendar.working_days_between(after, until) == len(counted)
