"""What each action or meeting is asked for by itself, and how duties stand: kept from look to look as if read anew."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.calendar import local_day
from service.domain.events.event import Event, parse_event
from service.domain.facts import Facts
from service.domain.obligations import openings
from service.domain.obligations.obligation import Obligation, standing_of
from service.domain.obligations.openings import Opened, opened
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from tests.examples import examples
from tests.properties.histories import COUNCILS, LONDON, WIDE, WORKERS
from tests.unit.domain.builders import book

SOME = settings(max_examples=examples(60, 1500), deadline=None, suppress_health_check=list(HealthCheck), database=None)
FIRST = datetime(2026, 1, 5, 9, tzinfo=LONDON)
REFS = ("a1", "a2", "a3", "event-7")
MEETINGS = ("initial", "initial", "review")
STEPS = 25
Raw = dict[str, object]


def event(number: int, when: datetime, kind: str, subject: str | None, data: Raw) -> Raw:
    source = ("/any/system", "/another")[number % 5 == 0]
    named: Raw = {"specversion": "1.0", "id": f"event-{number}", "source": source, "type": kind, "data": data}
    return named | {"time": when.isoformat()} | ({"subject": subject} if subject else {})


def people(council: str) -> list[Raw]:
    known: Raw = {"authority": council, "name": "N", "kind": "worker", "email": "n@example.org"}
    recorded = [event(1000 + number, FIRST, "person.recorded", who, known) for number, who in enumerate(WORKERS)]
    return recorded + [
        event(2000 + number, FIRST, "role.assigned", None, {"authority": council, "role": role, "person": who})
        for number, (who, role) in enumerate(WIDE.items())
    ]


def about_actions(chance: random.Random, number: int, when: datetime, opening: Raw) -> Raw:
    """An event that may bear on one action or meeting, on all, on who owes them, or on nothing that is owed."""

    def day(earliest: int, latest: int) -> str:
        return (when.date() + timedelta(days=chance.randint(earliest, latest))).isoformat()

    ref: Raw = {"ref": chance.choice(REFS)}
    who: Raw = {"who": chance.choice(("w-sw", "w-sw2", "w-cover", "f-nobody"))} if chance.randrange(3) else {}
    due: Raw = {"due_on": day(-3, 20)} if chance.randrange(3) else {"to_week": chance.randint(1, 4)}
    backdated: Raw = {"on": day(-9, 0)} if chance.randrange(2) else {}
    kinds: Sequence[tuple[str, Raw]] = (
        ("action.agreed", {**ref, "what": "x", **who, **due}),
        ("action.agreed", {**ref, "what": "x", **who, **due, **backdated}),
        ("action.completed", {**ref, **backdated}),
        ("action.completed", {**ref, **backdated}),
        ("meeting.held", {"meeting": chance.choice(MEETINGS), **ref, **backdated}),
        ("meeting.uploaded", ref),
        (
            "meeting.scheduled",
            {"meeting": chance.choice(MEETINGS), **ref, "on": day(1, 9), "chair": chance.choice(("w-tm", "w-sw2"))},
        ),
        ("meeting.cancelled", {"meeting": "initial", **ref}),
        ("plan.withheld", {"from": chance.choice(("f-dad", "f-nan")), "reason": "x", "decided_by": "w-sw"}),
        ("timeline.started", backdated),
        ("role.assigned", {"role": "social_worker", "person": chance.choice(("w-sw", "w-sw2"))}),
        ("role.ended", {"role": "social_worker", "person": chance.choice(("w-sw", "w-sw2"))}),
        ("event.withdrawn", {"event": f"event-{chance.randrange(number + 1)}", "reason": "x"}),
        ("plan.ended", {"reason": "x", **backdated}),
        ("check_in.replied", {"person": "f-nan", "text": "1"}),
        ("plan.opened", opening),
    )
    kind, data = chance.choices(kinds, weights=[6, 6, 6, 6, 4, 3, 4, 1, 1, 1, 1, 1, 3, 0.4, 4, 0.4])[0]
    return event(number, when, kind, "P-1", data)


def history(chance: random.Random, council: str) -> list[Raw]:
    opened_by: Raw = {"authority": council, "child": {"ref": "C-1", "initials": "Q.Z."}, "route": "child_in_need"}
    raws = [event(0, FIRST, "plan.opened", "P-1", opened_by)]
    when = FIRST
    for number in range(1, STEPS):
        when += timedelta(hours=chance.choice((0, 1, 9, 30, 80)))
        raws.append(about_actions(chance, number, when, opened_by))
    return raws


def kept_and_anew(facts: Facts, policies: PolicyBook, now: datetime) -> tuple[object, object]:
    """What stands by what was kept of the facts before, and by these facts alone; what was kept goes on being kept."""

    def stands(of_plan: Facts) -> tuple[Sequence[Obligation], list[str]]:
        return standing_of(of_plan, policies, now).obligations, [repr(each) for each in duties(of_plan, policies)]

    kept, line = stands(facts), dict(openings._latest)
    openings._latest.clear()
    anew = stands(replace(facts))
    openings._latest.update(line)
    return kept, anew


def duties(facts: Facts, policies: PolicyBook) -> list[object]:
    of_plan: list[Opened] = [opened(period, policies) for period in facts.by_period]
    return [
        (rule.rule, instance.opened, instance.due_on, instance.about, instance.settled_by, instance.met)
        for each in of_plan
        for _, rule, instance in each.instances
    ]


def changed_on(day: date, council: str) -> PolicyBook:
    older = book().newest(council)
    newer = older.model_copy(update={"version": older.version + 1, "in_force_from": day})
    return PolicyBook([older, newer])


@SOME
@given(st.integers(0, 2**32).map(random.Random), st.sampled_from(COUNCILS), st.booleans())
def test_what_each_subject_is_asked_for_is_kept_as_if_read_anew(
    chance: random.Random, council: str, new_policy: bool
) -> None:
    policies = changed_on((FIRST + timedelta(days=9)).date(), council) if new_policy else book()
    directory = replace(
        Directory.of([parse_event(raw, policies.authorities) for raw in people(council)]),
        in_office_elsewhere=lambda person, moment: (True, False, None)[(moment.day + len(person)) % 3],
    )
    events: list[Event] = []
    keeping: list[Facts] = []  # whoever looks keeps the facts of the last look
    for raw in history(chance, council):
        events.append(parse_event(raw, policies.authorities))
        now = events[-1].time
        facts = Facts.for_alerts(events, directory, local_day(now))
        assert facts is not None
        # Of the same facts it is asked later, too, and earlier once more.
        for hours in (0, chance.choice((1, 20, 200)), -1):
            kept, anew = kept_and_anew(facts, policies, now + timedelta(hours=hours))
            assert kept == anew
        keeping = [facts]
    assert keeping
