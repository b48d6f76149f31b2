"""Lines are wrapped as the standard library wraps them, word by word, whatever they hold."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.catalogue.wrapping import WIDTH, wrapped
from tests.examples import examples

WORDS = st.text("ab-.é“\xa0\t\u2003\u2028", min_size=1, max_size=9) | st.integers(60, 90).map(
    lambda length: "w" * length
)
LINES = st.builds(
    lambda indent, words, gaps: " " * indent + "".join(word + gap for word, gap in zip(words, gaps, strict=False)),
    st.integers(0, 90),
    st.lists(WORDS | st.text("abc", min_size=1, max_size=9), max_size=40),
    st.lists(st.sampled_from([" "] * 30 + ["  ", "", "   "]), min_size=40, max_size=40),
)


def as_the_library_wraps(line: str) -> list[str]:
    """What the standard library makes of a line, with its indent."""
    indent = " " * (len(line) - len(line.lstrip()))
    by_words = textwrap.TextWrapper(
        WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return by_words.wrap(line.strip()) or [""]


@settings(max_examples=examples(400, 20_000), deadline=None, database=None)
@given(LINES.map(str.rstrip))
def test_a_line_is_wrapped_as_the_library_wraps_it(line: str) -> None:
    if len(line) > WIDTH or not line.isprintable():
        assert list(wrapped(line)) == as_the_library_wraps(line)
    else:
        assert list(wrapped(line)) == [line]


@pytest.mark.parametrize("length", range(WIDTH - 3, WIDTH + 4))
@pytest.mark.parametrize("indent", [0, 3, WIDTH - 1, WIDTH])
def test_words_that_end_where_the_line_does(length: int, indent: int) -> None:
    line = " " * indent + "w" * (length - 6) + " " + "x" * 5 + " " + "y" * length + " z"
    assert list(wrapped(line)) == as_the_library_wraps(line)
