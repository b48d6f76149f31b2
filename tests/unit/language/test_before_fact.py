"""Duties that are due before another fact, with no number of days: told when they open, late once that came first."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.records import obligation_record
from notifications.catalogue.render import render
from notifications.message import Message
from service.domain.events.event import parse_event
from service.domain.explain import explain
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.domain.policy import Policy, PolicyBook
from service.files.policy_files import PolicyFileError
from service.policy_tools.policy_page import as_text, policy_page
from service.policy_tools.warnings import warnings
from tests import sixth
from tests.unit.domain.builders import Raw, fact

MILESTONES = {
    "letter": {"label": "letter before proceedings"},
    "offer": {"label": "offer of a meeting"},
    "court": {"label": "application to court"},
}


def reached(milestone: str) -> dict[str, Any]:
    return {"when": "milestone.reached", "where": {"milestone": milestone}}


OFFER: dict[str, Any] = {
    "opens": {**reached("letter"), "about": "event"},
    "due": {"before_fact": reached("court"), "called": "the application to court"},
    "met": reached("offer"),
}
LETTER = sixth.reached("2026-11-04T12:00", "letter", on="2026-11-04")
# A Friday.
COURT = sixth.reached("2026-11-20T14:00", "court", at="2026-11-20T14:00:00+00:00")
AT_OPENING = ["2026-11-05 08:30 email digest"]


def policy(folder: Path, **words: Any) -> Policy:
    return sixth.policy(folder, sixth.rule(**{**OFFER, **words}), milestones=MILESTONES)


def run(folder: Path, *history: Raw, until: str, **words: Any) -> sixth.Run:
    return sixth.run(policy(folder, **words), sixth.opened(), LETTER, *history, until=until)


def offered(when: str, **data: object) -> Raw:
    return sixth.reached(when, "offer", **data)


def text(message: Message) -> str:
    context = {**message.context, "council": None, "help_line": None}
    return " ".join(render(message.template, message.channel, context).text.split())


def state(ran: sixth.Run) -> list[tuple[str, str]]:
    return [(duty.due_on.isoformat() if duty.has_day else "no day", duty.status.value) for duty in ran.obligations]


def test_it_has_no_day_and_is_told_when_it_opens(tmp_path: Path) -> None:
    ran = run(tmp_path, until="2027-06-30")
    assert state(ran) == [("no day", "open")]
    assert ran.moments("w-lead") == AT_OPENING
    (message,) = ran.messages
    assert message.about[0]["due_on"] is None
    assert "Something to be done (Wed 4 Nov 2026): due before the application to court [social worker]" in text(message)


def test_a_record_has_no_day_either(tmp_path: Path) -> None:
    (duty,) = run(tmp_path, until="2026-11-05").obligations
    record = json.loads(json.dumps(obligation_record(duty)))
    assert (record["due_on"], record["act_by"], "due_at" in record) == (None, None, False)


def test_the_other_fact_makes_it_late_from_its_moment(tmp_path: Path) -> None:
    ran = run(tmp_path, COURT, until="2026-11-20")
    assert state(ran) == [("2026-11-20", "overdue")]
    (duty,) = ran.obligations
    assert duty.act_by == date(2026, 11, 20)
    assert ran.moments("w-tm") == []


def test_it_is_told_the_next_working_morning_and_escalated_as_any_other(tmp_path: Path) -> None:
    ran = run(tmp_path, COURT, until="2026-11-30")
    assert ran.moments("w-lead") == [
        *AT_OPENING, "2026-11-23 09:00 email overdue", "2026-11-30 09:00 email overdue_list",
    ]  # fmt: skip
    assert ran.moments("w-sm") == ["2026-11-25 09:00 email escalation"]
    (overdue,) = (message for message in ran.messages if message.template == "overdue" and message.person == "w-tm")
    assert "Was due before the application to court (Fri 20 Nov 2026), 1 working day ago." in text(overdue)


def test_what_is_learnt_late_is_told_at_the_next_hour_and_escalated_two_days_after_that(tmp_path: Path) -> None:
    learnt = sixth.reached("2026-12-09T11:00", "court", on="2026-11-20")
    ran = run(tmp_path, learnt, until="2026-12-11")
    assert ran.moments("w-tm") == ["2026-12-10 09:00 email overdue"]
    assert ran.moments("w-sm") == []
    later = run(tmp_path, learnt, until="2026-12-14")
    assert later.moments("w-sm") == ["2026-12-14 09:00 email escalation"]


@pytest.mark.parametrize(
    ("offer", "status"),
    [
        ({"on": "2026-11-19"}, "met"),
        ({"on": "2026-11-20"}, "met"),  # the hour is not known
        ({"at": "2026-11-20T13:59:00+00:00"}, "met"),
        ({"at": "2026-11-20T14:01:00+00:00"}, "met_late"),
        ({"on": "2026-11-21"}, "met_late"),
    ],
)
def test_what_comes_before_the_other_fact_is_in_time(tmp_path: Path, offer: dict[str, str], status: str) -> None:
    ran = run(tmp_path, COURT, offered("2026-11-22T10:00", **offer), until="2026-11-22")
    assert state(ran) == [("2026-11-20", status)]


def test_what_is_done_is_told_no_more_and_stays_done(tmp_path: Path) -> None:
    ran = run(tmp_path, offered("2026-11-04T16:00", on="2026-11-04"), COURT, until="2026-11-30")
    assert state(ran) == [("2026-11-20", "met")]
    assert ran.messages == []


def test_an_earlier_one_of_the_other_facts_is_of_another_time(tmp_path: Path) -> None:
    earlier = sixth.reached("2026-11-03T12:00", "court", on="2026-11-03")
    ran = sixth.run(policy(tmp_path), sixth.opened(), earlier, LETTER, until="2026-11-05")
    assert state(ran) == [("no day", "open")]


def test_the_first_of_several_other_facts_counts(tmp_path: Path) -> None:
    second = sixth.reached("2026-11-12T12:00", "court", on="2026-11-12")
    ran = run(tmp_path, second, COURT, until="2026-11-20")
    assert state(ran) == [("2026-11-12", "overdue")]


def test_where_the_other_fact_is_withdrawn_it_has_no_day_again(tmp_path: Path) -> None:
    withdrawn = fact("2026-11-23T12:00", "event.withdrawn", "P-1", event=COURT["id"], reason="another child")
    ran = run(tmp_path, COURT, withdrawn, until="2026-12-11")
    assert state(ran) == [("no day", "open")]
    assert ran.moments("w-sm") == []
    assert ran.moments("w-tm") == ["2026-11-23 09:00 email overdue"]


def test_after_a_withdrawal_the_same_day_again_is_told_again(tmp_path: Path) -> None:
    withdrawn = fact("2026-11-23T12:00", "event.withdrawn", "P-1", event=COURT["id"], reason="another child")
    again = sixth.reached("2026-12-01T12:00", "court", on="2026-11-20")
    ran = run(tmp_path, COURT, withdrawn, again, until="2026-12-04")
    assert ran.moments("w-tm") == ["2026-11-23 09:00 email overdue", "2026-12-02 09:00 email overdue"]
    assert ran.moments("w-sm") == ["2026-12-04 09:00 email escalation"]


def test_the_end_of_the_plan_cancels_it(tmp_path: Path) -> None:
    ended = fact("2026-11-12", "plan.ended", "P-1", on="2026-11-12", reason="moved")
    assert state(run(tmp_path, ended, until="2026-11-13")) == [("no day", "cancelled")]


def test_another_type_of_fact_may_come_first(tmp_path: Path) -> None:
    due = {"before_fact": {"when": "plan.ended"}, "called": "the end of the plan"}
    uploaded = fact("2026-11-12", "plan.uploaded", "P-1", on="2026-11-12")
    words = {"due": {"before_fact": {"when": "plan.uploaded"}, "called": "the plan is on the file"}}
    assert state(run(tmp_path, uploaded, until="2026-11-12", **words)) == [("2026-11-12", "overdue")]
    assert state(run(tmp_path, uploaded, until="2026-11-12", due=due)) == [("no day", "open")]


def test_a_ladder_at_any_hour_tells_at_once_that_it_came_first(tmp_path: Path) -> None:
    ladder = {
        "remind": ["at opening"], "at_any_hour": True, "by": ["sms"],
        "late": [{"at": "once", "to": ["owner", "team_manager"]}],
    }  # fmt: skip
    rule = sixth.rule(**OFFER, ladder="now")
    found = sixth.policy(tmp_path, rule, milestones=MILESTONES, ladders={"now": ladder})
    ran = sixth.run(found, sixth.opened(), LETTER, COURT, until="2026-11-21")
    assert ran.moments("w-tm") == ["2026-11-20 14:00 sms overdue"]


def explained(folder: Path, *history: Raw, until: str) -> dict[str, str]:
    """The lines that explain the last message."""
    found, raws = policy(folder), [sixth.opened(), LETTER, *history]
    message = sixth.run(found, *raws, until=until).messages[-1]
    book = PolicyBook([found])
    events = [parse_event(raw, book.authorities) for raw in raws]
    own_id, about = OwnId(sixth.AUTHORITY, "P-1"), message.about
    [reason] = explain(book, own_id, events, Directory.of([]), about, message.purpose, message.at)
    return dict(reason.lines)


def test_its_messages_are_explained_without_a_sum(tmp_path: Path) -> None:
    lines = explained(tmp_path, until="2026-11-05")
    assert lines["Clock"] == "before the application to court: there is no day, and it is late once that has come first"
    assert lines["Due"] == "before the application to court; late from that moment on"
    assert lines["Told now"] == "when it opened, on the ladder 'short'"
    assert "Sum" not in lines
    assert explained(tmp_path, COURT, until="2026-11-23")["Due"] == (
        "before the application to court (Fri 20 Nov 2026); late from that moment on"
    )


def test_it_is_read_aloud(tmp_path: Path) -> None:
    text = " ".join(as_text(policy_page(policy(tmp_path))).split())
    assert "Clock Before the application to court, which is when 'court' is reached. No day is given" in text
    assert warnings(policy(tmp_path), date(2026, 11, 28)) == []


@pytest.mark.parametrize("ladder", ["standard", "long", "next_morning"])
def test_a_ladder_that_tells_nobody_when_it_opens_is_refused(tmp_path: Path, ladder: str) -> None:
    with pytest.raises(PolicyFileError, match="name one that reminds 'at opening' or 'first morning'"):
        policy(tmp_path, ladder=ladder)
