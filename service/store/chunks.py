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
    for authority, name in ids:
        of_authority[authority].append(name)
    for authority in sorted(of_authority):
        for chunk in chunks(sorted(of_authority[authority])):
            yield authority, chunk


def alike_chunks(ids: Iterable[OwnId]) -> Iterator[tuple[list[str], list[str]]]:
    """Authorities, and ids that are asked of each of them, in lists of at most `SIZE`.

    For a question about ids of which it is not known yet whose they are: it is asked once, not for each authority.
    """
    asked_of: dict[str, list[str]] = defaultdict(list)
    for authority, name in ids:
        asked_of[name].append(authority)
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, authorities in asked_of.items():
        alike[tuple(sorted(authorities))].append(name)
    for whose, names in alike.items():
        for chunk in chunks(names):
            yield list(whose), chunk
