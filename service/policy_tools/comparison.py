"""A comparison of two versions of a policy: what each would have sent over the same history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import zip_longest
from typing import Literal

from notifications.message import Message
from service.domain.events.event import Event
from service.domain.policy import Policy, PolicyBook
from service.simulation import Simulation

# If two messages are further apart than twice this, one was left out and the other added; otherwise one was moved.
_ALONE = timedelta(days=14)
_MOST_PAIRS = 2_500
_COUNTED = ("before", "after", "more", "fewer", "earlier", "later")
Direction = Literal["more", "fewer", "earlier", "later"]
Pair = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """A thing that a person is told of, whatever the moment; it identifies the same message in both versions."""

    person: str
    kind: str
    purpose: str
    channel: str
    plan: str
    about: str


@dataclass(frozen=True, slots=True)
class Change:
    """One message that the second version moves, adds (`before` is None) or leaves out (`after` is None)."""

    thing: Thing
    before: datetime | None
    after: datetime | None

    @property
    def direction(self) -> Direction:
        """The difference of the second version from the first in this message."""
        if self.before is None:
            return "more"
        if self.after is None:
            return "fewer"
        return "earlier" if self.after < self.before else "later"


@dataclass(frozen=True, slots=True)
class Total:
    """The numbers of one person's messages of one kind and purpose, and of the changes among them."""

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
    """All changes, in order of person and kind, and their totals."""

    changes: tuple[Change, ...]
    totals: tuple[Total, ...]


def compare(
    old: Policy, new: Policy, events: Sequence[Event], until: date, since: datetime | None = None
) -> Comparison:
    """Run the same events through both policies to the end of a local day, as if each had always been in force.

    What either would have told before `since` is left out.
    """
    before, after = (_tellings(policy, events, until, since) for policy in (old, new))
    changes = tuple(
        change for thing in sorted({*before, *after}) for change in _changes(thing, before[thing], after[thing])
    )
    return Comparison(changes, tuple(_totals(before, after, changes)))


def together(parts: Iterable[Comparison]) -> Comparison:
    """Comparisons over different plans as one."""
    changes: list[Change] = []
    numbers: dict[tuple[str, str, str], list[int]] = {}
    for part in parts:
        changes += part.changes
        for total in part.totals:
            counts = [getattr(total, name) for name in _COUNTED]
            before = numbers.get((total.person, total.kind, total.purpose), [0] * len(counts))
            numbers[total.person, total.kind, total.purpose] = [sum(pair) for pair in zip(before, counts, strict=True)]
    totals = tuple(Total(*whose, *counts) for whose, counts in sorted(numbers.items()))
    return Comparison(tuple(sorted(changes, key=lambda change: change.thing)), totals)


def _tellings(
    policy: Policy, events: Sequence[Event], until: date, since: datetime | None
) -> dict[Thing, list[datetime]]:
    tellings: dict[Thing, list[datetime]] = defaultdict(list)
    for entry in Simulation(PolicyBook([policy])).run(events, until):
        if isinstance(entry, Message) and (since is None or entry.at >= since):
            for thing in _things(entry):
                tellings[thing].append(entry.at)
    return tellings


def _things(message: Message) -> Iterator[Thing]:
    """The things that a message tells of; a digest tells of one thing in each of its lines."""
    for about in message.about or ({},):
        kind = str(about.get("kind") or message.template)
        plan = str(about.get("plan") or message.plan or "")
        subject = about.get("about") or about.get("alert") or about.get("event") or about.get("check_in") or ""
        # A line of a digest is a reminder, like one sent by itself.
        purpose = "reminder" if message.purpose == "digest" else message.purpose
        yield Thing(message.person, kind, purpose, message.channel, plan, str(subject))


def _changes(thing: Thing, before: Sequence[datetime], after: Sequence[datetime]) -> Iterator[Change]:
    """The changes of a thing: messages at equal moments are no change; of the rest, two close together are one move."""
    left, right = _without(before, after), _without(after, before)
    # Only an alert that nobody acknowledges for days is sent so often; then pairing in order of time has to do.
    pairs = _paired(left, right) if len(left) * len(right) <= _MOST_PAIRS else zip_longest(left, right)
    for moment_before, moment_after in pairs:
        yield Change(thing, moment_before, moment_after)


def _paired(left: Sequence[datetime], right: Sequence[datetime]) -> list[Pair]:
    """The pairing in order of time that moves least; a message that would move too far counts as left out and added."""

    @cache
    def best(i: int, j: int) -> tuple[timedelta, tuple[Pair, ...]]:
        """The cost and the pairs of the first `i` moments on the left and the first `j` on the right."""
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
        best(i, len(right))  # from short to long, so that the recursion stays shallow for any history
    return list(best(len(left), len(right))[1])


def _without(moments: Sequence[datetime], removed: Sequence[datetime]) -> list[datetime]:
    to_remove = list(removed)
    kept: list[datetime] = []
    for moment in sorted(moments):
        if moment in to_remove:
            to_remove.remove(moment)
        else:
            kept.append(moment)
    return kept


def _totals(
    before: dict[Thing, list[datetime]], after: dict[Thing, list[datetime]], changes: Iterable[Change]
) -> Iterator[Total]:
    counts: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, tellings in (("before", before), ("after", after)):
        for thing, moments in tellings.items():
            counts[thing.person, thing.kind, thing.purpose][name] += len(moments)
    for change in changes:
        counts[change.thing.person, change.thing.kind, change.thing.purpose][change.direction] += 1
    for (person, kind, purpose), count in sorted(counts.items()):
        yield Total(person, kind, purpose, *(count[name] for name in _COUNTED))
