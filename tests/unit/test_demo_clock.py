"""The demonstration's clock: in the visitor's hands, and never going back."""

from __future__ import annotations

from datetime import date, time, timedelta

from cli.demo.data.caseload import next_morning
from cli.demo.demo_clock import DemoClock
from service.domain.calendar import at_local

MONDAY = date(2027, 1, 11)
START = at_local(MONDAY, time(8, 25))


def test_it_stands_still_until_it_is_set_going() -> None:
    clock = DemoClock(START, speed=1440)
    assert clock.is_paused
    assert clock.now() == clock.now() == START


def test_it_runs_as_fast_as_it_is_told() -> None:
    clock = DemoClock(START, speed=1440)
    clock.go(1e9)
    assert clock.now() > START
    assert clock.speed == 1e9


def test_a_pause_keeps_the_moment_and_the_pace() -> None:
    clock = DemoClock(START, speed=1440)
    clock.go()
    clock.pause()
    assert clock.now() == clock.now() >= START
    clock.go()
    assert not clock.is_paused
    assert clock.speed == 1440


def test_it_skips_forwards_only_and_then_goes_on_as_before() -> None:
    clock = DemoClock(START, speed=1440)
    clock.skip_to(START + timedelta(days=1))
    clock.skip_to(START)
    assert clock.now() == START + timedelta(days=1)
    assert clock.is_paused


def test_however_fast_it_is_it_waits_where_something_is_due() -> None:
    clock = DemoClock(START, speed=1e9)
    clock.run_until(START + timedelta(minutes=5))
    clock.go()
    while not clock.is_held:
        pass
    assert clock.now() == clock.now() == START + timedelta(minutes=5)
    clock.skip_to(START + timedelta(days=1))
    assert clock.now() == START + timedelta(minutes=5)
    clock.run_until(START + timedelta(days=2))
    assert clock.now() == START + timedelta(days=1)


def test_it_never_goes_back() -> None:
    clock = DemoClock(START, speed=1440)
    clock.skip_to(START + timedelta(hours=1))
    clock.run_until(START)
    assert clock.now() == START + timedelta(hours=1)
    clock.hold()
    assert clock.is_held


def test_it_is_slowed_down_but_not_against_the_visitors_will() -> None:
    clock = DemoClock(START, speed=1440)
    clock.run_until(None, cap=90)
    assert (clock.pace, clock.speed) == (90, 1440)
    clock.go(1440)
    clock.run_until(None, cap=90)
    assert clock.pace == 1440
    clock.run_until(None)
    clock.run_until(None, cap=90)
    assert clock.pace == 90


def test_the_next_morning_is_a_working_one() -> None:
    friday = at_local(MONDAY + timedelta(days=4), time(10))
    assert next_morning(friday) == at_local(MONDAY + timedelta(days=7), time(8, 25))
    assert next_morning(START) == at_local(MONDAY + timedelta(days=1), time(8, 25))
    assert next_morning(START - timedelta(hours=1)) == START
