"""Asked about a few duties by their keys, a plan says of them what it says when all of it is worked out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from service.domain.calendar import local_day
from service.domain.events.event import Event, parse_event
from service.domain.facts import Facts
from service.domain.obligations import obligation
from service.domain.obligations.obligation import Obligation, live_among, standing_of
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from tests.examples import examples
from tests.properties.histories import history
from tests.properties.test_rests import changed_in_the_middle
from tests.unit.domain.builders import at, book, cast, directory, meeting, parsed, plan_opened

HISTORIES = examples(40, 400)
STEP = timedelta(days=17)


def facts_by_then(events: Sequence[Event], now: datetime) -> list[Facts]:
    """The facts of each plan of a history, as they were known at a moment."""
    known = [event for event in events if event.time <= now]
    people = [event for event in known if event.subject is None or event.subject[:2] in ("w-", "p-", "f-", "c-")]
    plans = {event.subject for event in known if event.type == "plan.opened"}
    own = ([event for event in known if event.subject == plan] for plan in plans)
    each = (Facts.for_alerts(of_plan, Directory.of(people, known), local_day(now)) for of_plan in own)
    return [facts for facts in each if facts is not None]


def compare(chance: random.Random, facts: Facts, policies: PolicyBook, now: datetime) -> int:
    """How many duties were asked about: some of those that a plan ever had, and one that it never had."""
    whole = standing_of(replace(facts), policies, now).obligations
    keys = [duty.key for duty in whole if chance.random() < 0.3] + ["none|/a#b|", ""]
    expected: list[Obligation] = [duty for duty in whole if duty.live and duty.key in keys]
    by_itself = replace(facts)
    assert live_among(by_itself, policies, keys, now) == expected
    for duty in whole:
        assert live_among(replace(facts), policies, [duty.key], now) == [duty] * duty.live
    standing_of(by_itself, policies, now)
    assert live_among(by_itself, policies, keys, now) == expected  # from what was worked out meanwhile
    return len(expected)


def compared(number: int, *, new_policy: bool) -> int:
    """How many duties were asked about over one history."""
    chance = random.Random(number)
    events = [parse_event(raw, book().authorities) for raw in history(chance)]
    policies = changed_in_the_middle(events) if new_policy else book()
    now, asked_about = min(event.time for event in events), 0
    while now < max(event.time for event in events) + STEP:
        now += STEP
        asked_about += sum(compare(chance, facts, policies, now) for facts in facts_by_then(events, now))
    return asked_about


@pytest.mark.parametrize("new_policy", [False, True])
def test_a_few_duties_stand_as_they_do_among_all(new_policy: bool) -> None:
    assert sum(compared(number, new_policy=new_policy) for number in range(HISTORIES)) > HISTORIES


def test_a_duty_that_opens_where_a_chain_has_no_next_date_has_the_chain_read_too() -> None:
    raws = (cast(), plan_opened("2026-11-02"), meeting("2026-11-10", "review"))
    facts = Facts.for_alerts(parsed(raws)[len(cast()) :], directory(raws), date(2026, 11, 11))
    assert facts is not None
    duties = [
        duty for duty in standing_of(replace(facts), book(), at("2026-11-11")).live if duty.kind == "set_review_date"
    ]
    assert duties == live_among(facts, book(), [duty.key for duty in duties], at("2026-11-11")) != []


def test_asking_about_one_duty_reads_its_rule_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    chance, read = random.Random(1), list[str]()
    events = [parse_event(raw, book().authorities) for raw in history(chance)]
    now = max(event.time for event in events)
    facts = next(facts for facts in facts_by_then(events, now) if standing_of(facts, book(), now).live)
    duty = standing_of(facts, book(), now).live[0]
    made = obligation._obligation

    def watch(policy, rule, *of_it):  # type: ignore[no-untyped-def]
        read.append(f"{policy.authority}.{rule.rule}")
        return made(policy, rule, *of_it)

    monkeypatch.setattr(obligation, "_obligation", watch)
    assert live_among(replace(facts), book(), [duty.key], now) == [duty]
    assert set(read) == {duty.rule}
