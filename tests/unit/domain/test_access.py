"""Who may see a plan: whoever would be told of it, for as long as they would be; whatever happened, nobody else."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from service.domain.access import Sight, may_see
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.look import Look, look
from service.domain.own_id import OwnId
from service.domain.telling.gathered import PROBLEMS
from service.domain.telling.records import Ledger
from service.simulation import Simulation
from tests.examples import examples
from tests.unit.domain.builders import (
    FOR_AUTHORITY,
    Raw,
    at,
    authority_role,
    book,
    cast,
    directory,
    fact,
    flat,
    of_one_council,
    parsed,
    person,
    plan_opened,
)  # fmt: skip
from tests.unit.domain.histories import UNTIL, histories

START = [*cast(), person("w-aunt", kind="family"), *plan_opened()]
NOW = "2026-11-10T10:00"
BREACH = fact("2026-11-09T10:00", "bottom_line.breached", eid="b-1", bottom_line="x", at="2026-11-09T10:00:00+00:00")


def away(who: str, cover: str | None = None, until: str = "2026-11-20") -> Raw:
    dates = {"from_": "2026-11-05", "until": until}
    return fact("2026-11-04", "absence.recorded", who, **dates, **({"cover": cover} if cover else {}))


def sight(*facts: object, who: str, now: str = NOW) -> Sight | None:
    """What a person sees of the plan by these facts and those at the start."""
    whole = flat(START, *facts)
    own = [event for event in parsed(whole) if event.subject == "P-1"]
    people = directory(whole)
    moment = at(now)
    found = look(book(), own, people, Ledger({}, {}), moment)
    known = Facts.for_alerts(own, people, local_day(moment))
    assert known is not None
    return may_see(book(), known, found.obligations, who, moment)


def reason(*facts: object, who: str, now: str = NOW) -> str | None:
    seen = sight(*facts, who=who, now=now)
    return seen.reason if seen else None


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("w-sw", "social worker of the plan"),
        ("w-kp", "key professional of the plan"),
        ("w-tm", "team manager of the authority"),
        ("w-sm", "service manager of the authority"),
        ("w-oncall", None),
        ("w-config", None),
        ("w-other", None),
        ("w-aunt", None),
        ("nobody", None),
    ],
)
def test_the_roles_that_are_told_see_the_plan_and_say_why(who: str, why: str | None) -> None:
    assert reason(who=who) == why


def test_a_cover_sees_it_for_as_long_as_the_absence_lasts_and_the_holder_still_does() -> None:
    leave = away("w-sw", "w-cover")
    assert reason(leave, who="w-cover") == "cover for the social worker until Fri 20 Nov 2026"
    assert reason(leave, who="w-sw") == "social worker of the plan"
    assert reason(leave, who="w-cover", now="2026-11-21T10:00") is None


def test_a_handover_passes_the_sight_on() -> None:
    handed = fact("2026-11-06", "role.assigned", role="social_worker", person="w-sw2")
    assert reason(handed, who="w-sw2") == "social worker of the plan"
    assert reason(handed, who="w-sw") is None


def test_whoever_is_on_the_alert_ladder_alone_sees_it_until_the_alert_is_closed() -> None:
    closed = fact("2026-11-09T12:00", "alert.closed", alert="b-1", by="w-oncall", outcome="x")
    assert reason(BREACH, who="w-oncall") == "on-call manager of the authority while an alert is open"
    assert reason(BREACH, closed, who="w-oncall") is None


def test_the_last_resort_sees_it_only_where_nobody_else_on_the_ladder_can_be_told() -> None:
    ladder = ("team_manager", "hub_service_manager", "on_call_manager", "head_of_service")
    roles = {role: who for who, role in FOR_AUTHORITY.items()}
    vacant = [
        fact("2026-11-03", "role.ended", None, authority="dudley", role=role, person=roles[role]) for role in ladder
    ]
    assert reason(BREACH, who="w-config") is None
    assert reason(BREACH, vacant, who="w-config") is not None


def test_whoever_a_duty_names_sees_the_plan_while_it_is_owed() -> None:
    action = fact("2026-11-03", "action.agreed", ref="a", what="x y", who="w-other", due_on="2026-11-27")
    done = fact("2026-11-09", "action.completed", ref="a", on="2026-11-09")
    assert reason(action, who="w-other") == "named for a duty of the plan"
    assert reason(action, done, who="w-other") is None


def test_whoever_is_told_in_place_of_a_vacant_role_sees_it() -> None:
    ended = fact("2026-11-03", "role.ended", None, authority="dudley", role="team_manager", person="w-tm")
    assert reason(ended, who="w-tm") is None
    assert reason(ended, who="w-config") == "configuration owner, told in place of the team manager"


@pytest.mark.parametrize(
    "against",
    [
        fact("2026-11-03", "person.excluded", person="w-sw"),
        fact("2026-11-03", "plan.withheld", from_="w-sw", reason="x"),
        fact("2026-11-03", "role.assigned", role="carer", person="w-sw", poses_risk=True),
        fact("2026-11-03", "contact.decided", "w-sw", decision="never", decided_by="w-tm"),
    ],
)
def test_whoever_is_shut_out_sees_nothing_whatever_their_role(against: Raw) -> None:
    assert reason(against, who="w-sw") is None


def test_all_roles_are_given_the_nearest_first() -> None:
    both = authority_role("w-tm", "service_manager", "2026-11-03")
    seen = sight(both, who="w-tm")
    assert seen is not None
    assert seen.role == "team_manager"
    assert set(seen.roles) >= {"team_manager", "service_manager"}


class _Watched(Simulation):
    """A simulation that asks at each look whether those who are told may see, and who else does."""

    def _look(self, plan: OwnId, now: datetime) -> Look:
        outcome = super()._look(plan, now)
        facts = self._facts(plan, now)
        if facts is None:
            return outcome
        told = {(message.plan, message.person) for message in outcome.messages}
        # What is wrong with events is told to whoever owns the configuration, without a case to see.
        told |= {(line.plan, line.person) for line in outcome.lines if line.template != PROBLEMS}
        for about, who in told:
            recorded = facts.directory.persons.get(who)
            if about == plan.id and recorded is not None and not recorded.is_family:
                assert may_see(self.book, facts, outcome.obligations, who, now), (plan, who, now)
        allowed = _at_most(facts, now) | {name for duty in outcome.obligations for name in _named(duty)}
        acting = {facts.directory.acts_at(name, now) for name in allowed}
        for who in facts.directory.persons:
            if may_see(self.book, facts, outcome.obligations, who, now):
                assert who in allowed | acting, (plan, who, now)
        return outcome


def _named(duty: object) -> list[str]:
    return [name for name in (getattr(duty, "responsible", None), getattr(duty, "chair", None)) if name]


def _at_most(facts: Facts, now: datetime) -> set[str]:
    """Whoever holds any role of one, by the changes alone."""
    holders = {facts.holder(role, now) for role in facts.single_roles}
    return {holder for holder in holders if holder is not None}


# Nothing is shrunk: a history that fails is small enough to read, and each takes seconds.
@settings(
    max_examples=examples(4, 300), deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(histories())
def test_whoever_is_told_may_see_and_nobody_without_a_role_a_cover_or_a_duty_does(history: list[Raw]) -> None:
    simulation = _Watched(book())
    list(simulation.run(parsed(of_one_council(cast(), history)), date.fromisoformat(UNTIL)))
