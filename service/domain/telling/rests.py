"""What rests: the parts of a plan that had nothing to tell, until their moment comes or something touches the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from service.domain.facts import Facts
from service.domain.telling.records import Ledger


class Rest(NamedTuple):
    """A part that was asked and told nothing: what it was asked about, what it has seen, and when to ask it again.

    `about` is what it was asked about besides the facts. `again` is None where only a new fact wakes it.
    """

    about: object
    seen: Mapping[str, datetime]
    again: datetime | None

    def lasts(self, about: object, now: datetime) -> bool:
        """Whether the part, asked about the same, would tell nothing still."""
        return (self.again is None or now < self.again) and self.about == about


@dataclass(frozen=True, slots=True)
class Rests:
    """What rests after a look, by name, and the ledger of which that holds.

    What a duty tells follows from the ledger and what it was asked about alone. What `shared` parts tell follows from
    other plans, too, and that of the other `parts` from all `facts`, other plans and people. For these the plan is
    touched.
    """

    ledger: Ledger
    duties: Mapping[str, Rest]
    shared: Mapping[str, Rest]
    facts: Facts | None
    parts: Mapping[str, Rest]

    def touched(self, *, beyond: bool) -> Rests:
        """What rests still when an event of the plan has touched it, or one beyond it."""
        return Rests(self.ledger, self.duties, {} if beyond else self.shared, None, {})

    def of(self, facts: Facts, ledger: Ledger) -> Mapping[str, Rest]:
        """What rests still when these are looked at."""
        if ledger is not self.ledger:
            return {}
        return {**self.duties, **self.shared, **(self.parts if facts is self.facts else {})}


@dataclass(slots=True)
class Part:
    """What a part brings out when it is asked: what it has seen and done, and the moments of which it says "again"."""

    seen: dict[str, datetime] = field(default_factory=dict)
    done: dict[str, datetime] = field(default_factory=dict)
    again: list[datetime] = field(default_factory=list)
    # Whether what it has done changes nothing of when it says "again".
    settled: bool = False

    def rest(self, about: object) -> Rest | None:
        """How it rests from now on; None where it told something, and what comes next follows from that."""
        return None if self.done and not self.settled else Rest(about, self.seen, min(self.again, default=None))


Ask = Callable[[Part], None]
