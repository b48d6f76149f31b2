"""Chunks of many values. Databases limit how many parameters a statement may have."""

from collections.abc import Collection, Iterator
from typing import TypeVar

Value = TypeVar("Value")
SIZE = 500


def chunks(values: Collection[Value]) -> Iterator[list[Value]]:
    """The values in lists of at most `SIZE`, in their order."""
    everything = list(values)
    for start in range(0, len(everything), SIZE):
        yield everything[start : start + SIZE]
