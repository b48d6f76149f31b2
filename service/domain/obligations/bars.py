"""What bars a person: for whom no copy, and by whom no signature, is owed; for good, or while a flag is undecided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.flags import RAISED, flag_facts, flag_undecided
from service.domain.periods import EARLIEST, Place, place

# The kinds that are owed to a person or by one: whether somebody who poses a risk is barred, too.
_OF_A_PERSON: Mapping[str, bool] = {"share_plan": False, "sign_plan": True}


@dataclass(frozen=True, slots=True)
class Bar:
    """From where on a person is barred, and by what fact; or is so no more."""

    place: Place
    fact: Fact
    bars: bool


def bars_of(kind: str, person: str, facts: Facts) -> list[Bar]:
    """Where a person becomes barred from a kind of obligation, and free again, in order; empty for all other kinds."""
    if kind not in _OF_A_PERSON:
        return []
    lasting = min(_lasting(person, facts, risk=_OF_A_PERSON[kind]), key=lambda bar: bar.place, default=None)
    bars = [bar for bar in _flagged(person, facts) if lasting is None or bar.place < lasting.place]
    return [*bars, lasting] if lasting is not None else bars


def barred_at(bars: Sequence[Bar], at: Place) -> bool:
    """Whether a person is barred at a place."""
    earlier = [bar for bar in bars if bar.place <= at]
    return bool(earlier) and earlier[-1].bars


def _lasting(person: str, facts: Facts, *, risk: bool) -> Iterator[Bar]:
    for name, field in (("person.excluded", "person"), ("plan.withheld", "from")):
        yield from (Bar(place(fact), fact, True) for fact in facts.having(name, field, person, ever=True))
    if risk and (person, "poses_risk") in facts.directory.marks:
        yield Bar((date.min, EARLIEST), facts.opened, True)  # for the whole authority, since ever
    if risk:
        yield from (Bar(since, fact, True) for since, fact in facts.marked_since(person, "poses_risk"))


def _flagged(person: str, facts: Facts) -> Iterator[Bar]:
    recorded = facts.directory.persons.get(person)
    if recorded is None or not recorded.is_family or not facts.ever(RAISED):
        return
    undecided = False
    for fact in flag_facts(facts, person):
        now_undecided = flag_undecided(facts, person, place(fact))
        if now_undecided != undecided:
            yield Bar(place(fact), fact, now_undecided)
        undecided = now_undecided
