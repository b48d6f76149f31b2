"""Clocks that count hours, and ladders that reach people at any hour where the policy says so."""

from pathlib import Path
from typing import Any

import pytest

from cli.records import obligation_record
from service.domain.policy import Policy
from service.policy_tools.policy_page import as_text, policy_page
from service.policy_tools.warnings import warnings
from tests import sixth
from tests.unit.domain.builders import at, fact, person

DONE = {"when": "milestone.reached", "where": {"milestone": "on_file"}}
WITHIN_A_DAY: dict[str, Any] = {
    "remind": ["at opening", "half way", "2 hours before"],
    "by": ["sms", "email"],
    "at_any_hour": True,
    "late": [
        {"at": "once", "to": ["owner", "team_manager"]},
        {"after": "4 hours", "to": ["service_manager"], "as": "escalation"},
    ],
}
DUTY = sixth.rule(
    rule="events-on-file",
    kind="upload_plan",
    label="the event on the file",
    opens={"when": "circumstances.changed", "about": "event"},
    due={"within": "24 hours"},
    met=DONE,
    ladder="within-a-day",
)
SATURDAY = "2026-11-07T22:00"


def policy(folder: Path, ladder: dict[str, Any] = WITHIN_A_DAY, **rule: Any) -> Policy:
    """A policy with one duty that is due within 24 hours."""
    milestones = {"on_file": {"label": "the event is on the file"}}
    return sixth.policy(folder, {**DUTY, **rule}, ladders={"within-a-day": ladder}, milestones=milestones)


def changed(when: str, **data: object) -> dict[str, object]:
    return fact(when, "circumstances.changed", "P-1", what="x", **data)


def run(folder: Path, *history: Any, until: str, ladder: dict[str, Any] = WITHIN_A_DAY) -> sixth.Run:
    return sixth.run(policy(folder, ladder), sixth.opened(), *history, until=until)


def test_it_is_due_at_a_moment_which_stands_in_the_record(tmp_path: Path) -> None:
    (duty,) = run(tmp_path, changed(SATURDAY, at=at(SATURDAY).isoformat()), until="2026-11-08").obligations
    record = obligation_record(duty)
    assert (record["due_on"], record["due_at"], record["act_by"]) == (
        "2026-11-08", "2026-11-08T22:00:00+00:00", "2026-11-06",
    )  # fmt: skip


def test_no_other_duty_has_a_moment(tmp_path: Path) -> None:
    (duty,) = sixth.run(
        policy(tmp_path, due={"within": "1 day"}), changed(SATURDAY), sixth.opened(), until="2026-11-08"
    ).obligations
    assert "due_at" not in obligation_record(duty)


def test_hours_run_through_the_change_of_the_clocks(tmp_path: Path) -> None:
    history = [sixth.opened("2026-10-20T09:00"), changed("2026-10-24T22:00", at="2026-10-24T22:00:00+01:00")]
    (duty,) = sixth.run(policy(tmp_path), *history, until="2026-10-26").obligations
    assert obligation_record(duty)["due_at"] == "2026-10-25T21:00:00+00:00"


def test_a_fact_with_a_day_only_counts_from_the_end_of_its_day(tmp_path: Path) -> None:
    (duty,) = run(tmp_path, changed("2026-11-04T15:00", on="2026-11-04"), until="2026-11-05").obligations
    assert obligation_record(duty)["due_at"] == "2026-11-06T00:00:00+00:00"


@pytest.mark.parametrize(
    ("done", "status"),
    [
        ({"at": "2026-11-08T22:00:00+00:00"}, "met"),
        ({"at": "2026-11-08T22:01:00+00:00"}, "met_late"),
        ({"on": "2026-11-08"}, "met"),
        ({"on": "2026-11-09"}, "met_late"),
    ],
    ids=["at the moment", "a minute later", "that day", "the day after"],
)
def test_it_is_late_to_the_minute(tmp_path: Path, done: dict[str, object], status: str) -> None:
    history = changed(SATURDAY, at=at(SATURDAY).isoformat()), sixth.reached("2026-11-09T12:00", "on_file", **done)
    assert run(tmp_path, *history, until="2026-11-10").dues == [("2026-11-08 22:00", status)]


def test_people_are_reached_at_any_hour_by_text_and_email(tmp_path: Path) -> None:
    ran = run(tmp_path, changed(SATURDAY, at=at(SATURDAY).isoformat()), until="2026-11-09")
    assert ran.moments("w-lead") == [
        "2026-11-07 22:00 sms reminder", "2026-11-07 22:00 email reminder", "2026-11-08 10:00 sms reminder",
        "2026-11-08 10:00 email reminder", "2026-11-08 20:00 sms reminder", "2026-11-08 20:00 email reminder",
        "2026-11-08 22:00 sms overdue", "2026-11-08 22:00 email overdue",
    ]  # fmt: skip
    assert ran.moments("w-tm") == ["2026-11-08 22:00 sms overdue", "2026-11-08 22:00 email overdue"]
    assert ran.moments("w-sm") == ["2026-11-09 02:00 sms escalation", "2026-11-09 02:00 email escalation"]
    assert {message.urgent for message in ran.messages} == {True}
    assert {item["due_at"] for message in ran.messages for item in message.about} == {"2026-11-08T22:00:00+00:00"}


def test_nothing_more_is_told_of_what_is_done(tmp_path: Path) -> None:
    history = changed(SATURDAY, at=at(SATURDAY).isoformat()), sixth.reached("2026-11-08T09:00", "on_file")
    assert run(tmp_path, *history, until="2026-11-10").moments("w-lead") == [
        "2026-11-07 22:00 sms reminder", "2026-11-07 22:00 email reminder",
    ]  # fmt: skip


def test_without_the_policys_word_people_are_told_in_routine_hours(tmp_path: Path) -> None:
    ladder = {key: value for key, value in WITHIN_A_DAY.items() if key not in ("at_any_hour", "by")}
    ran = run(tmp_path, changed(SATURDAY, at=at(SATURDAY).isoformat()), until="2026-11-10", ladder=ladder)
    assert ran.moments("w-lead") == ["2026-11-09 08:00 email overdue"]
    assert ran.moments("w-sm") == ["2026-11-09 12:00 email escalation"]
    assert {message.urgent for message in ran.messages} == {False}


def test_who_has_no_mobile_is_told_by_email_alone(tmp_path: Path) -> None:
    known = person("w-lead", when="2026-01-03", mobile=None)
    known["data"] = {**dict(known["data"]), "authority": sixth.AUTHORITY}  # type: ignore[call-overload]
    ran = run(tmp_path, known, changed(SATURDAY, at=at(SATURDAY).isoformat()), until="2026-11-08")
    assert ran.moments("w-lead")[0] == "2026-11-07 22:00 email reminder"
    assert all(" sms " not in moment for moment in ran.moments("w-lead"))


def test_a_message_names_the_moment(tmp_path: Path) -> None:
    ran = run(tmp_path, changed(SATURDAY, at=at(SATURDAY).isoformat()), until="2026-11-08")
    assert ran.messages
    assert all("'due': 'Sun 8 Nov 2026, 22:00'" in str(message.context) for message in ran.messages)


def test_the_clock_and_the_ladder_are_read_aloud(tmp_path: Path) -> None:
    text = " ".join(as_text(policy_page(policy(tmp_path))).split())
    assert (
        "Clock Within 24 hours of the moment; of a fact that has a day only, counted from the end of that day." in text
    )
    assert (
        "The social worker is reminded when it opens, half way to the moment at which it is due, and 2 hours before it "
        "is due, at any hour, by text and by email."
    ) in text
    assert "The social worker and the team manager are told at once; 4 hours later the service manager." in text


@pytest.mark.parametrize(
    ("ladder", "words"),
    [
        (WITHIN_A_DAY, []),
        ({"remind": "first morning", "late": [{"at": "next morning", "to": "owner"}]}, ["comes before it is due, if"]),
        ({"remind": "10 working days before", "late": [{"at": "once", "to": "owner"}]}, ["can come before it is due"]),
    ],
)
def test_a_ladder_that_may_come_too_late_is_told(tmp_path: Path, ladder: dict[str, Any], words: list[str]) -> None:
    told = warnings(policy(tmp_path, ladder), at("2026-11-22").date())
    found = [warning.detail for warning in told if warning.field.endswith("ladder")]
    assert [word in detail for word, detail in zip(words, found, strict=True)] == [True] * len(words)


def test_who_has_no_mobile_is_told_by_email_where_the_ladder_names_texts_alone(tmp_path: Path) -> None:
    known = person("w-lead", when="2026-01-03", mobile=None)
    known["data"] = {**dict(known["data"]), "authority": sixth.AUTHORITY}  # type: ignore[call-overload]
    ladder = {**WITHIN_A_DAY, "by": ["sms"]}
    ran = run(tmp_path, known, changed(SATURDAY, at=at(SATURDAY).isoformat()), until="2026-11-09", ladder=ladder)
    assert [moment for moment in ran.moments("w-lead") if " sms " in moment] == []
    assert ran.moments("w-lead")[0] == "2026-11-07 22:00 email reminder"
    assert {message.urgent for message in ran.messages if message.person == "w-lead"} == {True}


def test_who_takes_over_what_became_late_this_morning_reads_that_it_is_late(tmp_path: Path) -> None:
    ladder = {key: value for key, value in WITHIN_A_DAY.items() if key not in ("at_any_hour", "by")}
    history = (
        fact("2026-11-06T09:00", "role.assigned", "P-1", role="social_worker", person="w-lead"),
        changed("2026-11-08T07:00", at=at("2026-11-08T07:00").isoformat()),
        fact("2026-11-09T07:30", "role.assigned", "P-1", role="social_worker", person="w-head"),
    )
    ran = run(tmp_path, *history, until="2026-11-09", ladder=ladder)
    takeover = next(
        message for message in ran.messages if message.person == "w-head" and message.template == "takeover"
    )
    assert "the event on the file" in str(takeover.context["overdue"])
    assert takeover.context["due"] == []
