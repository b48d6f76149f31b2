"""The charts of the overview as numbers to draw, and their tables as files for spreadsheets."""

import csv
import io

import pytest

from service.web.charts import NARROW, WIDE, ChartBar, Figure, as_csv, draw, harmless, scale


def figure(*bars: ChartBar, top: float | None = None) -> Figure:
    return Figure("late", "A title", "What is counted", "", bars, ("a",), (), top=top)


@pytest.mark.parametrize("largest", [0, 0.4, 1, 3, 7, 11, 42, 100, 101, 99_999])
def test_a_scale_holds_its_largest_value_in_few_steps(largest: float) -> None:
    steps = scale(largest)
    assert steps[0] == 0
    assert steps[-1] >= largest
    assert 2 <= len(steps) <= 6


def test_bars_are_as_long_as_their_values_say() -> None:
    drawing = draw(figure(ChartBar("x", (50,), "50 %"), ChartBar("y", (100,), "100 %"), top=100))
    widths = [[part.width for part in bar.parts] for bar in drawing.bars]
    assert widths == [[WIDE.track / 2], [WIDE.track]]
    assert drawing.bars[1].words_x > WIDE.label + WIDE.track


def test_parts_lie_behind_each_other_and_differ_without_colour() -> None:
    parts = draw(figure(ChartBar("x", (1, 0, 3), "4"))).bars[0].parts
    assert [part.pattern for part in parts] == ["solid", "dotted"]
    assert parts[1].x == parts[0].x + parts[0].width


def test_more_parts_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 4"):
        draw(figure(ChartBar("x", (1, 1, 1, 1, 1), "5")))


def test_a_long_label_is_cut_where_it_would_run_into_its_bar() -> None:
    assert draw(figure(ChartBar("x" * 60, (1,), "1"))).bars[0].label == "x" * 27 + "…"


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_no_cell_is_run_as_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    rows = list(csv.reader(io.StringIO(as_csv(["name"], [[cell]]), newline="")))
    assert rows[1] == [f"'{cell}"]


def test_numbers_and_plain_words_stay_as_they_are() -> None:
    assert as_csv(["name", "n"], [["Ann, A.", -3]]) == 'name,n\r\n"Ann, A.",-3\r\n'


def test_on_a_phone_a_label_stands_above_its_bar_and_the_words_end_within_the_picture() -> None:
    drawing = draw(figure(ChartBar("Sharing a visit with the social worker", (1377,), "99% (1,377 of 1,390)")), NARROW)
    [bar] = drawing.bars
    assert bar.label == "Sharing a visit with the social worker"
    assert bar.label_y < bar.y < drawing.height
    assert bar.words_x < NARROW.width - 150  # which nineteen bold letters take
    assert {part.x for part in bar.parts} == {0.0}
