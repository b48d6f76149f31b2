"""The policies by which a process decides at the moment: they follow what is in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from service.domain.policy import Policy, PolicyBook


class LivePolicies(PolicyBook):
    """A book that is replaced while a process runs. A process has one, and everybody in it reads that one.

    `generation` counts up with each change of what is in force; 0: nothing is in force by the database yet.
    """

    def __init__(self, policies: Iterable[Policy], generation: int = 0) -> None:
        super().__init__(policies)
        self.generation = generation

    @classmethod
    def of(cls, book: PolicyBook, authorities: Iterable[str] | None = None) -> LivePolicies:
        """A book of the same policies that is replaced by itself; of some authorities alone, if these are named."""
        names = book.authorities if authorities is None else authorities
        return cls(policy for name in names for policy in book.versions(name))

    def replace(self, policies: Iterable[Policy], generation: int) -> None:
        """Hold these policies from now on."""
        self.__dict__.clear()  # what was worked out from the others, too
        super().__init__(policies)
        self.generation = generation


def stored(versions: Sequence[Policy]) -> str:
    """An authority's policy in all its versions, as it is stored."""
    return f"[{','.join(policy.stored for policy in versions)}]"


def to_read_again(policy: Policy, today: date) -> list[tuple[str, date]]:
    """The documents that were to be read again by a local day, each with its day; the longest due first."""
    readings = [(f"{edition.title} ({edition.edition})", edition.read_again) for edition in policy.rests_on]
    due = [(title, day) for title, day in readings if day is not None and day <= today]
    return sorted(due, key=lambda reading: (reading[1], reading[0]))
