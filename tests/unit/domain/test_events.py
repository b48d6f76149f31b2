"""Events are refused with the field that is wrong, and never with what stood in it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic.fields import FieldInfo

from service.api.event_examples import smallest
from service.domain.events.cells import from_text
from service.domain.events.event import EventFault, mentions, parse_event, stored_event
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.payloads.base import Payload
from service.domain.events.payloads.people import PersonRecorded

AUTHORITIES = {"dudley", "bradford"}
DAY, MOMENT = "2026-11-30", "2026-11-30T18:40:00+00:00"
MISSING = object()
CHILD = {"ref": "C-9", "initials": "Q.Z."}

# What the contract marks with *, and an example of each. It is never taken out again: old events stay valid for good.
CONTRACT: dict[str, dict[str, object]] = {
    "person.recorded": {"authority": "dudley", "name": "Nym Oakes", "kind": "worker"},
    "contact.decided": {"decision": "allow", "decided_by": "w-1"},
    "role.assigned": {"role": "social_worker", "person": "w-1"},
    "role.ended": {"role": "social_worker", "person": "w-1"},
    "absence.recorded": {"from": DAY, "until": DAY},
    "plan.opened": {"authority": "dudley", "child": CHILD, "route": "court"},
    "flag.raised": {"flag": "forced_marriage"},
    "flag.cleared": {"flag": "honour_based_abuse"},
    "family_contact.approved": {"person": "f-1", "by": "w-1"},
    "person.excluded": {"person": "f-1"},
    "screening.completed": {},
    "hub.consulted": {},
    "assessment.started": {},
    "assessment.completed": {},
    "section47.completed": {},
    "plan.uploaded": {},
    "plan.summarised": {},
    "plan.shared": {"with": "f-1", "how": "by hand"},
    "plan.signed": {"by": "f-1"},
    "plan.declined": {"by": "f-1"},
    "plan.withheld": {"from": "f-1", "reason": "safety"},
    "plan.reviewed": {"by": "w-1"},
    "review_date.set": {"review_on": DAY},
    "end_date.set": {"end_on": DAY},
    "plan.not_followed": {},
    "plan.ended": {"reason": "done"},
    "ending.planned": {"ends_on": DAY},
    "ending.told": {},
    "meeting.scheduled": {"meeting": "review", "ref": "m1"},
    "meeting.cancelled": {"meeting": "review", "ref": "m1"},
    "meeting.held": {"meeting": "initial"},
    "meeting.uploaded": {"ref": "m1"},
    "visits.agreed": {"by_role": "key_professional", "every": "2 weeks"},
    "visit.planned": {"ref": "v1", "by": "w-1", "at": MOMENT},
    "visit.recorded": {"by": "w-1"},
    "visit.shared": {"visit": "e1"},
    "risk.changed": {"direction": "up"},
    "circumstances.changed": {"what": "moved"},
    "incident.recorded": {"kind": "missing"},
    "bottom_line.breached": {"bottom_line": "b", "at": MOMENT},
    "hub.notified": {"alert": "e1", "by": "w-1"},
    "alert.acknowledged": {"alert": "e1", "by": "w-1"},
    "alert.closed": {"alert": "e1", "by": "w-1", "outcome": "safe"},
    "timeline.started": {},
    "action.agreed": {"ref": "a1", "what": "write"},
    "action.completed": {"ref": "a1"},
    "action.explained": {"ref": "a1", "why": "closed"},
    "tool.completed": {"tool": "dash"},
    "network.agreed": {"people": ["f-1"]},
    "network_meetings.agreed": {"every": "1 week"},
    "check_ins.started": {"people": ["f-1"], "days": ["mon"], "at": "18:00"},
    "check_in.replied": {"person": "f-1", "text": "1"},
    "check_ins.stopped": {"by": "w-1"},
    "milestone.reached": {"milestone": "first_family_meal"},
    "milestone.scheduled": {"milestone": "first_family_meal", "ref": "ms-1"},
    "event.withdrawn": {"event": "e1", "reason": "slip"},
}


def required(model: type[Payload]) -> dict[str, FieldInfo]:
    """The required fields, spelt as in the contract."""
    return {info.alias or name: info for name, info in model.model_fields.items() if info.is_required()}


NEWER = EVENT_TYPES.keys() - CONTRACT.keys() - {"plan.agreed"}
REQUIRED = {**CONTRACT, **{name: smallest(EVENT_TYPES[name].model) for name in sorted(NEWER)}}
CASES = [(kind, name) for kind, data in REQUIRED.items() for name in data]


def event(kind: str, data: object, /, **envelope: object) -> dict[str, Any]:
    base = {"specversion": "1.0", "id": "e-1", "source": "/dudley/x", "type": kind, "subject": "P-1", "time": MOMENT}
    return {key: value for key, value in {**base, "data": data, **envelope}.items() if value is not MISSING}


def fault(raw: object) -> EventFault:
    with pytest.raises(EventFault) as caught:
        parse_event(raw, AUTHORITIES)
    return caught.value


def test_every_type_of_the_contract_is_known() -> None:
    assert {*CONTRACT, "plan.agreed"} <= EVENT_TYPES.keys()


@pytest.mark.parametrize("kind", CONTRACT)
def test_a_type_of_the_contract_requires_what_it_always_did(kind: str) -> None:
    # One of `days` and `per_week` is required: neither is by itself.
    marked = {name for name in CONTRACT[kind] if (kind, name) != ("check_ins.started", "days")}
    assert required(EVENT_TYPES[kind].model).keys() == marked


@pytest.mark.parametrize("kind", REQUIRED)
def test_the_required_fields_are_enough(kind: str) -> None:
    assert parse_event(event(kind, REQUIRED[kind]), AUTHORITIES).type == kind


@pytest.mark.parametrize(("kind", "name"), [case for case in CASES if case != ("check_ins.started", "days")])
def test_a_required_field_that_is_missing_is_named(kind: str, name: str) -> None:
    data = {key: value for key, value in REQUIRED[kind].items() if key != name}
    assert fault(event(kind, data)).field == f"data.{name}"


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_field_of_the_wrong_type_is_named_and_its_value_is_not_repeated(kind: str, name: str) -> None:
    wrong = fault(event(kind, {**copy.deepcopy(REQUIRED[kind]), name: {"zx": ["canary-7341"]}}))
    assert wrong.field.startswith(f"data.{name}")
    assert "canary" not in f"{wrong} {wrong.detail} {wrong.field}"
    assert wrong.event_id == "e-1"


@pytest.mark.parametrize("kind", [kind for kind in REQUIRED if kind not in ("person.recorded", "plan.opened")])
def test_unknown_fields_are_kept_and_ignored(kind: str) -> None:
    taken = parse_event(event(kind, {**REQUIRED[kind], "shoe_size": 7}), AUTHORITIES)
    assert taken.raw["data"]["shoe_size"] == 7  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("visit.recorded", "on", "30/11/2026"),
        ("visit.recorded", "on", "2026-02-30"),
        ("visit.recorded", "on", 20261130),
        ("visit.recorded", "on", "2026-11-30T10:00:00+00:00"),
        ("visit.recorded", "child_seen", "yes"),
        ("visit.recorded", "child_seen", 1),
        ("visit.recorded", "by", 7),
        ("bottom_line.breached", "at", "2026-10-11T12:13:14"),
        ("bottom_line.breached", "at", "2026-10-11"),
        ("meeting.held", "meeting", "tea_party"),
        ("meeting.held", "review_every", "fortnightly"),
        ("meeting.held", "review_every", 6),
        ("meeting.held", "review_chair", "caretaker"),
        ("plan.opened", "route", "scenic"),
        ("plan.opened", "service", "fire"),
        ("plan.opened", "risk", "extreme"),
        ("plan.opened", "concerns", "exploitation"),
        ("person.recorded", "kind", "robot"),
        ("person.recorded", "email", "no address at all"),
        ("person.recorded", "email", "a@example.org, b@example.org"),
        ("person.recorded", "mobile", "12"),
        ("person.recorded", "prefers", "pigeon"),
        ("contact.decided", "decision", "maybe"),
        ("contact.decided", "window", {"days": ["mon"], "from": "6pm", "until": "19:00"}),
        ("contact.decided", "window", {"days": ["monday"], "from": "17:00", "until": "19:00"}),
        ("risk.changed", "scale", 11),
        ("risk.changed", "direction", "sideways"),
        ("flag.raised", "flag", "red"),
        ("incident.recorded", "kind", "noise"),
        ("check_ins.started", "at", "25:00"),
        ("check_ins.started", "days", ["mon", "funday"]),
        ("tool.completed", "tool", "hammer"),
        ("role.assigned", "role", "mayor"),
        ("visit.recorded", "on", "0026-11-30"),
        ("visit.recorded", "at", "9999-12-31T23:59:59-12:00"),
        ("visit.recorded", "at", "Sam Smith of 12 High Street"),
        ("visit.recorded", "by", "w-1\r\nBcc: x@example.org"),
        ("plan.opened", "child", {"ref": "C", "initials": "A\nB"}),
        ("visits.agreed", "to_week", 521),
        ("plan.opened", "child", {"ref": "C", "initials": "Mia Oakes"}),
        ("plan.opened", "child", {"ref": "C", "initials": "mo"}),
        ("plan.opened", "child", {"ref": "C", "initials": "ABCDE"}),
        ("plan.opened", "child", {"ref": "C", "initials": "M1"}),
        ("person.recorded", "email", "nym@example.org\u200b"),
        ("person.recorded", "mobile", "07700 90060"),
        ("contact.decided", "window", {"days": ["mon"], "from": "19:00", "until": "17:00"}),
    ],
)
def test_values_outside_the_contract_are_refused_by_field(kind: str, name: str, value: object) -> None:
    wrong = fault(event(kind, {**REQUIRED[kind], name: value}))
    assert wrong.field.split(".")[:2] == ["data", name]
    # Of a moment the figures are repeated, with the offset that it lacks.
    assert len(str(value)) < 6 or name == "at" or str(value) not in wrong.detail


@pytest.mark.parametrize(
    ("envelope", "field"),
    [
        ({"specversion": MISSING}, "specversion"),
        ({"specversion": "0.3"}, "specversion"),
        ({"id": MISSING}, "id"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"source": MISSING}, "source"),
        ({"type": MISSING}, "type"),
        ({"type": "visit.made"}, "type"),
        ({"time": MISSING}, "time"),
        ({"time": "2026-11-30T18:40:00"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": 1790000000}, "time"),
        ({"time": "1970-01-01T00:00:00+00:00"}, "time"),
        ({"time": "9999-12-31T23:59:59-12:00"}, "time"),
        ({"id": "e\n1"}, "id"),
        ({"id": "e" * 201}, "id"),
        ({"subject": "P-1\r\nBcc: x@example.org"}, "subject"),
        ({"subject": MISSING}, "subject"),
        ({"subject": 12}, "subject"),
        ({"data": MISSING}, "data.by"),
        ({"data": []}, "data"),
        ({"data": "by w-1"}, "data"),
    ],
)
def test_a_fault_in_the_envelope_is_named(envelope: dict[str, object], field: str) -> None:
    assert fault(event("visit.recorded", {"by": "w-1"}, **envelope)).field == field


def test_an_id_that_is_too_long_is_not_repeated_in_full() -> None:
    assert len(fault(event("visit.recorded", {"by": "w-1"}, id="e" * 100_000)).event_id or "") == 200


@pytest.mark.parametrize("raw", [None, [], "event", 7])
def test_what_is_no_object_is_no_event(raw: object) -> None:
    assert fault(raw).event_id is None


@pytest.mark.parametrize("kind", ["person.recorded", "plan.opened"])
def test_an_unknown_authority_is_refused(kind: str) -> None:
    assert fault(event(kind, {**REQUIRED[kind], "authority": "atlantis"})).field == "data.authority"


@pytest.mark.parametrize("kind", ["role.assigned", "role.ended"])
def test_a_role_without_a_plan_needs_an_authority(kind: str) -> None:
    assert fault(event(kind, REQUIRED[kind], subject=MISSING)).field == "data.authority"
    known = {**REQUIRED[kind], "authority": "dudley"}
    assert parse_event(event(kind, known, subject=MISSING), AUTHORITIES).subject is None


@pytest.mark.parametrize("missing", ["ref", "initials"])
def test_a_field_within_the_child_is_named_in_full(missing: str) -> None:
    child = {key: value for key, value in CHILD.items() if key != missing}
    assert fault(event("plan.opened", {**REQUIRED["plan.opened"], "child": child})).field == f"data.child.{missing}"


def test_moments_are_kept_in_one_zone_and_the_time_keeps_its_instant() -> None:
    summer = parse_event(event("visit.recorded", {"by": "w-1"}, time="2026-10-05T16:20:00+01:00"), AUTHORITIES)
    assert summer.time.isoformat() == "2026-10-05T15:20:00+00:00"


def test_a_known_type_is_offered_for_a_slip() -> None:
    assert "visit.recorded" in fault(event("visit.recoreded", {"by": "w-1"})).detail


def test_a_spreadsheets_cells_get_the_types_that_the_event_wants() -> None:
    cells = {
        "authority": "dudley",
        "child.ref": "C-9",
        "child.initials": "Q.Z.",
        "concerns": "gangs; missing",
        "risk": "",
    }
    assert from_text("plan.opened", cells) == {"authority": "dudley", "child": CHILD, "concerns": ["gangs", "missing"]}
    assert from_text("visit.recorded", {"by": "w-1", "child_seen": "false"}) == {"by": "w-1", "child_seen": False}
    assert from_text("check_ins.started", {"per_week": "3"}) == {"per_week": 3}


def test_an_agreed_plan_has_a_day_or_a_moment() -> None:
    assert fault(event("plan.agreed", {"version": 1})).field in ("data", "data.on", "data.at")
    for when in ({"on": DAY}, {"at": MOMENT}):
        assert parse_event(event("plan.agreed", when), AUTHORITIES).type == "plan.agreed"


def test_check_ins_have_days_or_a_number_a_week() -> None:
    without = {"people": ["f-1"], "at": "18:00"}
    assert fault(event("check_ins.started", without)).field in ("data", "data.days", "data.per_week")
    assert parse_event(event("check_ins.started", {**without, "per_week": 3}), AUTHORITIES).type == "check_ins.started"


@pytest.mark.parametrize("initials", ["J", "JH", "J.H.", "J. H.", "J H", "J.H.P.Q.", "ÉÅ"])
def test_initials_are_one_to_four_capitals(initials: str) -> None:
    data = {**REQUIRED["plan.opened"], "child": {"ref": "C-9", "initials": initials}}
    assert parse_event(event("plan.opened", data), AUTHORITIES).type == "plan.opened"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("absence.recorded", {"from": "2026-10-20", "until": "2026-10-10"}),
        ("visits.agreed", {"from_week": 4, "to_week": 3}),
        ("action.agreed", {"from_week": 4, "to_week": 3}),
        ("action.agreed", {"start_by": "2026-10-20", "due_on": "2026-10-10"}),
    ],
)
def test_a_range_the_wrong_way_round_is_refused_and_one_day_is_a_range(kind: str, data: dict[str, object]) -> None:
    assert "before" in fault(event(kind, {**REQUIRED[kind], **data})).detail
    one = dict.fromkeys(data, next(iter(data.values())))
    assert parse_event(event(kind, {**REQUIRED[kind], **one}), AUTHORITIES).type == kind


def test_null_is_absent_and_blanks_at_the_ends_mean_nothing() -> None:
    data = {"by": " w-1\u00a0", "child_seen": None, "on": None}
    taken = parse_event(event("visit.recorded", data, id="e-1 ", subject="\tP-1"), AUTHORITIES)
    assert (taken.id, taken.subject, set(mentions(taken))) == ("e-1", "P-1", {"w-1"})
    assert taken.raw["id"] == "e-1"
    assert fault(event("visit.recorded", {"by": None})).field == "data.by"
    assert parse_event(event("hub.consulted", None), AUTHORITIES).type == "hub.consulted"


def test_what_was_taken_under_looser_rules_is_read_as_it_was() -> None:
    child = {"ref": "C", "initials": "Mia Oakes"}
    opened = stored_event(event("plan.opened", {**REQUIRED["plan.opened"], "child": child}), AUTHORITIES)
    assert opened.type == "plan.opened"
    person = {**REQUIRED["person.recorded"], "email": "a@b", "mobile": "+44(0)7700 900601"}
    stored = stored_event(event("person.recorded", person, id="e-1 "), AUTHORITIES)
    assert isinstance(stored.data, PersonRecorded)
    assert (stored.id, stored.data.mobile, stored.data.email) == ("e-1 ", "+447700900601", "a@b")
    absence = event("absence.recorded", {"from": "2026-10-20", "until": "2026-10-10"})
    assert stored_event(absence, AUTHORITIES).type == "absence.recorded"
