"""What rules made of a plan is kept as long as nothing else is known of the people who bear on it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from service.domain.calendar import local_day
from service.domain.events.event import Event, EventFault, mentions, parse_event, texts_in
from service.domain.events.event_types import ABOUT_PERSONS, EVENT_TYPES
from service.domain.facts import Facts
from service.domain.obligations.openings import opened
from service.domain.telling.slips import slips_of
from tests.hostile.extremes import of_type
from tests.unit.domain.builders import Raw, at, authority_role, book, cast, directory, fact, parsed, person, plan_opened

NOW = at("2026-11-20T09:00")
NAMING = fact("2026-11-09", "visit.recorded", "P-1", by="f-nan")
LISTING = fact("2026-11-09", "plan.agreed", "P-1", on="2026-11-09", parties=["f-nan"])
OTHERS = [*cast(), person("f-nan", kind="family")]


def away(who: str, cover: str) -> Raw:
    known = {"from_": "2026-11-09", "until": "2026-11-13", "cover": cover}
    return fact("2026-11-10", "absence.recorded", who, **known)


def kept(*before: Raw, newer: Raw, naming: Raw = NAMING) -> bool:
    """Whether all that rules made of a plan is taken over when one thing more is known of people."""
    events = parsed(plan_opened("2026-11-02"), naming)
    earlier, later = (
        Facts.for_alerts(events, directory(OTHERS, *before, *more), local_day(NOW)) for more in ([], [newer])
    )
    assert earlier is not None
    assert later is not None
    outcomes = opened(earlier, book()).outcomes
    again = opened(later, book()).outcomes
    return all(again[name] is outcomes[name] for name in outcomes if book().versions("dudley")[0].touched[name[1]])


@pytest.mark.parametrize("newer", [person("w-new"), person("f-new", kind="family"), away("w-other", "w-cover")])
def test_what_is_news_of_others_changes_nothing_on_a_plan(newer: Raw) -> None:
    assert kept(newer=newer)


def test_who_stands_in_for_a_worker_of_the_plan_may_have_done_what_was_owed() -> None:
    assert not kept(newer=away("w-sw", "w-cover"))


def test_so_may_who_stands_in_for_the_one_who_stands_in() -> None:
    assert not kept(away("w-sw", "w-cover"), newer=away("w-cover", "w-cover2"))


def test_so_may_who_stands_in_for_somebody_of_the_whole_authority() -> None:
    assert not kept(newer=away("w-sm", "w-cover"))


@pytest.mark.parametrize("naming", [NAMING, LISTING])
def test_whoever_an_event_of_the_plan_names_may_be_family(naming: Raw) -> None:
    newer = fact("2026-11-10", "person.recorded", "f-nan", authority="dudley", name="N", kind="worker")
    assert not kept(newer=newer, naming=naming)


def test_who_gets_a_role_for_the_whole_authority_bears_on_every_plan() -> None:
    assert not kept(newer=authority_role("w-tm", "on_call_manager", "2026-11-10"))


def test_a_period_before_a_plan_was_opened_again_follows_its_people_too() -> None:
    ended, again = fact("2026-11-12", "plan.ended", reason="moved"), plan_opened("2026-11-16", roles={})[0]
    events = parsed(plan_opened("2026-11-02"), LISTING, ended, again | {"id": "again"})
    newer = fact("2026-11-10", "person.recorded", "f-nan", authority="dudley", name="N", kind="worker")
    earlier, later = (Facts.for_alerts(events, directory(OTHERS, *more), local_day(NOW)) for more in ([], [newer]))
    assert earlier is not None
    assert later is not None
    assert len(earlier.by_period) == 2
    periods = zip(earlier.by_period, later.by_period, strict=True)
    assert not any(then.acting is now.acting for then, now in periods)


def test_whoever_an_event_of_the_plan_names_may_become_known() -> None:
    strangers, known = directory(OTHERS), directory(OTHERS, person("w-new"))
    assert strangers.acting(["w-sw"]) is known.acting(["w-sw"])
    assert strangers.acting(["w-sw", "w-new"]) is not known.acting(["w-sw", "w-new"])


@pytest.mark.parametrize("kind", sorted(EVENT_TYPES.keys() - ABOUT_PERSONS))
def test_whomever_an_event_of_a_plan_mentions_is_among_its_texts(kind: str) -> None:
    raws = [of_type(random.Random(number), kind, number, "dudley") for number in range(9)]
    assert all(mentions(event) <= texts_in(event) for event in map(parsed_or_none, raws) if event is not None)


def parsed_or_none(raw: Raw) -> Event | None:
    """An event; none where the extremes of its fields do not go together."""
    try:
        return parse_event(raw, book().authorities)
    except EventFault:
        return None


def test_a_mark_for_the_whole_authority_and_which_roles_are_shared_bear_on_every_plan() -> None:
    known = [*OTHERS, fact("2026-11-10", "role.assigned", None, authority="dudley", role="carer", person="f-nan")]
    marked = [*known[:-1], known[-1] | {"data": {**known[-1]["data"], "poses_risk": True}}]  # type: ignore[dict-item]
    people = directory(known)
    others = (directory(marked), replace(people, shared_roles=people.shared_roles | {"panel"}))
    assert [people.acting([]) is each.acting([]) for each in (directory(known), *others)] == [True, False, False]


def test_whom_nobody_knows_any_more_is_named_in_vain() -> None:
    events = parsed(plan_opened("2026-11-02"), NAMING)
    earlier, later = (Facts.for_alerts(events, directory(people), local_day(NOW)) for people in (OTHERS, cast()))
    assert earlier is not None
    assert later is not None
    assert not slips_of(earlier, book())
    assert [slip.field for slip in slips_of(later, book())] == ["data.by"]
