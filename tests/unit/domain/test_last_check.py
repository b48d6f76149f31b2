"""The last check: what was decided, asked again at the moment of sending, after the facts have moved on."""

from __future__ import annotations

import pytest

from notifications.message import Decision, Hold, Later, Message, Send
from service.domain.events.event import Event
from service.domain.last_check import lines_wanted, still_wanted
from service.domain.look import look
from service.domain.people.directory import Directory
from service.domain.telling.records import DigestLine, Ledger
from tests.unit.domain.builders import Raw, at, book, fact, parsed, person, run, visit
from tests.unit.domain.elsewhere import EVERY_DAY, NUMBERS, agreed, family, opened, workers

COUNCIL = "south_gloucestershire"
START = [*workers(COUNCIL), *opened(COUNCIL), *family(window={"days": EVERY_DAY, "from": "17:00", "until": "19:00"})]
START_OF_PLAN = next(event.id for event in parsed(START) if event.type == "plan.opened")
ASKED = fact("2026-12-01", "check_ins.started", people=["f-nan"], days=["thu"], at="18:00", eid="c1")
ACTION = fact("2026-12-01", "action.agreed", ref="a1", what="x", who="p-youth", due_on="2026-12-10", eid="a1")
BREACH = fact(
    "2026-12-05T03:00", "bottom_line.breached", eid="b1", bottom_line="bl", at=at("2026-12-05T03:00").isoformat()
)


def verdict(notice: Message | DigestLine, when: str, *events: object) -> Decision:
    """What the last check says at a moment, of this council's history with what came in between."""
    return verdict_of(notice, when, START, *events)


def verdict_of(notice: Message | DigestLine, when: str, *events: object) -> Decision:
    """What the last check says at a moment, of a history."""
    known = [one for one in parsed(*events) if one.time <= at(when)]
    people = Directory.of([one for one in known if about_people(one)], known)
    plan = [one for one in known if one.subject == "P-1"]
    if isinstance(notice, DigestLine):
        return lines_wanted(book(), plan, people, [notice], at(when))[0]
    return still_wanted(book(), plan, people, notice, at(when))


def about_people(one: Event) -> bool:
    return not (one.subject or "").startswith("P-")


def said(found: Decision) -> str:
    if isinstance(found, Send):
        return found.person
    return found.reason if isinstance(found, Hold) else "not now"


def text_of(*events: object, purpose: str = "check_in") -> Message:
    """The text that is decided on the evening of 3 December."""
    return run(START, ASKED, *events, until="2026-12-03").messages(to="f-nan", purpose=purpose)[0]


STOP = fact("2026-12-03T18:01", "check_in.replied", person="f-nan", text="STOP", at=at("2026-12-03T18:01").isoformat())
SHARED = person("f-ex", "2026-12-03T18:01", "family", mobile=NUMBERS["f-nan"])


@pytest.mark.parametrize(
    ("flipped", "expected"),
    [
        ([], "f-nan"),
        ([fact("2026-12-03T18:01", "contact.decided", "f-nan", decision="never", decided_by="w-tm")], "never_contact"),
        ([fact("2026-12-03T18:01", "person.excluded", person="f-nan", on="2026-12-03")], "excluded"),
        ([fact("2026-12-03T18:01", "plan.withheld", from_="f-nan", reason="x", on="2026-12-03")], "withheld_person"),
        ([fact("2026-12-03T18:01", "role.assigned", role="carer", person="f-nan", poses_risk=True)], "poses_risk"),
        ([fact("2026-12-03T18:01", "role.assigned", role="carer", person="f-nan", victim=True)], "victim"),
        ([fact("2026-12-03T18:01", "flag.raised", flag="forced_marriage", on="2026-12-03")], "flag_undecided"),
        ([STOP], "opted_out"),
        ([person("f-nan", "2026-12-03T18:01", "family", email=None, mobile=None)], "no_address"),
        ([SHARED, fact("2026-12-03T18:01", "person.excluded", person="f-ex", on="2026-12-03")], "excluded"),
        ([fact("2026-12-03T18:01", "plan.ended", on="2026-12-03", reason="x")], "outdated"),
        ([fact("2026-12-03T18:01", "event.withdrawn", event="c1", reason="another plan")], "outdated"),
        ([fact("2026-12-03T18:01", "event.withdrawn", event="open", reason="another child")], "outdated"),
        ([fact("2026-12-03T18:01", "check_ins.stopped", by="w-sw", on="2026-12-03")], "f-nan"),
    ],
)  # fmt: skip
def test_a_text_to_family_when_the_facts_have_moved(flipped: list[Raw], expected: str) -> None:
    assert said(verdict(text_of(), "2026-12-03T18:02", ASKED, flipped)) == expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [("2026-12-03T19:00", "f-nan"), ("2026-12-03T19:01", "outside_window"), ("2026-12-04T09:00", "outside_window")],
)
def test_it_is_never_sent_late(when: str, expected: str) -> None:
    assert said(verdict(text_of(), when, ASKED)) == expected


def test_it_says_itself_until_when_it_may_go() -> None:
    until = text_of().valid_until
    assert until is not None
    assert at("2026-12-03T19:00") <= until < at("2026-12-03T19:01")


def test_a_text_goes_to_the_number_of_now() -> None:
    moved = person("f-nan", "2026-12-03T18:01", "family", email=None, mobile="+447700900777")
    found = verdict(text_of(), "2026-12-03T18:02", ASKED, moved)
    assert isinstance(found, Send)
    assert found.address == "+447700900777"


@pytest.mark.parametrize(
    ("flipped", "expected"),
    [
        ([], "f-nan"),
        ([fact("2026-12-03T18:02", "contact.decided", "f-nan", decision="never", decided_by="w-tm")], "never_contact"),
        ([fact("2026-12-03T18:02", "person.excluded", person="f-nan", on="2026-12-03")], "excluded"),
    ],
)
def test_the_answer_to_stop_goes_to_nobody_who_may_not_be_texted(flipped: list[Raw], expected: str) -> None:
    answer = text_of(STOP, purpose="reply")
    assert said(verdict(answer, "2026-12-03T18:03", ASKED, STOP, flipped)) == expected


# -------------------------------------------------------------------------------------------------------------- workers


def last_day_of_action() -> Message:
    return run(START, ACTION, until="2026-12-10").messages(to="p-youth", purpose="reminder")[0]


@pytest.mark.parametrize(
    ("when", "flipped", "expected"),
    [
        ("2026-12-10T08:31", [], "p-youth"),
        ("2026-12-10T18:01", [], "not now"),
        ("2026-12-11T09:00", [], "outdated"),
        ("2026-12-10T08:32", [fact("2026-12-10T08:31", "action.completed", ref="a1", on="2026-12-10")], "outdated"),
        ("2026-12-10T08:32", [fact("2026-12-10T08:31", "plan.ended", on="2026-12-10", reason="x")], "outdated"),
        ("2026-12-10T08:32", [fact("2026-12-10T08:31", "event.withdrawn", event="a1", reason="x")], "outdated"),
        ("2026-12-10T08:32", [fact("2026-12-10T08:31", "role.ended", role="agency", person="p-youth")], "w-sw"),
        ("2026-12-10T08:32",
         [fact("2026-12-10T08:31", "absence.recorded", "p-youth", from_="2026-12-10", until="2026-12-10",
               cover="w-cover")], "w-cover"),
    ],
)  # fmt: skip
def test_a_reminder_when_the_facts_have_moved(when: str, flipped: list[Raw], expected: str) -> None:
    assert said(verdict(last_day_of_action(), when, ACTION, flipped)) == expected


def late_copy() -> list[Raw]:
    return [agreed("2026-12-01", review_on="2027-03-01", parties=["f-mum"])]


@pytest.mark.parametrize(("person_", "expected"), [("w-sw2", "w-sw2"), ("w-sw", "w-sw")])
def test_after_a_handover_the_successor_is_told_in_place_of_the_old_worker(person_: str, expected: str) -> None:
    (late,) = run(START, late_copy(), until="2026-12-09").messages(to="w-sw", purpose="overdue")
    over = fact("2026-12-09T09:01", "role.assigned", role="social_worker", person=person_)
    assert said(verdict(late, "2026-12-09T09:02", late_copy(), over)) == expected


def line() -> DigestLine:
    """A line for the social worker's digest of 3 December."""
    known = [one for one in parsed(START, late_copy()) if one.subject == "P-1"]
    people = Directory.of([one for one in parsed(START) if about_people(one)])
    # A first look learns of the duty; the second comes with its reminder.
    first = look(book(), known, people, Ledger(), at("2026-11-30T12:00"))
    start = look(book(), known, people, first.ledger, at("2026-12-01T12:00"))
    return look(book(), known, people, start.ledger, at("2026-12-04T08:30")).lines[0]


@pytest.mark.parametrize(
    ("flipped", "expected"),
    [
        ([], "w-sw"),
        ([fact("2026-12-04T08:31", "role.assigned", role="social_worker", person="w-sw2")], "outdated"),
        ([fact("2026-12-04T08:31", "plan.shared", with_="f-mum", how="by hand", on="2026-12-04")], "outdated"),
        ([fact("2026-12-04T08:31", "plan.withheld", from_="f-mum", reason="x", on="2026-12-04")], "outdated"),
        ([fact("2026-12-04T08:31", "plan.ended", reason="x", on="2026-12-04")], "outdated"),
        ([fact("2026-12-04T08:31", "event.withdrawn", event=START_OF_PLAN, reason="x")], "outdated"),
    ],
)
def test_a_line_of_a_digest_when_the_facts_have_moved(flipped: list[Raw], expected: str) -> None:
    assert said(verdict(line(), "2026-12-04T08:32", late_copy(), flipped)) == expected


def test_routine_messages_wait_for_the_morning() -> None:
    found = verdict(last_day_of_action(), "2026-12-10T19:00", ACTION)
    assert isinstance(found, Later)
    assert found.at == at("2026-12-11T08:00")
    assert verdict(line(), "2026-12-10T19:00", late_copy()) == found


ENDED = fact("2026-12-09T10:00", "plan.ended", on="2026-12-09", reason="x", eid="end")
AWAY = fact("2026-12-08", "absence.recorded", "w-sw", from_="2026-12-08", until="2026-12-18")


@pytest.mark.parametrize(
    ("read_by", "flipped", "expected"),
    [
        ("w-sw", [], "w-sw"),
        ("w-tm", [], "w-tm"),
        ("w-sw", [fact("2026-12-10T08:31", "role.assigned", role="social_worker", person="w-sw2")], "w-sw2"),
        ("w-tm", [fact("2026-12-10T08:31", "role.assigned", role="team_manager", person="w-sm")], "w-sm"),
        ("w-tm", [fact("2026-12-10T08:31", "event.withdrawn", event="end", reason="x")], "outdated"),
    ],
)
def test_a_notice_goes_to_who_is_away_and_to_who_reads_it_as_well(
    read_by: str, flipped: list[Raw], expected: str
) -> None:
    (notice,) = [
        one for one in run(START, ENDED, AWAY, until="2026-12-10").messages(to=read_by) if one.template == "plan_ended"
    ]
    assert said(verdict(notice, "2026-12-10T08:32", ENDED, AWAY, flipped)) == expected


# --------------------------------------------------------------------------------------------------------------- alerts


@pytest.mark.parametrize(
    ("flipped", "expected"),
    [
        ([], "w-tm"),
        ([fact("2026-12-05T03:01", "alert.acknowledged", alert="b1", by="w-tm")], "outdated"),
        ([fact("2026-12-05T03:01", "alert.acknowledged", alert="b1", by="w-sw")], "w-tm"),
        ([fact("2026-12-05T03:01", "alert.acknowledged", alert="b1", by="w-head")], "outdated"),
        ([fact("2026-12-05T03:01", "alert.closed", alert="b1", by="w-head", outcome="x")], "outdated"),
        ([fact("2026-12-05T03:01", "plan.ended", on="2026-12-05", reason="x")], "w-tm"),
        ([fact("2026-12-05T03:01", "role.assigned", role="team_manager", person="w-sm")], "w-sm"),
        ([fact("2026-12-05T03:01", "event.withdrawn", event="b1", reason="another plan")], "outdated"),
    ],
)
def test_an_alert_goes_at_any_hour_as_long_as_it_is_wanted(flipped: list[Raw], expected: str) -> None:
    alert = run(START, BREACH, until="2026-12-05").messages(to="w-tm", alert="b1")[0]
    assert said(verdict(alert, "2026-12-05T03:02", BREACH, flipped)) == expected


def test_two_hours_and_more_without_an_answer_are_still_told_to_who_holds_the_role_now() -> None:
    asked = fact("2026-12-01", "check_ins.started", people=["f-nan"], days=["wed", "thu"], at="18:00", eid="c2")
    late = run(START, asked, until="2026-12-03").messages(to="w-sw", purpose="alert")[0]
    gone = fact("2026-12-03T20:00:30", "role.assigned", role="social_worker", person="w-sw2")
    assert said(verdict(late, "2026-12-03T20:01", asked, gone)) == "w-sw2"


def test_a_visit_in_time_takes_the_reminder_back() -> None:
    week = fact("2026-12-01", "visits.agreed", by_role="social_worker", every="1 week", from_week=1, to_week=1)
    begun = fact("2026-12-01", "timeline.started", on="2026-12-07")
    reminder = run(START, begun, week, until="2026-12-11").messages(kind="timeline_visit", purpose="reminder")[0]
    assert said(verdict(reminder, "2026-12-11T08:31", begun, week)) == "w-sw"
    assert said(verdict(reminder, "2026-12-11T11:00", begun, week, visit("2026-12-11T10:00"))) == "outdated"


def test_who_has_left_is_told_nothing_of_a_check_in() -> None:
    asked = fact("2026-12-01", "check_ins.started", people=["f-nan"], days=["wed", "thu"], at="18:00", eid="c2")
    late = run(START, asked, until="2026-12-03").messages(to="w-sw", purpose="alert")[0]
    gone = fact("2026-12-03T20:00:30", "role.ended", role="social_worker", person="w-sw")
    assert said(verdict(late, "2026-12-03T20:01", asked, gone)) in ("w-tm", "outdated")


def test_a_cover_without_email_is_not_sent_an_email_to_a_telephone() -> None:
    cover = person("w-cover", "2026-12-01", email=None)
    away = fact("2026-12-10T08:31", "absence.recorded", "p-youth", from_="2026-12-10", until="2026-12-10",
                cover="w-cover")  # fmt: skip
    reminder = last_day_of_action()
    found = verdict(reminder, "2026-12-10T08:32", ACTION, cover, away)
    assert isinstance(found, Send | Hold)
    if isinstance(found, Send) and getattr(found, "channel", reminder.channel) == "email":
        assert "@" in found.address
