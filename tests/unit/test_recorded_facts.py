"""Forms are made from the classes that hold the data of events, and from a policy's milestones."""

from dataclasses import replace

import pytest

from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.base import Names
from service.domain.language.milestones import Milestone
from service.domain.policy import Policy
from service.web.recording.answers import Answers, Offered, read_answers
from service.web.recording.facts import asked_by, grouped, recordable, ways_to_meet
from service.web.recording.fields import AnswerKind
from tests.unit.test_typed_days import NOW
from tests.world import book

OFFERED = Offered(
    people=[("w-sw", "Priya"), ("kin", "Sam")],
    roles=[("social_worker", "Social worker")],
    references={Names.ACTION: [("A-1", "A-1: a bed")]},
)


def dudley() -> Policy:
    return book().newest("dudley")


def read(name: str, **typed: str | list[str]) -> Answers:
    fact = recordable(dudley())[name]
    lists = {key: value if isinstance(value, list) else [value] for key, value in typed.items()}
    return read_answers(fact, lists, OFFERED, NOW)


def test_each_fact_of_a_plan_has_a_form_with_a_title_that_names_no_field() -> None:
    facts = recordable(dudley())
    assert len(facts) > 35
    for fact in facts.values():
        assert "{" not in fact.title
        assert fact.title[0].isupper()
    assert sum(len(members) for _, members in grouped(facts)) == len(facts)


def test_every_question_has_words_of_its_own() -> None:
    labels = {field.label for fact in recordable(dudley()).values() for field in fact.fields}
    assert len(labels) > 35
    assert all(label.endswith("?") and "_" not in label for label in labels)


def test_a_new_milestone_in_a_policy_has_its_forms_without_code() -> None:
    milestone = Milestone(label="return interview", scheduled=True)
    policy = dudley().model_copy(update={"milestones": {"return_interview": milestone}})
    facts = recordable(policy)
    assert facts["milestone.reached.return_interview"].title == "Return interview"
    assert facts["milestone.scheduled.return_interview"].title == "Return interview: put in the diary"
    answers = read_answers(facts["milestone.reached.return_interview"], {"when": ["today"]}, OFFERED, NOW)
    assert answers.data == {"milestone": "return_interview", "on": "2026-11-28"}


def test_the_form_of_a_milestone_asks_what_the_policy_wants_and_offers_those_who_may_say_it() -> None:
    held = Milestone(label="supervision", by=["team_manager"], form=["by", "next_on"])
    policy = dudley().model_copy(update={"milestones": {"supervision_held": held}})
    fact = recordable(policy)["milestone.reached.supervision_held"]
    assert [(field.name, field.is_needed, field.required) for field in fact.fields] == [
        ("when", True, True), ("by", True, True), ("next_on", True, False),
    ]  # fmt: skip
    offered = replace(OFFERED, held={"team_manager": {"w-sw"}})
    assert offered.choices(fact.fields[1]) == [("w-sw", "Priya")]
    assert read_answers(fact, {"when": ["today"], "by": ["kin"]}, offered, NOW).errors.keys() == {"by"}
    assert read_answers(fact, {"when": ["today"]}, offered, NOW).errors == {"by": "Choose who it is"}


def test_every_rule_of_every_council_has_a_form_that_can_meet_it() -> None:
    for authority in book().authorities:
        newest = book().newest(authority)
        facts = recordable(newest)
        without = [rule.rule for rule in newest.rules if not ways_to_meet(rule, facts)]
        assert [rule for rule in without if not rule.startswith("check-in")] == [], authority


def test_a_duty_says_what_its_form_has_to_say() -> None:
    rule = next(rule for rule in dudley().rules if rule.rule == "first-review")
    (fact, *_) = ways_to_meet(rule, recordable(dudley()))
    assert (fact.name, asked_by(rule, fact)["meeting"]) == ("meeting.held", "review")


def test_what_was_typed_becomes_the_data_of_an_event() -> None:
    answers = read("visit.recorded", when="yesterday 14:30", by="w-sw", child_seen="yes", concern="no", ref="")
    assert answers.errors == {}
    assert answers.data == {"at": "2026-11-27T14:30:00+00:00", "by": "w-sw", "child_seen": True, "concern": False}
    assert [words for _, words in answers.understood] == [
        "Friday 27 November 2026, 14:30 (yesterday)",
        "Priya",
        "Yes",
        "No",
    ]


def test_days_agreed_for_later_lie_ahead() -> None:
    answers = read("meeting.held", when="today", meeting="review", next_review_on="1/3", review_every="every 3 months")
    assert answers.data["next_review_on"] == "2027-03-01"
    assert answers.data["review_every"] == "3 months"


def test_several_people_are_a_list() -> None:
    answers = read("network.agreed", when="today", people=["w-sw", "kin"], at_least="2")
    assert answers.data == {"on": "2026-11-28", "people": ["w-sw", "kin"], "at_least": 2}


@pytest.mark.parametrize(
    ("name", "field", "typed"),
    [
        ("visit.recorded", "by", ""),
        ("visit.recorded", "by", "somebody-else"),
        ("visit.recorded", "when", "soon"),
        ("visit.recorded", "child_seen", "perhaps"),
        ("bottom_line.breached", "when", "today"),
        ("visits.agreed", "every", "sometimes"),
        ("network.agreed", "at_least", "two"),
        ("action.completed", "ref", "A-9"),
        ("review_date.set", "review_on", ""),
        ("meeting.held", "meeting", "party"),
    ],
)
def test_what_cannot_be_read_is_said_of_its_question(name: str, field: str, typed: str) -> None:
    assert field in read(name, **{field: typed}).errors


def test_every_kind_of_question_is_in_use() -> None:
    asked = {field.answer for fact in recordable(dudley()).values() for field in fact.fields}
    assert asked == set(AnswerKind)


def test_what_is_told_by_other_ways_has_no_form() -> None:
    facts = recordable(dudley())
    for name in ("plan.opened", "check_in.replied", "alert.acknowledged", "event.withdrawn", "person.recorded"):
        assert name in EVENT_TYPES
        assert name not in facts
