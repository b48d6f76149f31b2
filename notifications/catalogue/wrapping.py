"""The lines of a text as an email holds them: wrapped between words, each with the indent of its first."""

import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache

WIDTH = 76


# The same lines are wrapped again and again. Their number is bounded, to bound the memory.
@lru_cache(maxsize=2048)
def wrapped(line: str) -> Sequence[str]:
    """A line as one or more, none longer than `WIDTH` unless by a single word."""
    if not line.isprintable():
        return _by_textwrap(line)
    if len(line) <= WIDTH:
        return [line]
    words = line.strip()
    indent = " " * (len(line) - len(line.lstrip()))
    # Nearly all lines are so. To go from space to space takes a tenth of the time.
    if "  " not in words and len(indent) < WIDTH:
        return [indent + part for part in _parts(words, WIDTH - len(indent))]
    return _by_textwrap(line)


def _parts(words: str, width: int) -> Iterator[str]:
    """As many words as fit into a width, again and again; one that does not fit is a part by itself."""
    while len(words) > width:
        end = words.rfind(" ", 0, width + 1)
        if end < 0:
            end = words.find(" ", width + 1)
        if end < 0:
            break
        yield words[:end]
        words = words[end + 1 :]
    yield words


def _by_textwrap(line: str) -> Sequence[str]:
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(
        line.strip(), WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    ) or [""]  # fmt: skip
