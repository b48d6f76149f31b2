"""What a rule asks about: of facts of other types, it opens what it opened before."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import ClassVar

import pytest

from service.domain.calendar import local_day
from service.domain.events.event import Event, parse_event
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.obligations import openings
from service.domain.obligations.openings import open_duties
from service.domain.people.directory import Directory
from tests.examples import examples
from tests.properties.histories import COUNCILS, history
from tests.unit.domain.builders import book

HISTORIES = examples(20, 200)


class Watched(Facts):
    """Facts that write down which types they are asked about."""

    asked: ClassVar[set[str]] = set()

    def of_type(self, name: str) -> Sequence[Fact]:
        self.asked.add(name)
        return super().of_type(name)

    def having(self, name: str, field_name: str, value: object, *, ever: bool = False) -> Sequence[Fact]:
        self.asked.add(name)
        return super().having(name, field_name, value, ever=ever)

    def ever(self, name: str) -> Sequence[Fact]:
        self.asked.add(name)
        return super().ever(name)


def plans_of(chance: random.Random) -> list[tuple[list[Event], Directory]]:
    """The events of each plan of a random history, and the people as they are known at its end."""
    events = [parse_event(raw, book().authorities) for raw in history(chance)]
    people = [event for event in events if event.subject is None or event.subject[:2] in ("w-", "p-", "f-", "c-")]
    plans = {event.subject for event in events if event.type == "plan.opened"}
    return [([event for event in events if event.subject == plan], Directory.of(people, events)) for plan in plans]


def watched(events: Sequence[Event], directory: Directory) -> Watched | None:
    facts = Facts.for_alerts(events, directory, local_day(events[-1].time))
    if facts is None:
        return None
    return Watched(**{field.name: getattr(facts, field.name) for field in fields(Facts) if field.init})


def test_a_rule_asks_about_no_types_but_those_that_touch_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made, seen = openings._chained, set()

    def watch(policy, rule, facts, closed, undated):  # type: ignore[no-untyped-def]
        for fresh in (facts, *facts.by_period[:-1]):
            fresh._derived.clear()
        Watched.asked.clear()
        outcome = made(policy, rule, facts, closed, undated)
        touched = policy.touched[rule.rule]
        assert touched is None or touched >= Watched.asked, (policy.authority, rule.rule, Watched.asked - touched)
        seen.add((policy.authority, rule.rule))
        return outcome

    monkeypatch.setattr(openings, "_chained", watch)
    for number in range(HISTORIES):
        for events, directory in plans_of(random.Random(number)):
            if (facts := watched(events, directory)) is not None:
                open_duties(facts, book(), None)
    assert {authority for authority, _ in seen} >= set(COUNCILS)


def test_what_no_event_touched_is_taken_over_and_the_rest_is_opened_anew() -> None:
    plans = (plan for number in range(HISTORIES) for plan in plans_of(random.Random(number)))
    events, directory, visit = next(
        (events, directory, event) for events, directory in plans for event in events if event.type == "visit.recorded"
    )
    today = local_day(max(event.time for event in events)) + timedelta(days=60)  # when all of it has come
    without = [event for event in events if event is not visit]
    before, now = (Facts.for_alerts(of_plan, directory, today) for of_plan in (without, events))
    assert before is not None
    assert now is not None
    earlier = open_duties(before, book(), None)
    later, anew = open_duties(now, book(), earlier), open_duties(now, book(), None)
    assert [repr(each) for each in later.instances] == [repr(each) for each in anew.instances]
    kept = [name for name, outcome in later.outcomes.items() if outcome is earlier.outcomes[name]]
    touched = book().newest(now.authority).touched
    assert kept
    assert {rule for _, rule in kept} == {
        rule for rule, types in touched.items() if types is not None and visit.type not in types
    }
