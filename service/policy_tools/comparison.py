"""What two versions of a policy would have sent over the same history: more, fewer, earlier, later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import zip_longest
from typing import Literal

from service.domain.events.event import Event
from service.domain.policy import Policy, PolicyBook
from service.domain.telling.records import Notice
from service.simulation import Simulation

# Two tellings further apart than twice this are not one that was moved, but one left out and another added.
_ALONE = timedelta(days=14)
_MOST_PAIRS = 2_500
Direction = Literal["more", "fewer", "earlier", "later"]
Pair = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """What somebody was told of: the same thing in both versions, whenever it was."""

    person: str
    kind: str
    purpose: str
    channel: str
    plan: str
    about: str


@dataclass(frozen=True, slots=True)
class Change:
    """One telling that the second version moves, adds (`before` is None) or leaves out (`after` is None)."""

    thing: Thing
    before: datetime | None
    after: datetime | None

    @property
    def direction(self) -> Direction:
        """How the second version differs here from the first."""
        if self.before is None:
            return "more"
        if self.after is None:
            return "fewer"
        return "earlier" if self.after < self.before else "later"


@dataclass(frozen=True, slots=True)
class Total:
    """How one person's tellings of one kind compare."""

    person: str
    kind: str
    purpose: str
    before: int
    after: int
    more: int
    fewer: int
    earlier: int
    later: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every change, in order of person and kind, and the sums."""

    changes: tuple[Change, ...]
    totals: tuple[Total, ...]


def compare(first: Policy, second: Policy, events: Sequence[Event], until: date) -> Comparison:
    """Run the same events through both to the end of a local day. Each is taken to have been in force throughout."""
    before, after = (_tellings(policy, events, until) for policy in (first, second))
    changes = tuple(
        change for thing in sorted({*before, *after}) for change in _changes(thing, before[thing], after[thing])
    )
    return Comparison(changes, tuple(_totals(before, after, changes)))


def _tellings(policy: Policy, events: Sequence[Event], until: date) -> dict[Thing, list[datetime]]:
    found: dict[Thing, list[datetime]] = defaultdict(list)
    for told in Simulation(PolicyBook([policy])).run(events, until):
        if isinstance(told, Notice):
            for thing in _things(told):
                found[thing].append(told.at)
    return found


def _things(notice: Notice) -> Iterator[Thing]:
    """What a message speaks of. A digest speaks of as many things as it has lines, each of them told by it."""
    for about in notice.about or ({},):
        kind = str(about.get("kind") or notice.template)
        plan = str(about.get("plan") or notice.plan or "")
        which = about.get("about") or about.get("alert") or about.get("event") or about.get("check_in") or ""
        # A reminder is one, whether it came by itself or as a line of a digest.
        purpose = "reminder" if notice.purpose == "digest" else notice.purpose
        yield Thing(notice.person, kind, purpose, notice.channel, plan, str(which))


def _changes(thing: Thing, before: Sequence[datetime], after: Sequence[datetime]) -> Iterator[Change]:
    """What both told at the same moment is no change; of the rest, what lies close together is one that was moved."""
    left, right = _without(before, after), _without(after, before)
    # Only an alert that nobody confirms for days is told so often; there the order of time has to do.
    pairs = _paired(left, right) if len(left) * len(right) <= _MOST_PAIRS else zip_longest(left, right)
    for one, other in pairs:
        yield Change(thing, one, other)


def _paired(left: Sequence[datetime], right: Sequence[datetime]) -> list[Pair]:
    """The pairing in order of time that moves least; a telling that would move too far is left out and told anew."""

    @cache
    def best(i: int, j: int) -> tuple[timedelta, tuple[Pair, ...]]:
        """Cost and pairs of the first `i` of the left and the first `j` of the right."""
        ways: list[tuple[timedelta, tuple[Pair, ...]]] = []
        if i:
            cost, pairs = best(i - 1, j)
            ways.append((cost + _ALONE, (*pairs, (left[i - 1], None))))
        if j:
            cost, pairs = best(i, j - 1)
            ways.append((cost + _ALONE, (*pairs, (None, right[j - 1]))))
        if i and j:
            cost, pairs = best(i - 1, j - 1)
            ways.append((cost + abs(left[i - 1] - right[j - 1]), (*pairs, (left[i - 1], right[j - 1]))))
        return min(ways, key=lambda way: way[0], default=(timedelta(0), ()))

    for i in range(len(left)):
        best(i, len(right))  # from short to long, so that no history makes the recursion deep
    return list(best(len(left), len(right))[1])


def _without(moments: Sequence[datetime], others: Sequence[datetime]) -> list[datetime]:
    rest = list(others)
    found: list[datetime] = []
    for moment in sorted(moments):
        if moment in rest:
            rest.remove(moment)
        else:
            found.append(moment)
    return found


def _totals(
    before: dict[Thing, list[datetime]], after: dict[Thing, list[datetime]], changes: Iterable[Change]
) -> Iterator[Total]:
    counts: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, found in (("before", before), ("after", after)):
        for thing, moments in found.items():
            counts[thing.person, thing.kind, thing.purpose][name] += len(moments)
    for change in changes:
        counts[change.thing.person, change.thing.kind, change.thing.purpose][change.direction] += 1
    names = ("before", "after", "more", "fewer", "earlier", "later")
    for (person, kind, purpose), count in sorted(counts.items()):
        yield Total(person, kind, purpose, *(count[name] for name in names))
