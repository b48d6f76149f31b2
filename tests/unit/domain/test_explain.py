"""Why a message was sent: the sum that led to its day, with each day that was counted or left out."""

from __future__ import annotations

from pathlib import Path

from notifications.message import Purpose
from service.domain.explain import explain
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.files.policy_files import load_policy
from tests.unit.domain.builders import Raw, at, book, cast, directory, fact, flat, parsed, plan_opened, run, visit


def explained(kind: str, *history: Raw, until: str) -> dict[str, str]:
    """The lines that explain the last message about a kind of obligation."""
    events = flat(cast(), plan_opened(), list(history))
    message = run(events, until=until).messages(kind=kind)[-1]
    own = [event for event in parsed(events) if event.subject == "P-1"]
    about = [item for item in message.about if item["kind"] == kind]
    [reason] = explain(book(), OwnId("dudley", "P-1"), own, directory(events), about, message.purpose, message.at)
    return dict(reason.lines)


def test_of_working_days_each_that_counts_has_its_number_and_each_other_its_reason() -> None:
    held = fact("2026-12-23", "meeting.held", meeting="review", ref="m1", on="2026-12-23", review_every="6 weeks")
    lines = explained("upload_meeting", held, until="2026-12-29")
    assert lines["Sum"] == "Wed 23 Dec 2026 is day 0; counted: Thu 24 Dec (1), Tue 29 Dec (2)"
    assert lines["Not counted"] == (
        "Fri 25 Dec (Christmas Day), Sat 26 Dec (Saturday), Sun 27 Dec (Sunday), Mon 28 Dec (Boxing Day (observed))"
    )


def test_of_other_days_the_sum_says_how_many_there_are() -> None:
    lines = explained("visit_social_worker", visit("2026-11-16"), until="2026-12-31")
    assert lines["Sum"] == "Mon 16 Nov 2026 is day 0; Mon 14 Dec 2026 is 28 days on"
    assert "Not counted" not in lines


def test_of_an_alert_the_times_are_those_by_which_it_climbs(tmp_path: Path) -> None:
    policy = tmp_path / "dudley.yaml"
    rungs = "then: [{role: on_call_manager, after_minutes: 20}]"
    policy.write_text(f"extends: dudley\nauthority: dudley\nbottom_line: {{again_every_minutes: 45, {rungs}}}\n")
    crossed = fact("2027-02-11T10:00", "bottom_line.breached", eid="b1", bottom_line="bl-1", at="2027-02-11T10:00:00Z")
    events = flat(cast(), plan_opened(), [crossed])
    own, plan = [event for event in parsed(events) if event.subject == "P-1"], OwnId("dudley", "P-1")
    changed, people, now = PolicyBook([load_policy(policy)]), directory(events), at("2027-02-11T10:05")
    [reason] = explain(changed, plan, own, people, [{"alert": "b1"}], Purpose.ALERT, now)
    lines = dict(reason.lines)
    assert lines["Again"] == "every 45 minutes, by text and email, until acknowledged"
    assert lines["Then"] == "after 20 minutes the on-call manager too"
