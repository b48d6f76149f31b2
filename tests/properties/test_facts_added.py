"""Facts to which an event is added are those of all events, whatever has come before it and whenever it is asked."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain import facts
from service.domain.calendar import local_day
from service.domain.events.event import Event, parse_event
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.simulation_state import PlanState
from tests.examples import examples
from tests.properties.histories import Raw
from tests.properties.test_changing_people import changing
from tests.unit.domain.builders import at, book, parsed, visit

SOME = settings(max_examples=examples(30, 1500), deadline=None, suppress_health_check=list(HealthCheck), database=None)


def ahead_or_again(chance: random.Random, raws: Sequence[Raw]) -> list[Raw]:
    """The same events: some of a day to come, and at times the plan ends and is opened once more."""
    changed: list[Raw] = []
    for raw in raws:
        data = dict(raw["data"])  # type: ignore[call-overload]
        if "on" in data and not chance.randrange(8):
            data["on"] = (
                (datetime.fromisoformat(str(raw["time"])) + timedelta(days=chance.randint(1, 4))).date().isoformat()
            )
        changed.append(raw | {"data": data})
        if raw["type"] == "plan.opened" and not chance.randrange(3):
            changed += end_and_open(chance, raw)
    return changed


def end_and_open(chance: random.Random, opening: Raw) -> list[Raw]:
    end = datetime.fromisoformat(str(opening["time"])) + timedelta(days=chance.randint(1, 12))
    again = end + timedelta(days=chance.choice((0, 1, 3)), hours=1)
    ended = {"id": "ended", "type": "plan.ended", "time": end.isoformat(), "data": {"reason": "x"}}
    return [opening | ended, opening | {"id": "again", "time": again.isoformat()}]


def as_asked(of_plan: Facts | None) -> object:
    """All that is asked of facts, and could be kept from those before."""
    if of_plan is None:
        return None
    return [
        (each, each.recorded, in_tuples(each.by_type), in_tuples(each.ever_by_type), id(each.acting), each.on_plan)
        for each in of_plan.by_period
    ]


def in_tuples(groups: Mapping[str, Sequence[Fact]]) -> Mapping[str, Sequence[Fact]]:
    return {name: tuple(group) for name, group in groups.items()}


def kept_and_anew(state: PlanState, directory: Directory, now: datetime) -> tuple[object, object]:
    """The facts as a simulation has them, and as they are set in order anew."""
    kept = state.known(OwnId("dudley", "P-1"), directory, now)
    facts._of_few.cache_clear()
    facts._of_many.cache_clear()
    return as_asked(kept), as_asked(Facts.for_alerts(state.events, directory, local_day(now)))


@SOME
@given(st.integers(0, 2**32).map(random.Random))
def test_facts_with_one_more_are_those_of_all_events(chance: random.Random) -> None:
    events = [parse_event(raw, book().authorities) for raw in ahead_or_again(chance, changing(chance))]
    ordered: list[Event] = sorted(events, key=lambda event: (event.time, event.uid))
    if not chance.randrange(4):
        chance.shuffle(ordered)  # a file may bring them in any order
    people = [event for event in ordered if not str(event.subject).startswith("P-")]
    directory = Directory.of(people, ordered)
    state, now = PlanState(), min(event.time for event in ordered)
    for event in ordered:
        now = max(now, event.time)
        if event.subject == "P-1":
            state.events.append(event)
            state.learnt = True
        elif not chance.randrange(10):
            directory = Directory.of(people[: chance.randrange(len(people))], ordered)
        if chance.randrange(4):
            now += timedelta(days=chance.choice((0, 0, 1)))
            kept, anew = kept_and_anew(state, directory, now)
            assert kept == anew


def test_to_facts_of_a_plan_that_is_awaited_nothing_is_added() -> None:
    state, nobody, now = PlanState(awaited=True), Directory(), at("2026-11-20")
    assert state.known(OwnId("dudley", "P-1"), nobody, now) is not None
    state.awaited, state.learnt = False, True
    state.events = parsed(visit("2026-11-09"))
    assert state.known(OwnId("dudley", "P-1"), nobody, now) is None
