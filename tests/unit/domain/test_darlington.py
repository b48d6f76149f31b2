"""Darlington: the file and the officer's copy, copies and signatures one by one, withholding, and the three dates."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import Raw, Run, at, clock, fact, person, run, visit
from tests.unit.domain.elsewhere import agreed, family, opened, told, workers

START = [*workers("darlington"), *opened("darlington")]
FIRST = agreed("2026-12-04", version=1, review_on="2027-03-01", end_on="2027-03-26", parties=["f-mum", "f-dad"],
               agencies=["p-youth"])  # fmt: skip
KNOWN = [person(who, kind="family") for who in ("f-mum", "f-dad", "p-youth")]
DATES = {"review_on": "2027-03-01", "end_on": "2027-03-26"}


def shared(when: str, who: str, **data: object) -> Raw:
    return fact(f"{when}T12:30", "plan.shared", with_=who, how="by hand", on=when, **data)


def withheld(when: str, who: str = "f-dad", **data: object) -> Raw:
    return fact(when, "plan.withheld", from_=who, reason="safety", on=when[:10], **data)


def by_about(found: Run, kind: str) -> dict[str | None, str]:
    """How each of a kind stands, by whom it is about."""
    return {one.about: one.status.value for one in found.owed(kind)}


# -------------------------------------------------------------------------------------------- the file and the officer


@pytest.mark.parametrize("kind", ["upload_plan", "copy_to_iro"])
@pytest.mark.parametrize(
    ("day", "due"), [("2026-12-04", "2026-12-08"), ("2026-12-23", "2026-12-29"), ("2027-03-25", "2027-03-31")]
)
def test_the_file_and_the_officer_have_two_working_days(kind: str, day: str, due: str) -> None:
    (one,) = run(START, agreed(day, **DATES), until=day).owed(kind)
    assert (one.due_on.isoformat(), one.basis, one.responsible, one.about) == (due, "guidance", "w-sw", None)


@pytest.mark.parametrize(
    ("done", "status"),
    [
        (fact("2026-12-08", "plan.uploaded", on="2026-12-08"), "met"),
        (fact("2026-12-08", "plan.uploaded", on="2026-12-08", version=1), "met"),
        (fact("2026-12-08", "plan.uploaded", on="2026-12-08", version=2), "overdue"),
        (fact("2026-12-09", "plan.uploaded", on="2026-12-09"), "met_late"),
    ],
)
def test_an_upload_meets_the_version_that_it_is_of(done: Raw, status: str) -> None:
    assert run(START, FIRST, done, until="2026-12-09").dues("upload_plan") == [("2026-12-08", status)]


@pytest.mark.parametrize(("who", "status"), [("w-iro", "met"), ("p-youth", "overdue"), ("w-day", "overdue")])
def test_only_a_copy_for_the_officer_is_the_officers(who: str, status: str) -> None:
    assert run(START, FIRST, shared("2026-12-07", who), until="2026-12-09").dues("copy_to_iro") == [
        ("2026-12-08", status)
    ]


def test_the_officer_is_neither_a_party_to_share_with_nor_asked_to_sign() -> None:
    found = run(START, agreed("2026-12-04", parties=["w-iro", "f-mum"], **DATES), until="2026-12-04")
    assert [one.about for one in found.owed("share_plan")] == ["f-mum"]
    assert [one.about for one in found.owed("sign_plan")] == ["f-mum"]
    assert len(found.owed("copy_to_iro")) == 1


def test_a_newer_version_supersedes_all_that_was_open_of_the_older() -> None:
    second = agreed("2026-12-07", version=2, parties=["f-mum"], **DATES)
    late = fact("2026-12-08", "plan.uploaded", on="2026-12-08", version=1)
    found = run(START, FIRST, shared("2026-12-04", "f-mum"), second, late, until="2026-12-08")
    for kind in ("upload_plan", "copy_to_iro"):
        assert found.dues(kind) == [("2026-12-08", "superseded"), ("2026-12-09", "open")]
    assert [(one.about, one.status.value) for one in found.owed("share_plan")] == [
        ("f-dad", "superseded"), ("f-mum", "met"), ("p-youth", "superseded"), ("f-mum", "open"),
    ]  # fmt: skip
    assert sorted((one.about, one.status.value) for one in found.owed("sign_plan")) == [
        ("f-dad", "superseded"), ("f-mum", "open"), ("f-mum", "superseded"),
    ]  # fmt: skip


# ------------------------------------------------------------------------------------------------ copies and signatures


def test_each_copy_is_about_one_party_or_agency() -> None:
    found = run(START, FIRST, shared("2026-12-07", "f-mum"), shared("2026-12-09", "p-youth"), until="2026-12-09")
    assert by_about(found, "share_plan") == {"f-mum": "met", "f-dad": "overdue", "p-youth": "met_late"}
    assert {one.basis for one in found.owed("share_plan")} == {"local_default"}


def test_a_copy_for_a_family_member_is_owed_by_the_social_worker() -> None:
    found = run(START, FIRST, until="2026-12-04")
    owed = [*found.owed("share_plan"), *found.owed("sign_plan")]
    assert {(one.responsible_role, one.responsible) for one in owed} == {("social_worker", "w-sw")}


def test_parties_and_holders_of_parental_responsibility_sign_each_once() -> None:
    holders = [
        fact("2026-11-30", "role.assigned", role="parent", person=who, parental_responsibility=True)
        for who in ("f-mum", "f-ex")
    ]
    known = [family(who) for who in ("f-mum", "f-dad", "f-ex")]
    found = run(START, known, holders, FIRST, until="2026-12-04")
    assert sorted(str(one.about) for one in found.owed("sign_plan")) == ["f-dad", "f-ex", "f-mum"]
    assert {one.due_on.isoformat() for one in found.owed("sign_plan")} == {"2026-12-08"}


@pytest.mark.parametrize("kind", ["plan.signed", "plan.declined"])
@pytest.mark.parametrize(("when", "status"), [("2026-12-08", "met"), ("2026-12-09", "met_late")])
def test_signing_and_declining_both_meet_it(kind: str, when: str, status: str) -> None:
    found = run(START, FIRST, fact(when, kind, by="f-mum", on=when), until="2026-12-09")
    assert by_about(found, "sign_plan") == {"f-mum": status, "f-dad": "overdue"}


# --------------------------------------------------------------------------------------------------------- withholding


def test_withholding_cancels_what_is_open_about_that_person_alone() -> None:
    found = run(START, FIRST, shared("2026-12-04", "f-dad"), withheld("2026-12-07"), until="2026-12-09")
    assert by_about(found, "share_plan") == {"f-dad": "met", "f-mum": "overdue", "p-youth": "overdue"}
    assert by_about(found, "sign_plan") == {"f-dad": "cancelled", "f-mum": "overdue"}


def test_withholding_waits_for_a_managers_approval() -> None:
    found = run(START, FIRST, withheld("2026-12-07"), until="2026-12-07")
    (one,) = found.owed("approve_withholding")
    assert (one.about, one.due_on.isoformat(), one.responsible) == ("f-dad", "2026-12-08", "w-tm")
    assert (one.responsible_role, one.basis) == ("team_manager", "local_default")


@pytest.mark.parametrize(
    ("second", "statuses"),
    [
        (withheld("2026-12-08", approved_by="w-tm"), ["met"]),
        (withheld("2026-12-09", approved_by="w-tm"), ["met_late"]),
        (withheld("2026-12-07T15:00", approved_by="w-tm"), ["met"]),
        (withheld("2026-12-04", approved_by="w-tm"), []),
        (withheld("2026-12-08", "f-mum", approved_by="w-tm"), ["overdue"]),
        (withheld("2026-12-08"), ["overdue"]),
    ],
)
def test_what_approves_it(second: Raw, statuses: list[str]) -> None:
    found = run(START, FIRST, withheld("2026-12-07"), second, until="2026-12-09")
    assert [one.status.value for one in found.owed("approve_withholding")] == statuses


def test_with_an_approval_from_the_start_nothing_is_owed() -> None:
    found = run(START, FIRST, withheld("2026-12-07", approved_by="w-tm"), until="2026-12-09")
    assert found.owed("approve_withholding") == []
    assert by_about(found, "share_plan")["f-dad"] == "cancelled"


def test_withheld_on_the_day_of_the_plan_nothing_is_live_about_that_person() -> None:
    found = run(START, FIRST, withheld("2026-12-04T12:30", approved_by="w-tm"), until="2026-12-09")
    about = [one for one in found.obligations if one.about == "f-dad"]
    assert about
    assert [one for one in about if one.live] == []


# ------------------------------------------------------------------------------------------------------ the three dates


def test_a_plan_with_its_dates_owes_none() -> None:
    found = run(START, FIRST, until="2026-12-04")
    assert (found.owed("set_review_date"), found.owed("set_end_date")) == ([], [])
    assert (found.dues("review"), found.dues("end_plan")) == ([("2027-03-01", "open")], [("2027-03-26", "open")])
    assert {one.basis for kind in ("review", "end_plan") for one in found.owed(kind)} == {"guidance"}


@pytest.mark.parametrize(
    ("kind", "setting", "field", "problem"),
    [
        ("set_review_date", "review_date.set", "review_on", "no_review_date"),
        ("set_end_date", "end_date.set", "end_on", "no_end_date"),
    ],
)
def test_a_date_that_is_missing_is_owed_that_day(kind: str, setting: str, field: str, problem: str) -> None:
    bare = agreed("2026-12-04", version=1)
    found = run(START, bare, until="2026-12-04")
    assert found.dues(kind) == [("2026-12-04", "open")]
    assert [one.plan for one in found.problems(problem)] == ["P-1"]
    later = fact("2026-12-07", setting, on="2026-12-07", **{field: "2027-02-01"})
    assert run(START, bare, later, until="2026-12-07").dues(kind) == [("2026-12-04", "met_late")]
    second = agreed("2026-12-07", version=2, **DATES)
    assert run(START, bare, second, until="2026-12-07").owed(kind)[0].status.value in ("met_late", "superseded")


def test_a_review_that_leaves_no_next_date_asks_for_one() -> None:
    done = fact("2027-02-26", "plan.reviewed", by="w-sw", on="2027-02-26")
    found = run(START, FIRST, done, until="2027-02-26")
    assert found.dues("review") == [("2027-03-01", "met")]
    assert [(one.due_on.isoformat(), one.from_event) for one in found.owed("set_review_date")] == [
        ("2027-02-26", done["id"])
    ]


def test_a_date_set_on_the_day_of_the_review_is_the_next_one() -> None:
    done = visit("2027-02-26T15:00", plan_reviewed=True)
    chosen = fact("2027-02-26T10:00", "review_date.set", review_on="2027-05-04", on="2027-02-26")
    found = run(START, FIRST, done, chosen, until="2027-02-26")
    assert found.dues("review") == [("2027-03-01", "met"), ("2027-05-04", "open")]
    assert [one.status.value for one in found.owed("set_review_date") if one.live] == []


def test_passing_the_end_date_ends_nothing() -> None:
    found = run(START, FIRST, until="2027-03-31")
    assert found.dues("end_plan") == [("2027-03-26", "overdue")]
    assert [one for one in found.obligations if one.status.value == "cancelled"] == []
    assert "2027-03-30 09:00 overdue w-tm" in told(found, "end_plan")


@pytest.mark.parametrize(("day", "status"), [("2027-03-25", "met"), ("2027-03-26", "met"), ("2027-03-30", "met_late")])
def test_the_end_of_the_plan_meets_it_and_cancels_the_rest(day: str, status: str) -> None:
    end = fact(day, "plan.ended", on=day, reason="joined to the child protection plan")
    found = run(START, KNOWN, FIRST, end, until="2027-04-01")
    assert found.dues("end_plan") == [("2027-03-26", status)]
    assert {one.status.value for one in found.obligations if one.kind != "end_plan"} == {"cancelled"}
    assert [one.person for one in found.messages(purpose="notice")] == ["w-sw"]


def test_an_end_date_that_is_moved_supersedes_the_old() -> None:
    moved = fact("2027-03-01", "end_date.set", eid="moved", end_on="2027-04-30", on="2027-03-01")
    found = run(START, FIRST, moved, until="2027-03-01")
    assert found.dues("end_plan") == [("2027-03-26", "superseded"), ("2027-04-30", "open")]
    assert found.owed("end_plan")[-1].from_event == "moved"


def test_a_review_date_moved_later_is_told_to_the_team_manager() -> None:
    moved = fact("2027-02-05T16:00", "review_date.set", review_on="2027-04-01", on="2027-02-05")
    found = run(START, KNOWN, FIRST, moved, until="2027-02-09")
    assert [(clock(one.at), one.person) for one in found.messages(purpose="notice")] == [("2027-02-08 08:30", "w-tm")]


# --------------------------------------------------------------------------------------------------------- not followed


@pytest.mark.parametrize(
    ("review", "status"),
    [
        ({"on": "2026-12-11"}, "met"),
        ({"on": "2026-12-14"}, "met_late"),
        ({"on": "2026-12-11", "after": "n1"}, "met"),
        ({"on": "2026-12-11", "after": "n9"}, "overdue"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_reviewed_within_two_working_days(
    review: dict[str, str], status: str
) -> None:
    broken = fact("2026-12-09", "plan.not_followed", eid="n1", on="2026-12-09", by="f-mum", why="no transport")
    done = fact("2026-12-14T16:00", "plan.reviewed", by="w-sw", **review)
    (one,) = run(START, FIRST, broken, done, until="2026-12-14").owed("review_after_change")
    assert (one.about, one.due_on.isoformat(), one.status.value) == ("n1", "2026-12-11", status)


def test_a_bottom_line_is_told_to_the_social_worker_and_the_team_manager() -> None:
    moment = at("2026-12-26T23:40").isoformat()
    crossed = fact(moment, "bottom_line.breached", eid="b1", bottom_line="bl-1", at=moment)
    found = run(START, FIRST, crossed, until="2026-12-26")
    assert sorted((one.person, one.channel) for one in found.messages(alert="b1")) == [
        ("w-sw", "email"), ("w-sw", "sms"), ("w-tm", "email"), ("w-tm", "sms"),
    ]  # fmt: skip
