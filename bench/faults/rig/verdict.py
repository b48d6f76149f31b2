"""The end of a case: what was wanted against what arrived, in one line that people and programs can read."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a case ended on a database. `faults`: the marks that it missed, in words."""

    name: str
    database: str
    of: str  # what was counted, such as `100,000 messages, 50 kills`
    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    late: int | None = None  # None: nothing has a time in this case
    more: tuple[str, ...] = ()  # timings and the like
    faults: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether every mark was kept."""
        return not self.faults

    def line(self) -> str:
        """The line that a case prints."""
        late = "-" if self.late is None else self.late
        counted = f"{self.lost} lost / {self.duplicated} duplicated / {self.unexpected} unexpected / {late} late"
        parts = [f"{self.name} {self.database}: {self.of}: {counted}", *self.more]
        return "; ".join(parts) + ("" if self.good else f"  MISSED: {', '.join(self.faults)}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One copy of a message at the receiving side."""

    reference: str  # which message it is
    identity: str  # what the reader's mail program knows it by: the same for every copy
    at: float  # seconds since the epoch
    says_it_may_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """What is wrong between what was wanted and what arrived, by reference."""

    lost: tuple[str, ...]
    extra: Counter[str]  # copies beyond the first
    unexpected: tuple[str, ...]
    unmarked: tuple[str, ...]  # extra copies that do not say that they may repeat another
    strange: tuple[str, ...]  # whose copies do not all have one identity
    late: tuple[str, ...]

    @property
    def duplicated(self) -> int:
        """How many copies there are too many."""
        return self.extra.total()


@dataclass(slots=True)
class _Copies:
    arrivals: list[Arrival] = field(default_factory=list)

    def unmarked(self) -> bool:
        later = sorted(self.arrivals, key=lambda arrival: arrival.at)[1:]
        return not all(arrival.says_it_may_repeat for arrival in later)


def count(expected: Collection[str], arrived: Iterable[Arrival], due: dict[str, float] | None = None) -> Count:
    """Compare. `due`: until when each had to be there, in seconds since the epoch; None: nothing can be late."""
    copies: dict[str, _Copies] = {}
    for arrival in arrived:
        copies.setdefault(arrival.reference, _Copies()).arrivals.append(arrival)
    ours = {reference: copies[reference] for reference in expected if reference in copies}
    first_at = {
        reference: min(arrival.at for arrival in of_reference.arrivals) for reference, of_reference in ours.items()
    }
    return Count(
        lost=tuple(sorted(set(expected) - set(copies))),
        extra=Counter(
            {
                name: len(of_reference.arrivals) - 1
                for name, of_reference in ours.items()
                if len(of_reference.arrivals) > 1
            }
        ),
        unexpected=tuple(sorted(set(copies) - set(expected))),
        unmarked=tuple(name for name, of_reference in ours.items() if of_reference.unmarked()),
        strange=tuple(
            name
            for name, of_reference in ours.items()
            if len({arrival.identity for arrival in of_reference.arrivals}) > 1
        ),
        late=tuple(name for name, at in first_at.items() if due is not None and at > due[name]),
    )


def report(verdicts: Iterable[Verdict]) -> bool:
    """Print each verdict; whether all are good."""
    good = True
    for verdict in verdicts:
        print(verdict.line(), flush=True)
        good &= verdict.good
    return good
