"""The demonstration's clock: in the visitor's hands, and never going back."""

from __future__ import annotations

from datetime import timedelta

from cli.demo.clock.demo_clock import DemoClock
from cli.demo.diary import at
from cli.demo.pages.actions import next_morning
from cli.demo.story import START
from service.domain.calendar import local


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


def test_it_skips_forwards_only() -> None:
    clock = DemoClock(START, speed=1440)
    clock.skip_to(START + timedelta(days=1))
    clock.skip_to(START)
    assert clock.now() == START + timedelta(days=1)


async def test_it_tells_when_a_moment_is_reached() -> None:
    clock = DemoClock(START, speed=1440)
    clock.go(1e6)
    await clock.reach(START + timedelta(hours=1))
    assert clock.now() >= START + timedelta(hours=1)


def test_the_next_morning_is_a_working_one() -> None:
    friday = at(local(START).date() + timedelta(days=4), "10:00")
    assert next_morning(friday) == at(local(START).date() + timedelta(days=7), "08:25")
    assert next_morning(START) == at(local(START).date() + timedelta(days=1), "08:25")
    assert next_morning(START - timedelta(hours=1)) == START
