"""A provider's clock, as its answers tell it, against ours."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.errors import TryLater
from notifications.providers.sender import believe_none, clock_difference, earliest_of

NOON = datetime(2026, 12, 18, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=20)  # when the answer was there


@pytest.mark.parametrize(
    ("date", "difference"),
    [
        ("Fri, 18 Dec 2026 12:00:00 GMT", timedelta(0)),
        ("Fri, 18 Dec 2026 12:00:20 GMT", timedelta(0)),
        ("Fri, 18 Dec 2026 11:59:59 GMT", timedelta(0)),
        ("Fri, 18 Dec 2026 12:05:21 GMT", timedelta(minutes=5)),
        ("Fri, 18 Dec 2026 11:52:59 GMT", -timedelta(minutes=7)),
        ("Fri, 18 Dec 2026 14:00:00 +0200", timedelta(0)),
    ],
)
def test_the_time_that_an_answer_takes_is_no_difference(date: str, difference: timedelta) -> None:
    assert clock_difference({"Date": date}, NOON, LATER) == difference


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Dec 2026 12:00:00 GMT", "\ud800"])
def test_a_provider_that_tells_no_time_differs_by_nothing_that_is_known(date: str) -> None:
    assert clock_difference({"Date": date}, NOON, LATER) is None


def test_a_clock_that_is_ahead_hides_nothing_that_one_that_is_right_would_show() -> None:
    assert earliest_of(NOON, None) == earliest_of(NOON, timedelta(minutes=9)) == NOON - timedelta(minutes=5)
    assert earliest_of(NOON, -timedelta(minutes=9)) == NOON - timedelta(minutes=14)


def test_none_is_believed_where_the_clocks_agree_or_nothing_is_known() -> None:
    for difference in (None, timedelta(0), timedelta(minutes=1), -timedelta(minutes=1)):
        believe_none("Twilio", difference)
    for difference in (timedelta(minutes=5), -timedelta(minutes=5)):
        with pytest.raises(TryLater):
            believe_none("Twilio", difference)
