"""The picture of a plan: a lane for each duty, bars where days are, the same for the same facts."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest

from service.web.timeline_picture import NARROW, WIDE, Picture, Size, Stretch, draw

TODAY = date(2026, 11, 28)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def stretch(
    lane: str = "Visit", opened: int = -20, due: int = 8, settled: int | None = None, is_off: bool = False,
    told: Sequence[int] = (),
) -> Stretch:  # fmt: skip
    """A duty by days from today."""
    settled_on = None if settled is None else day(settled)
    is_live = settled is None and not is_off
    return Stretch(
        lane,
        day(opened),
        day(due),
        settled_on,
        is_live,
        is_off,
        is_live and due < 0,
        "words",
        tuple(day(one) for one in told),
    )


def drawn(*stretches: Stretch, size: Size = WIDE) -> Picture:
    return draw(stretches, TODAY, size, "title")


def kinds(picture: Picture) -> list[str]:
    return [bar.kind for lane in picture.lanes for bar in lane.bars]


def test_what_is_open_ends_on_its_due_day() -> None:
    picture = drawn(stretch(due=8))
    (bar,) = picture.lanes[0].bars
    assert bar.kind == "open"
    assert bar.x < picture.today < bar.x + bar.width


def test_what_is_late_is_hatched_from_the_due_day_to_today() -> None:
    picture = drawn(stretch(due=-5))
    before, late = picture.lanes[0].bars
    assert (before.kind, late.kind) == ("open", "late")
    assert before.x + before.width == late.x
    assert late.x + late.width == picture.today


def test_what_was_met_is_filled_and_hatched_only_where_it_was_late() -> None:
    assert kinds(drawn(stretch(settled=-3))) == ["met"]
    assert kinds(drawn(stretch(due=-10, settled=-3))) == ["met", "late"]


def test_what_was_cancelled_is_neither() -> None:
    assert kinds(drawn(stretch(is_off=True))) == ["off"]


def test_each_duty_has_one_lane_and_the_next_due_comes_first() -> None:
    picture = drawn(
        stretch("Review", due=60),
        stretch("Visit", opened=-60, due=-30, settled=-31),
        stretch("Visit", due=3),
        stretch("Copy", settled=-1),
    )
    assert [lane.label for lane in picture.lanes] == ["Visit", "Review", "Copy"]
    assert len(picture.lanes[0].bars) == 2


def test_days_on_which_somebody_will_be_told_are_marked_once() -> None:
    picture = drawn(stretch(told=(2, 2, 5)), stretch("Far", due=90, told=(400,)))
    assert [len(lane.marks) for lane in picture.lanes] == [2, 0]
    assert all(mark.x > picture.today for lane in picture.lanes for mark in lane.marks)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_nothing_stands_outside_the_picture(size: Size) -> None:
    past, old = stretch(opened=-2000, due=-1900, settled=-1800), stretch("Old", opened=-900, due=3000)
    picture = drawn(past, old, stretch("New", opened=0, due=0), size=size)
    assert picture.lanes
    assert picture.ticks
    for lane in picture.lanes:
        assert lane.y + size.lane <= picture.height
        assert all(size.left <= bar.x and bar.x + bar.width <= size.width for bar in lane.bars)
    assert all(size.left <= tick.x < size.width for tick in picture.ticks)


def test_what_is_long_past_has_no_lane() -> None:
    assert drawn(stretch(opened=-2000, due=-1900, settled=-1950)).lanes == ()


def test_labels_of_the_grid_do_not_run_into_each_other() -> None:
    for opened in (-5, -60, -160):
        ticks = drawn(stretch(opened=opened, due=120), size=NARROW).ticks
        assert len(ticks) > 1
        assert all(later.x - tick.x >= 40 for tick, later in pairwise(ticks))


def test_a_plan_without_duties_has_a_picture_without_lanes() -> None:
    picture = drawn()
    assert picture.lanes == ()
    assert picture.description.startswith("0 open")


def test_the_same_facts_draw_the_same_picture() -> None:
    one, other = stretch("Visit"), stretch("Review")
    assert drawn(one, other) == drawn(other, one)
