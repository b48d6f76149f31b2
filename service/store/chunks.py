"""Chunks of many values. Databases limit how many parameters a statement may have."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from service.domain.own_id import OwnId

Value = TypeVar("Value")
SIZE = 500


def chunks(values: Collection[Value]) -> Iterator[list[Value]]:
    """The values in lists of at most `SIZE`, in their order."""
    everything = list(values)
    for start in range(0, len(everything), SIZE):
        yield everything[start : start + SIZE]


def own_chunks(ids: Iterable[OwnId]) -> Iterator[tuple[str, list[str]]]:
    """The ids of each authority in lists of at most `SIZE`, in order."""
    of_authority: dict[str, list[str]] = defaultdict(list)
    for own in sorted(ids):
        of_authority[own.authority].append(own.id)
    for authority, names in of_authority.items():
        for chunk in chunks(names):
            yield authority, chunk
