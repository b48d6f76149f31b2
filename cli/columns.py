"""Text in columns for a terminal, aligned and wrapped to its width."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

_NARROWEST, _WIDEST = 60, 110
_GAP = "  "


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows as lines, indented by two blanks; the last column is wrapped, the others are as wide as they must be."""
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    for row in rows:
        beginning = _GAP + "".join(cell.ljust(size) + _GAP for cell, size in zip(row, widths, strict=False))
        yield from wrapped(row[-1], beginning)


def wrapped(text: str, beginning: str = "") -> Iterator[str]:
    """A text as lines, the first behind its beginning, the others indented as far."""
    room = max(width() - len(beginning), _NARROWEST // 3)
    lines = wrap(text, room, break_on_hyphens=False) or [""]
    yield (beginning + lines[0]).rstrip()
    yield from (" " * len(beginning) + line for line in lines[1:])


def width() -> int:
    """How many letters fit into a line: of the terminal, or 80 where there is none."""
    return min(max(shutil.get_terminal_size((80, 24)).columns, _NARROWEST), _WIDEST)


def write_lines(lines: Iterable[str]) -> None:
    """Print lines on standard output. Ids come from other systems: signs that would steer the terminal show as ?."""
    for line in lines:
        sys.stdout.write("".join(sign if sign.isprintable() else "?" for sign in line) + "\n")
