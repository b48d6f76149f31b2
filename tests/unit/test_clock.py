"""The clocks: aware UTC always, forwards only, and as fast as they are told to be."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.clock import FastClock, ManualClock, SystemClock, as_utc
from tests.machine_clock import LEFT_OUT, SUMMER_NIGHT, TWICE, YEARS_END, held, machine_in

MONDAY = datetime(2026, 10, 5, 8, 25, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_system_clock_is_in_utc_wherever_the_machine_is(zone: str) -> None:
    with machine_in(zone):
        before, moment, after = time.time(), SystemClock().now(), time.time()
    assert moment.utcoffset() == timedelta(0)
    assert before <= moment.timestamp() <= after


@pytest.mark.parametrize("moment", [TWICE[0], LEFT_OUT, YEARS_END, SUMMER_NIGHT])
def test_an_hour_of_the_system_clock_is_an_hour_where_local_clocks_change(moment: datetime) -> None:
    with machine_in("Europe/London"), held(moment) as hands:
        clock = SystemClock(elapsed=time.monotonic)
        readings = [clock.now()]
        for _ in range(2):
            hands.tick(timedelta(hours=1))
            readings.append(clock.now())
    assert readings == [moment + timedelta(hours=hours) for hours in range(3)]
    assert clock.jump == timedelta(0)


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock(MONDAY)
    assert clock.now() == clock.now() == MONDAY
    assert clock.advance(hours=1, minutes=5) == clock.now() == datetime(2026, 10, 5, 9, 30, tzinfo=UTC)


def test_a_manual_clock_tells_utc_whatever_zone_it_was_set_in() -> None:
    clock = ManualClock(MONDAY)
    clock.set(datetime(2026, 10, 6, 9, 0, tzinfo=ZoneInfo("Europe/London")))
    assert clock.now().isoformat() == "2026-10-06T08:00:00+00:00"


def test_an_hour_is_an_hour_where_the_local_clocks_change() -> None:
    before = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/London"))
    clock = ManualClock(before)
    assert clock.advance(hours=1).astimezone(before.tzinfo).isoformat() == "2026-10-25T01:30:00+00:00"


def test_no_clock_goes_back() -> None:
    clock = ManualClock(MONDAY)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(seconds=-1)
    assert clock.now() == MONDAY


@pytest.mark.parametrize("make", [ManualClock, lambda start: FastClock(start, 60), as_utc])
def test_a_moment_without_a_zone_is_refused(make: type[ManualClock]) -> None:
    with pytest.raises(ValueError, match="has no zone"):
        make(datetime(2026, 10, 5, 8, 25))  # noqa: DTZ001 - the naive moment is what is tried


def test_a_fast_clock_makes_a_day_in_a_minute() -> None:
    seconds = iter([100.0, 100.0, 130.0, 160.0])
    clock = FastClock(MONDAY, speed=24 * 60, elapsed=lambda: next(seconds))
    assert [clock.now() - MONDAY for _ in range(3)] == [timedelta(0), timedelta(hours=12), timedelta(days=1)]


@pytest.mark.parametrize("speed", [0, -1])
def test_a_fast_clock_must_go_forwards(speed: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        FastClock(MONDAY, speed)
