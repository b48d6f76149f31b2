"""Days and hours as people type them are understood, and said back; what is no day is refused with what would be."""

from datetime import UTC, date, datetime, time

import pytest

from service.web.recording.days import TypedTime, read_clock, read_time, spoken

NOW = datetime(2026, 11, 28, 10, 42, tzinfo=UTC)  # a Saturday
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", date(2026, 11, 28)),
        ("Yesterday", date(2026, 11, 27)),
        (" tomorrow ", date(2026, 11, 29)),
        ("5/12", date(2026, 12, 5)),
        ("05/12/2026", date(2026, 12, 5)),
        ("5.12.26", date(2026, 12, 5)),
        ("5-12-2026", date(2026, 12, 5)),
        ("2026-12-05", date(2026, 12, 5)),
        ("5 Dec", date(2026, 12, 5)),
        ("Sat 5th of December 2026", date(2026, 12, 5)),
        ("3/1", date(2027, 1, 3)),
        ("30 June", date(2026, 6, 30)),
        ("monday", date(2026, 11, 23)),
        ("last Saturday", date(2026, 11, 21)),
        ("next mon", date(2026, 11, 30)),
        ("2 weeks ago", date(2026, 11, 14)),
        ("in a fortnight", date(2026, 12, 12)),
        ("29/2", date(2028, 2, 29)),
    ],
)
def test_a_day_is_understood(typed: str, day: date) -> None:
    assert read_time(typed, NOW) == TypedTime(day)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("today 14:30", time(14, 30)),
        ("5/12 at 2pm", time(14)),
        ("yesterday, 2.30 pm", time(14, 30)),
        ("5 Dec 2026 09:05", time(9, 5)),
        ("tomorrow 12am", time(0)),
    ],
)
def test_an_hour_is_understood_behind_a_day(typed: str, clock: time) -> None:
    assert read_time(typed, NOW).clock == clock


def test_a_day_to_come_is_the_next_one() -> None:
    assert read_time("30 June", NOW, ahead=True).day == date(2027, 6, 30)
    assert read_time("monday", NOW, ahead=True).day == date(2026, 11, 30)
    assert read_time("28/11", NOW, ahead=True).day == TODAY


def test_today_is_londons_day() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight in London
    assert read_time("today", late).day == date(2026, 7, 1)
    assert read_time("now", late) == TypedTime(date(2026, 7, 1), time(0, 30))


@pytest.mark.parametrize(
    "typed", ["", "soon", "31/2", "13/14", "32 May", "5/12/1066", "mayday", "monkey", "5", "25:00"]
)
def test_what_is_no_day_is_refused_with_what_would_be(typed: str) -> None:
    with pytest.raises(ValueError, match="Write "):
        read_time(typed, NOW)


def test_an_hour_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="hour"):
        read_time("today 25:10", NOW)
    with pytest.raises(ValueError, match="hour"):
        read_clock("soon")
    assert read_clock("6pm") == time(18)


def test_what_was_understood_is_said_back() -> None:
    assert spoken(read_time("5/12 14:30", NOW), TODAY) == "Saturday 5 December 2026, 14:30 (in 7 days)"
    assert spoken(read_time("yesterday", NOW), TODAY) == "Friday 27 November 2026 (yesterday)"
    assert spoken(read_time("1 nov", NOW), TODAY) == "Sunday 1 November 2026 (27 days ago)"


def test_an_event_has_a_moment_where_an_hour_was_typed_and_else_a_day() -> None:
    assert read_time("5/12", NOW).data() == {"on": "2026-12-05"}
    assert read_time("1/7 14:30", NOW).data() == {"at": "2026-07-01T14:30:00+01:00"}
