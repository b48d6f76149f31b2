"""What rests has nothing to tell: a simulation tells the same as one that asks every part of a plan at each look."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import simulation
from service.domain.events.event import Event, parse_event
from service.domain.look import Look, look_at
from tests.examples import examples
from tests.properties.histories import history
from tests.unit.domain.builders import book

SOME = settings(max_examples=examples(4, 400), deadline=None, suppress_health_check=list(HealthCheck), database=None)
AFTER = timedelta(days=60)  # long enough for lateness, escalation and weekly lists to follow


class Looks:
    """Looks for a simulation, with what rests or without; counts the parts that rested after them."""

    def __init__(self, *, resting: bool) -> None:
        self.resting, self.at_rest = resting, 0

    def __call__(self, *plan: object, rests: object = None, **more: object) -> Look:
        outcome = look_at(*plan, rests=rests if self.resting else None, **more)  # type: ignore[arg-type]
        self.at_rest += 0 if outcome.rests is None else len(outcome.rests.duties) + len(outcome.rests.parts)
        return outcome


def told(events: Sequence[Event], looks: Looks) -> tuple[list[object], list[object]]:
    """All that is told of these events, and the obligations that stand at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "look_at", looks)
        simulated = simulation.Simulation(book())
        until = max(event.time for event in events).date() + AFTER
        return list(simulated.run(events, until)), list(simulated.standing())


@SOME
@given(st.integers(0, 2**32).map(random.Random))
def test_what_rests_has_nothing_to_tell(chance: random.Random) -> None:
    events = [parse_event(raw, book().authorities) for raw in history(chance)]
    looks = Looks(resting=True)
    assert told(events, looks) == told(events, Looks(resting=False))
    assert looks.at_rest


def test_what_was_touched_keeps_the_rest_of_duties_alone() -> None:
    events = [parse_event(raw, book().authorities) for raw in history(random.Random(11))]
    of_looks: list[Look] = []

    def keep(*plan: object, **more: object) -> Look:
        of_looks.append(look_at(*plan, **more))  # type: ignore[arg-type]
        return of_looks[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "look_at", keep)
        list(simulation.Simulation(book()).run(events, datetime.fromisoformat(str(events[-1].time)).date() + AFTER))
    rests = next(look.rests for look in reversed(of_looks) if look.rests is not None and look.rests.duties)
    assert rests.facts is not None
    assert {*rests.duties, *rests.parts} == {*rests.of(rests.facts, rests.ledger)}
    touched = rests.touched()
    assert touched.of(rests.facts, rests.ledger) == rests.duties
    assert not rests.of(rests.facts, type(rests.ledger)(rests.ledger.seen, rests.ledger.told))
