"""The auditor's own working days."""

from datetime import UTC, date, datetime

from service.sentinel.working_days import WorkingDays

ADDED = date(2026, 6, 10)  # a Wednesday that one authority has off
DAYS = WorkingDays({"northmere": frozenset({ADDED})})


def test_weekends_bank_holidays_and_what_an_authority_added_are_none() -> None:
    days = [date(2026, 6, 6), date(2026, 6, 7), date(2026, 5, 25), date(2026, 12, 28), ADDED, date(2026, 6, 9)]
    assert [DAYS.is_one(day, "northmere") for day in days] == [False] * 5 + [True]
    assert [DAYS.is_one(ADDED, other) for other in ("elsewhere", None)] == [True, True]


def test_counting_back_leaves_them_out() -> None:
    assert DAYS.before(date(2026, 6, 11), 1, "northmere") == date(2026, 6, 9)
    assert DAYS.before(date(2026, 6, 11), 1, "elsewhere") == ADDED
    assert DAYS.before(date(2026, 6, 8), 1) == date(2026, 6, 5)


def test_what_is_not_urgent_is_sent_from_eight_to_six_by_the_clocks_in_london() -> None:
    hours = [datetime(2026, 6, 9, hour, minute, tzinfo=UTC) for hour, minute in ((6, 59), (7, 0), (16, 59), (17, 0))]
    opens = datetime(2026, 6, 9, 7, tzinfo=UTC)
    assert [DAYS.sending_since(hour, "northmere") for hour in hours] == [None, opens, opens, None]
    assert DAYS.sending_since(datetime(2026, 6, 10, 9, tzinfo=UTC), "northmere") is None
