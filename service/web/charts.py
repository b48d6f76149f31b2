"""Charts as numbers to draw: bars in rows, each with its words beside it, and the same as a table and as a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

TOP = 26
PATTERNS = ("solid", "hatched", "dotted", "plain")  # what tells parts apart without colour
MOST_PARTS = len(PATTERNS)
# A cell that begins so is run as a formula by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class BarLayout:
    """How bars are laid out, in units of the picture: the label beside its bar, or above it where that is `label` 0.

    `longest_label`: letters that the label's place holds.
    """

    name: str
    width: int
    label: int
    track: int
    row: int
    longest_label: int


WIDE = BarLayout("wide", 700, 230, 330, 30, 28)
NARROW = BarLayout("narrow", 360, 0, 200, 48, 44)  # on a phone its letters are as large as the text around


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One row: what it is about, the values of its parts, and the words at its end."""

    label: str
    values: tuple[float, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the overview. `title` says what it finds, `about` what is counted.

    `legend` names the parts of a bar, none where there is one; `top` is the value at the end of the scale, None: the
    largest. `columns` and `rows` are the table, and the file.
    """

    name: str
    title: str
    about: str
    unit: str
    bars: tuple[ChartBar, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    legend: tuple[str, ...] = ()
    top: float | None = None


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """A part of a bar, in units of the picture."""

    x: float
    width: float
    pattern: str


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar in its row, in units of the picture. `words_x`: where the words at its end begin."""

    label: str
    label_y: int
    y: int
    parts: tuple[DrawnPart, ...]
    words: str
    words_x: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure as it is drawn: its height, its bars, and the lines of its grid (x, label)."""

    layout: BarLayout
    height: int
    bars: tuple[DrawnBar, ...]
    grid: tuple[tuple[float, str], ...]


def draw(figure: Figure, layout: BarLayout = WIDE) -> Drawing:
    """Where everything of a figure lies. ValueError: a bar has more parts than can be told apart."""
    if any(len(bar.values) > MOST_PARTS for bar in figure.bars):
        raise ValueError(f"a bar of {figure.name} has more than {MOST_PARTS} parts")
    steps = scale(figure.top or max((sum(bar.values) for bar in figure.bars), default=0))
    per_unit = layout.track / steps[-1]
    bars = tuple(_drawn(bar, number, per_unit, layout) for number, bar in enumerate(figure.bars))
    grid = tuple((round(layout.label + step * per_unit, 1), f"{step:g}{figure.unit}") for step in steps)
    return Drawing(layout, TOP + layout.row * len(bars) + 4, bars, grid)


def _drawn(bar: ChartBar, number: int, per_unit: float, layout: BarLayout) -> DrawnBar:
    x, parts = float(layout.label), []
    for value, pattern in zip(bar.values, PATTERNS, strict=False):
        if value > 0:
            parts.append(DrawnPart(round(x, 1), round(value * per_unit, 1), pattern))
        x += value * per_unit
    longest, top = layout.longest_label, TOP + layout.row * number
    label = bar.label if len(bar.label) <= longest else f"{bar.label[: longest - 1].rstrip()}…"
    y = top if layout.label else top + 20
    return DrawnBar(label, top + 15, y, tuple(parts), bar.words, round(x + 8, 1))


def scale(largest: float) -> list[float]:
    """The steps of a scale from 0 that holds a value: four or five round ones."""
    if largest <= 0:
        return [0, 1]
    size = 1.0
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * 5 >= largest:
                return [step * number for number in range(int(-(-largest // step)) + 1)]
        size *= 10


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[str | int]]) -> str:
    """A table as a CSV file that no spreadsheet runs: what would be a formula there is shown as it is."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([harmless(cell) for cell in columns])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return file.getvalue()


def harmless(cell: str | int) -> str | int:
    """A cell that a spreadsheet takes for text or a number, whatever it begins with."""
    if isinstance(cell, int) or not cell.lstrip(" ").startswith(_FORMULA):
        return cell
    return f"'{cell}"
