"""What is kept of a plan holds, whatever becomes known of people: late, back-dated, of strangers, withdrawn, and again.

The histories are those of `histories`, with more about people: anybody may be away, stand in, change kind, become known
late, hold any role on the plan or for the authority, or have done or be named in what is recorded.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.events.event import parse_event
from tests.examples import examples
from tests.properties import test_rests
from tests.properties.histories import FAMILY, PARTNERS, WORKERS, Maker, Raw, _person, more_of_history
from tests.properties.test_rests import Looks, changed_in_the_middle, told
from tests.unit.domain.builders import book

SOME = settings(max_examples=examples(3, 400), deadline=None, suppress_health_check=list(HealthCheck), database=None)
UNKNOWN = ("w-late", "f-late")  # at first
ANYBODY = (*WORKERS, *PARTNERS, *FAMILY, *UNKNOWN)
ROLES = ("social_worker", "key_professional", "team_manager", "service_manager", "iro", "parent", "carer", "agency")


def _away(make: Maker, plan: str) -> None:
    del plan
    when = make.moment()
    absence: Raw = {"from": make.day(when, -12, -1), "until": make.day(when, -1, 10)}
    if not make.one_in(5):
        absence["cover"] = make.chance.choice(ANYBODY)
    make.add(when, "absence.recorded", make.chance.choice((*WORKERS, *PARTNERS)), absence)


def _record(make: Maker, plan: str) -> None:
    del plan
    who = make.chance.choice((*ANYBODY, *UNKNOWN * 4))
    kind = make.chance.choice(["worker", "partner", "family"])
    make.add(make.moment(), "person.recorded", who, _person(make, who, 77) | {"kind": kind})


def _serve(make: Maker, plan: str) -> None:
    change: Raw = {"role": make.chance.choice(ROLES), "person": make.chance.choice(ANYBODY)}
    kind = make.chance.choice(["role.assigned", "role.assigned", "role.ended"])
    if kind == "role.assigned" and make.one_in(6):
        change["poses_risk"] = True
    if make.one_in(2):
        make.add(make.moment(), kind, None, change | {"authority": make.council})
    else:
        make.add(make.moment(), kind, plan, change)


def _do(make: Maker, plan: str) -> None:
    when, who = make.moment(), make.chance.choice(ANYBODY)
    ago, people = make.day(when, -12, 0), make.chance.sample(ANYBODY, 4)
    acts: list[tuple[str, Raw]] = [
        ("visit.recorded", {"by": who, "on": ago, "plan_reviewed": make.one_in(2)}),
        ("plan.reviewed", {"by": who, "on": ago}),
        ("plan.signed", {"by": who, "on": ago}),
        ("plan.shared", {"with": who, "how": "by hand", "on": ago}),
        ("plan.agreed", {"on": ago, "parties": people[:2], "agencies": people[2:]}),
        ("network.agreed", {"people": people, "at_least": make.chance.randint(2, 4)}),
        ("meeting.held", {"meeting": make.chance.choice(["review", "core_group"]), "chair": who, "on": ago}),
        ("action.agreed", {"ref": "a9", "what": "x", "who": who, "due_on": make.day(when, -3, 9)}),
        ("person.excluded", {"person": who, "on": ago}),
        ("plan.withheld", {"from": who, "reason": "x", "approved_by": people[0]}),
    ]
    milestones = sorted(book().newest(make.council).milestones)[:6]
    acts += [("milestone.reached", {"milestone": name, "on": ago, "by": who}) for name in milestones]
    kind, act = make.chance.choice(acts)
    make.add(when, kind, plan, act)


def _withdraw(make: Maker) -> None:
    """Withdraw some events, of people too, and then some of the withdrawals."""
    for event in make.chance.sample(make.events, 8):
        if not str(event["type"]).startswith(("plan.opened", "alert.")):
            _take_back(make, event, max(make.moment(3), _later(event)))
    for event in [event for event in make.events if event["type"] == "event.withdrawn"]:
        if make.one_in(4):
            _take_back(make, event, _later(event) + timedelta(days=2))


def _later(event: Raw) -> datetime:
    return datetime.fromisoformat(str(event["time"])) + timedelta(minutes=7)


def _take_back(make: Maker, event: Raw, when: datetime) -> None:
    subject = event.get("subject")
    whose: Raw = {} if subject else {"authority": make.council}
    make.add(when, "event.withdrawn", str(subject) if subject else None, {"event": event["id"], "reason": "x"} | whose)


def changing(chance: random.Random) -> list[Raw]:
    """A history with much news of people in it."""
    make, plans = more_of_history(chance)
    for _ in range(chance.randint(6, 25)):
        chance.choice((_away, _away, _away, _record, _record, _serve, _serve, *[_do] * 5))(make, chance.choice(plans))
    _withdraw(make)
    return make.events


@SOME
@given(st.integers(0, 2**32).map(random.Random), st.booleans())
def test_what_is_kept_holds_whatever_becomes_known_of_people(chance: random.Random, new_policy: bool) -> None:
    events = [parse_event(raw, book().authorities) for raw in changing(chance)]
    policies = changed_in_the_middle(events) if new_policy else book()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_rests, "AFTER", timedelta(days=25))
        assert told(policies, events, Looks(resting=True)) == told(policies, events, Looks(resting=False))
