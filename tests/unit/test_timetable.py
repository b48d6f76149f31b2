"""The schedule: few ticks, each by one name, alerts in lanes of their own."""

from functools import partial

from jobs.timetable import TIMETABLE
from notifications.message import Channel


def test_a_tick_has_a_name_of_its_own_and_a_handful_is_enough() -> None:
    assert len({tick.name for tick in TIMETABLE}) == len(TIMETABLE)
    assert len([tick for tick in TIMETABLE if tick.step.__class__ is not partial]) <= 13


def test_what_is_told_at_once_waits_a_second_at_most_and_is_woken() -> None:
    lanes = [tick for tick in TIMETABLE if tick.name.startswith("urgent-")]
    assert {tick.name for tick in lanes} == {
        f"urgent-{channel.value}-{number}" for channel in Channel if channel.spec.urgent for number in (1, 2, 3)
    }
    assert all(tick.woken and tick.seconds <= 1 for tick in lanes)


def test_a_plan_that_is_due_is_looked_at_within_a_second() -> None:
    assert next(tick for tick in TIMETABLE if tick.name == "look").seconds <= 1


def test_what_others_stand_on_comes_first_and_no_family_text_goes_before_the_plans_were_looked_at() -> None:
    stage = {tick.name: tick.stage for tick in TIMETABLE}
    assert stage["pull"] < stage["resolve"] < stage["urgent-sms-1"] < stage["look"] < stage["sms-1"]
    assert {tick.name for tick in TIMETABLE if tick.awaited} >= {"pull", "resolve", "look"}
