"""Rules are read aloud in words, and a number of our own is never passed off as the guidance's."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from service.domain import policy
from service.domain.events.event_types import EVENT_TYPES
from service.domain.language import clocks as clock_words
from service.domain.language import hours, ladders, milestones, patterns
from service.domain.language.base import PolicyModel
from service.domain.language.patterns import Opening, Pattern
from service.domain.language.record import PolicyRecord
from service.domain.policy import Basis
from service.domain.telling.contact import Reason
from service.files.policy_files import load_policies
from service.policy_tools import clauses, ladder_words, plain_english
from service.policy_tools.ladder_words import reminder_words
from service.policy_tools.plain_english import BASIS, Reading, read_aloud
from service.policy_tools.policy_page import as_html, as_text, policy_page
from service.policy_tools.safeguards import CONTACT_RULES
from service.policy_tools.words import VALUES, both, either, sentence
from tests import northmere

POLICIES = [version for name in sorted(load_policies().authorities) for version in load_policies().versions(name)]
# What is said of a rule elsewhere than in the modules of words, or by its own words.
SAID_AS_IT_IS = {"rule", "kind", "label", "asks", "done_when", "source", "section", "answers", "basis", "ladder", "due"}
# On the page, in its introduction, or by the purpose of a message.
SAID_ELSEWHERE = {"routine", "morning", "purpose", "at", "by"}

IN_RULES: tuple[type[BaseModel], ...] = (
    patterns.Pattern, patterns.Count, patterns.Takes, patterns.Opening, patterns.PlanIs, patterns.ForEach,
    clock_words.Due, clock_words.Agreed, clock_words.Weeks, policy.Named, policy.Chair, policy.Attendance, policy.Rule,
    ladders.Ladder, ladders.LateStep, ladders.AskOnce, ladders.MessageTimes,
)  # fmt: skip
FEW = (
    "the family's network is agreed, the people of the network being fewer than the number agreed (excluded people do "
    "not count)"
)
NEVER_LATER = (
    "Within 3 months; the day itself is day 0. Earlier, on a review date, given when a review date is set; never later."
)
AS_AGREED = (
    "As often as agreed: how often reviews are held, given when a meeting is held. Otherwise at least every 6 weeks "
    "since it was last done."
)


def reading(folder: Path, name: str, **changes: Any) -> dict[str, str]:
    """How one of Northmere's rules reads, by heading, with something in it changed."""
    changed = northmere.changed(folder, **{name.replace("-", "_"): changes})
    return dict(next(one for one in read_aloud(changed) if one.name == name).lines)


def said(**pattern: Any) -> str:
    """A pattern as a clause."""
    return clauses.clause(Pattern.model_validate(pattern))


def test_every_value_that_is_said_is_one_that_the_field_can_have() -> None:
    slots = {(event, name) for event, row in EVENT_TYPES.items() for name in re.findall(r"\{(\w+)\}", row.clause)}
    assert {name for _, name in slots} == set(VALUES)
    for event, name in slots:
        annotation = EVENT_TYPES[event].model.model_fields[name].annotation
        assert set(VALUES[name]) - {""} <= set(get_args(annotation)), (event, name)
        declared = name in ("by_role", "milestone")  # roles and milestones are declared, not listed in the event
        assert declared or set(get_args(annotation)) == set(VALUES[name]) - {""}


def test_every_basis_and_every_contact_rule_has_words() -> None:
    assert set(BASIS) == set(get_args(Basis))
    assert list(CONTACT_RULES) == list(Reason)


def test_the_words_of_a_ladder_name_its_days_and_hours() -> None:
    one = POLICIES[0]
    for ladder in one.ladders.values():
        days = [reminder.before.count for reminder in ladder.remind if reminder.before]
        said = re.findall(r"\b\d+\b(?!:)(?<!:\d\d)", reminder_words(ladder, one.hours))
        assert [int(number) for number in said] == days
    assert f"{one.hours.afternoon:%H:%M}" in reminder_words(one.ladders["short"], one.hours)


def test_the_words_of_lateness_name_the_days_of_the_ladder() -> None:
    newest = load_policies().newest("dudley")
    readings = {reading.name: dict(reading.lines) for reading in read_aloud(newest)}
    days = [step.after.count for step in newest.ladders["standard"].late if step.after]
    for text in (
        readings["four-weekly-visit"]["When late"],
        northmere.text().split("What is late is told at")[1].split(" These times")[0],
    ):
        assert [int(number) for number in re.findall(r"\b(\d+) working days", text)] == days
        assert f"{newest.hours.overdue:%H:%M}" in text
        assert "weekly list" in text


def test_a_ladder_of_its_own_is_read_aloud(tmp_path: Path) -> None:
    late = [{"at": "next morning", "to": "owner"}, {"after": "3 working days", "to": ["service_manager"]}]
    gentle = {"gentle": {"remind": ["10 working days before", "in the afternoon"], "late": late}}
    hours = {"afternoon": "14:00"}
    changed = northmere.changed(tmp_path, ladders=gentle, hours=hours, visit={"ladder": "gentle"})
    lines = dict(next(one for one in read_aloud(changed) if one.name == "visit").lines)
    assert lines["Told"] == (
        "The social worker is reminded 10 working days before the day to act by, and at 14:00 that day."
    )
    assert lines["When late"] == (
        "The social worker is told at 09:00 on the next working day; 3 working days later the service manager."
    )


def test_a_bottom_line_is_read_aloud_with_its_own_times(tmp_path: Path) -> None:
    rungs = [{"role": "on_call_manager", "after_minutes": 20}]
    changed = northmere.changed(tmp_path, bottom_line={"again_every_minutes": 45, "then": rungs})
    text = " ".join(as_text(policy_page(changed)).split())
    assert "Again every 45 minutes, until each of them" in text
    assert "20 minutes after the first alert, if one of them" in text


def test_no_word_of_the_language_is_left_unsaid() -> None:
    # When the language grows, this fails until the new word is read aloud too.
    spoken = "".join(Path(str(module.__file__)).read_text() for module in (plain_english, clauses, ladder_words))
    words = {name for model in IN_RULES for name in model.model_fields} - SAID_AS_IT_IS - SAID_ELSEWHERE
    assert {name for name in words if not re.search(rf"\.{name}\b", spoken)} == set()


def test_every_model_of_the_language_is_looked_at() -> None:
    modules = (policy, clock_words, hours, ladders, milestones, patterns)
    values = [value for module in modules for value in vars(module).values()]
    models = {value for value in values if isinstance(value, type) and issubclass(value, PolicyModel)}
    on_the_page = {policy.Policy, policy.BottomLine, policy.Council, policy.Rung, policy.Document, hours.Hours}
    on_the_page |= {policy.ProblemRule, policy.Source, milestones.Milestone, ladders.Routine}
    assert models - {PolicyModel, PolicyRecord} == on_the_page | set(IN_RULES)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ({"when": "meeting.held"}, "a meeting is held"),
        ({"when": "meeting.held", "where": {"meeting": ["initial", "review"]}},
         "an initial meeting or a review meeting is held"),
        ({"when": "risk.changed", "where": {"direction": "up"}}, "the risk rises"),
        ({"when": "visits.agreed", "where": {"by_role": "iro"}},
         "visits by the independent reviewing officer are agreed"),
        ({"when": "visit.recorded", "where": {"child_seen": True, "concern": False}},
         "a visit is made, at which the child was seen, that left no concern"),
        ({"when": "visit.recorded", "role_of": {"by": "iro"}},
         "a visit is made by the independent reviewing officer or the cover"),
        ({"when": "visit.recorded", "role_of": {"by": "social_worker"}, "not_role_of": {"by": "iro"}},
         "a visit is made by the social worker or the cover and not by the independent reviewing officer"),
        ({"when": "plan.reviewed", "not_role_of": {"by": "day_team"}},
         "the plan is reviewed by anybody but the day team"),
        ({"when": "action.agreed", "has": ["who"], "lacks": ["due_on", "to_week"]},
         "an action is agreed, naming who does it, without naming a due date or the last week for it"),
        ({"when": "action.completed", "same": {"ref": "about"}}, "an action is completed, and it is the same action"),
        ({"when": "risk.changed", "where": {"scale": [0, 1]}}, "the risk changes, with scale 0 or 1"),
        ({"when": "network.agreed", "count": {"of": "people", "against": "at_least", "is": "fewer"}},
         FEW),
    ],
)  # fmt: skip
def test_a_pattern_is_said_as_a_clause(pattern: dict[str, Any], words: str) -> None:
    assert said(**pattern) == words


def test_an_opening_says_hour_plan_and_exception() -> None:
    opening = Opening.model_validate(
        {
            "when": "plan.agreed", "out_of_hours": True, "plan": {"service": ["early_help"], "risk": ["high", "none"]},
            "unless": {"when": "hub.consulted"},
        }
    )  # fmt: skip
    assert clauses.opening_clause(opening, {}) == (
        "when a version of the plan is agreed out of office hours, for plans whose service is early help and level of "
        "risk is high or not stated, unless by then the hub is consulted"
    )


@pytest.mark.parametrize(
    ("due", "words"),
    [
        ({"within": "1 working day"}, "Within 1 working day; the day itself is day 0."),
        ({"same_day": True}, "On that same day."),
        ({"every": "3 months"}, "At least every 3 months since it was last done."),
        (
            {"within": "3 months", "or_earlier": {"when": "review_date.set", "takes": "review_on"}},
            NEVER_LATER,
        ),
        (
            {"every": "6 weeks", "as_agreed": {"every": {"when": "meeting.held", "takes": "review_every"}}},
            AS_AGREED,
        ),
    ],
)
def test_a_clock_is_said(tmp_path: Path, due: object, words: str) -> None:
    assert reading(tmp_path, "review", due=due)["Clock"] == words


def test_a_day_before_a_date_is_said(tmp_path: Path) -> None:
    opens = {"when": "ending.planned"}
    read = reading(tmp_path, "visit", opens=opens, due={"on": "ends_on", "before": "5 working days"})
    assert read["Clock"] == "5 working days before the date given ('ends on')."


def test_who_chairs_is_said_with_what_it_means(tmp_path: Path) -> None:
    chair = {"role": "hub_team_manager", "in_service": {"early_help": "service_lead"}}
    assert reading(tmp_path, "review", chair=chair)["Chair"] == (
        "The hub team manager; or the service lead, for young people of early help; or whoever the diary names for the "
        "meeting. Whoever chairs gets the same reminders, and no overdue message."
    )


def test_who_has_to_be_there_is_said(tmp_path: Path) -> None:
    agreed = {"when": "network_meetings.agreed", "takes": "practitioner_every"}
    attended = reading(tmp_path, "review", attendance={"field": "practitioner_attended", "one_in": agreed})["Attended"]
    assert attended == (
        "One in as many as agreed (one in how many, given when network meetings are agreed); when as many in a row "
        "were held without the practitioner, the social worker is told the next working morning."
    )


def test_what_is_told_once_does_not_climb(tmp_path: Path) -> None:
    late = reading(tmp_path, "visit", overdue="told_once")["When late"]
    assert late == "The social worker and the team manager are told at 09:00 on the next working day, once."
    assert "service manager" in reading(tmp_path, "visit")["When late"]


def test_the_team_manager_is_not_told_twice_of_what_is_the_team_managers(tmp_path: Path) -> None:
    late = reading(tmp_path, "visit", owed_by="team_manager")["When late"]
    assert late.startswith("The team manager is told at 09:00")


def test_what_is_asked_the_next_morning_has_no_other_lateness(tmp_path: Path) -> None:
    assert "When late" not in reading(tmp_path, "visit", ladder="next_morning")


@pytest.mark.parametrize("one", POLICIES, ids=lambda one: f"{one.authority}-{one.version}")
def test_every_built_in_rule_reads_in_whole_sentences(one: policy.Policy) -> None:
    for read in read_aloud(one):
        for heading, words in read.lines:
            assert re.fullmatch(r"[A-Z0-9].*\.", words), (read.name, heading, words)
            assert not re.search(r"_|  |\bNone\b|[{}\[\]]", words), (read.name, heading, words)


@pytest.mark.parametrize("one", POLICIES, ids=lambda one: f"{one.authority}-{one.version}")
def test_a_local_default_is_marked_as_none_of_the_guidances(one: policy.Policy) -> None:
    page = policy_page(one)
    defaults = [read for read in page.readings if read.basis == "local_default"]
    assert all("LOCAL DEFAULT, not the guidance's" in read.basis_text for read in defaults)
    # The numbers of the bottom line are the one more.
    assert as_text(page).replace("\n", " ").count("LOCAL DEFAULT, not") == len(defaults) + 1
    assert as_html(page).count('<article id="') - len(defaults) == as_html(page).count(">Time stated in the guidance<")


@pytest.mark.parametrize("one", POLICIES, ids=lambda one: f"{one.authority}-{one.version}")
def test_the_page_loads_nothing_and_runs_nothing(one: policy.Policy) -> None:
    html = as_html(policy_page(one))
    assert not re.search(r"<script|<link|<img|\bsrc=|@import|url\(|https?:|\bon\w+=", html)
    assert set(re.findall(r'href="([^"]*)"', html)) == {f"#{rule.rule}" for rule in one.rules}


def test_words_of_a_policy_are_escaped_on_the_page(tmp_path: Path) -> None:
    html = as_html(policy_page(northmere.changed(tmp_path, visit={"asks": "Visits <b>& more</b>."})))
    assert "Visits &lt;b&gt;&amp; more&lt;/b&gt;." in html


def test_office_hours_and_added_holidays_are_on_the_page(tmp_path: Path) -> None:
    hours = {"opens": "08:30", "closes": "16:30", "early_closing": {"12-24": "12:00"}}
    page = policy_page(northmere.changed(tmp_path, office_hours=hours, closed=["2026-12-29"]))
    assert dict(page.about)["Hours"] == (
        "08:30 to 16:30 on working days (Monday to Friday, bank holidays in England excepted); closing early at 12:00 "
        "on 24/12; closed on Tue 29 Dec 2026 too."
    )


def test_the_bottom_line_is_on_the_page_as_a_local_default(tmp_path: Path) -> None:
    lines = policy_page(northmere.changed(tmp_path)).bottom_line
    assert lines[0] == "At once, at any hour, by text and by email: the social worker and the team manager."
    assert any(line.startswith("60 minutes after the first alert") and "head of service" in line for line in lines)
    assert lines[-1].startswith("Who is alerted, how often, and who comes next is a LOCAL DEFAULT, not")


def test_lists_and_sentences_are_joined_as_people_write_them() -> None:
    assert (either(["a"]), either(["a", "b"]), both(["a", "b", "c"]), both([])) == ("a", "a or b", "a, b and c", "")
    assert (sentence("so it is"), sentence("So?")) == ("So it is.", "So?")


def test_a_reading_names_document_section_and_entries(tmp_path: Path) -> None:
    read: Reading = read_aloud(northmere.changed(tmp_path))[0]
    assert (read.source, read.entries) == ("Keeping plans alive, NOR-01", ("NOR-01",))
