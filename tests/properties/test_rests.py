"""What rests has nothing to tell, and what is kept still holds: a simulation tells what one without both does."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import simulation
from service.domain.events.event import Event, parse_event
from service.domain.facts import Facts
from service.domain.look import Look, look_at
from service.domain.obligations import openings
from service.domain.policy import PolicyBook
from service.domain.telling import plan_replies, slips
from tests.examples import examples
from tests.properties.histories import SPAN, history
from tests.unit.domain.builders import book

SOME = settings(max_examples=examples(4, 400), deadline=None, suppress_health_check=list(HealthCheck), database=None)
AFTER = timedelta(days=60)  # long enough for lateness, escalation and weekly lists to follow


class Looks:
    """Looks for a simulation. With what rests and is kept, or without; counts the parts that rested after them."""

    def __init__(self, *, resting: bool) -> None:
        self.resting, self.at_rest = resting, 0

    def __call__(self, policies: PolicyBook, facts: Facts | None, *plan: object, **more: object) -> Look:
        if not self.resting:
            openings._latest.clear()
            slips._faultless.clear()
            plan_replies._latest.clear()
            facts, more = replace(facts) if facts is not None else None, {**more, "rests": None}
        outcome = look_at(policies, facts, *plan, **more)  # type: ignore[arg-type]
        rests = outcome.rests
        self.at_rest += 0 if rests is None else len(rests.duties) + len(rests.shared) + len(rests.parts)
        return outcome


def told(policies: PolicyBook, events: Sequence[Event], looks: Looks) -> tuple[list[object], list[object]]:
    """All that is told of these events, and the obligations that stand at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "look_at", looks)
        simulated = simulation.Simulation(policies)
        until = max(event.time for event in events).date() + AFTER
        return list(simulated.run(events, until)), list(simulated.standing())


def changed_in_the_middle(events: Sequence[Event]) -> PolicyBook:
    """Each policy, and from the middle of a history on the same once more: it takes over what the older has open."""
    policies = [book().newest(authority) for authority in book().authorities]
    middle = min(event.time for event in events).date() + timedelta(days=SPAN // 2)
    newer = [policy.model_copy(update={"version": policy.version + 1, "in_force_from": middle}) for policy in policies]
    return PolicyBook([*policies, *newer])


def of_look(events: Sequence[Event]) -> list[Look]:
    """All looks of a simulation of these events."""
    looks: list[Look] = []

    def keep(*plan: object, **more: object) -> Look:
        looks.append(look_at(*plan, **more))  # type: ignore[arg-type]
        return looks[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulation, "look_at", keep)
        list(simulation.Simulation(book()).run(events, datetime.fromisoformat(str(events[-1].time)).date() + AFTER))
    return looks


def parsed(chance: random.Random) -> list[Event]:
    return [parse_event(raw, book().authorities) for raw in history(chance)]


@SOME
@given(st.integers(0, 2**32).map(random.Random), st.booleans())
def test_what_rests_has_nothing_to_tell(chance: random.Random, new_policy: bool) -> None:
    events = parsed(chance)
    policies, looks = changed_in_the_middle(events) if new_policy else book(), Looks(resting=True)
    assert told(policies, events, looks) == told(policies, events, Looks(resting=False))
    assert looks.at_rest


def test_what_was_touched_keeps_the_rest_of_duties_alone() -> None:
    looks = of_look(parsed(random.Random(11)))
    rests = next(look.rests for look in reversed(looks) if look.rests is not None and look.rests.shared)
    assert rests.facts is not None
    assert {*rests.duties, *rests.shared, *rests.parts} == {*rests.of(rests.facts, rests.ledger)}
    assert {*rests.touched(beyond=False).of(rests.facts, rests.ledger)} == {*rests.duties, *rests.shared}
    assert rests.touched(beyond=True).of(rests.facts, rests.ledger) == rests.duties
    assert not rests.of(rests.facts, type(rests.ledger)(rests.ledger.seen, rests.ledger.told))
