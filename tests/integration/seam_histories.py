"""Histories of what comes late, twice, too early or from elsewhere: what admission has to decide, in few events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.unit.domain.builders import Raw, authority_role, cast, fact, flat, of_one_council, person, plan_opened, visit
from tests.unit.domain.elsewhere import EVERY_DAY, family, opened, workers


def _crossed(when: str, eid: str = "b1", plan: str = "P-1") -> Raw:
    return fact(when, "bottom_line.breached", plan, eid=eid, bottom_line="no contact", at=f"{when}:00+00:00")


def _late_introductions() -> list[Raw]:
    """A visit and a worker before their plan, a role before its person; and what nobody ever introduces."""
    return flat(
        cast(),
        fact("2026-11-02T09:00", "visit.recorded", "P-1", by="w-sw", on="2026-11-02"),
        fact("2026-11-02T09:30", "event.withdrawn", "P-1", event="slip", reason="by mistake"),
        fact("2026-11-02T10:00", "visit.recorded", "P-9", by="w-sw"),
        fact("2026-11-02T10:00", "absence.recorded", "w-nobody", from_="2026-11-03", until="2026-11-04"),
        plan_opened("2026-11-03", roles={"w-late": "social_worker", "w-kp": "key_professional"}),
        fact("2026-11-04", "visit.recorded", "P-1", eid="slip", by="w-late", on="2026-11-04"),
        authority_role("w-later", "service_manager", "2026-11-05"),
        person("w-late", "2026-11-06"),
        person("w-later", "2026-11-09"),
    )


def _an_absence_told_late() -> list[Raw]:
    """A visit turns out to have been the cover's, and to count: the next morning brings the next visit's reminder."""
    away = fact("2026-11-23T12:00", "absence.recorded", "w-sw", cover="w-cover", from_="2026-11-03", until="2026-11-03")
    return flat(cast(), plan_opened(), visit("2026-11-03", by="w-cover"), away)


def _a_role_withdrawn() -> list[Raw]:
    """The same, because the authority's social worker was relieved by mistake, and that is withdrawn."""
    relief = authority_role("w-other", "social_worker", "2026-11-02T08:00") | {"id": "wrong"}
    return flat(
        cast(),
        authority_role("w-sw", "social_worker"),
        relief,
        plan_opened(roles={"w-kp": "key_professional"}),
        visit("2026-11-03", by="w-sw"),
        fact("2026-11-23T12:00", "event.withdrawn", None, event="wrong", reason="by mistake"),
    )


def _a_role_withdrawn_before_it_comes() -> list[Raw]:
    """The withdrawal of a role of the whole authority arrives before the role."""
    return flat(
        cast(),
        plan_opened(),
        fact("2026-11-02T20:00", "event.withdrawn", None, event="wrong", reason="by mistake"),
        authority_role("w-other", "team_manager", "2026-11-03T08:00") | {"id": "wrong"},
        _crossed("2026-11-03T10:00"),
        fact("2026-11-03T10:40", "alert.closed", alert="b1", by="w-head", outcome="safe"),
    )


def _twice_and_otherwise() -> list[Raw]:
    """An event comes again, and again with other content; a plan is opened again under another authority's name."""
    seen = visit("2026-11-05") | {"id": "v1"}
    child = {"ref": "C-other", "initials": "B.B."}
    again = fact(
        "2026-11-06", "plan.opened", "P-1", authority="bradford", child=child, route="child_in_need", on="2026-11-06"
    ) | {"source": "/dudley/cases"}
    changed = {**visit("2026-11-10", by="w-kp"), "id": "v1"}
    return flat(
        cast(), plan_opened(), seen, seen, changed, again, _crossed("2026-11-11T23:40"), _ended("2026-11-12T00:20")
    )


def _ended(day: str) -> Raw:
    return fact(day, "alert.closed", alert="b1", by="w-head", outcome="safe")


def _an_opening_withdrawn() -> list[Raw]:
    """A plan was opened by mistake; another of the same people goes on, and both stand in one digest until then."""
    return flat(
        cast(),
        plan_opened("2026-11-02"),
        plan_opened("2026-11-02", plan="P-2"),
        fact("2026-11-04", "assessment.completed", "P-2"),
        fact("2026-11-25", "event.withdrawn", "P-1", event="open-P-1", reason="by mistake"),
    )


def _people_change() -> list[Raw]:
    """A worker goes on leave, the cover changes, a number changes, a manager is never to be contacted."""
    return flat(
        cast(),
        plan_opened("2026-11-02"),
        fact(
            "2026-11-20", "absence.recorded", "w-sw", cover="w-cover", **{"from": "2026-11-21", "until": "2026-12-10"}
        ),
        fact(
            "2026-11-27", "absence.recorded", "w-sw", cover="w-cover2", **{"from": "2026-11-28", "until": "2026-12-10"}
        ),
        _crossed("2026-11-27T19:00"),
        fact("2026-11-27T19:10", "contact.decided", "w-tm", decision="never", decided_by="w-head"),
        person("w-hsm", "2026-11-27T19:20", email="other@example.org"),
        fact("2026-11-27T20:15", "alert.acknowledged", alert="b1", by="w-oncall"),
        fact("2026-12-01", "role.ended", None, authority="dudley", role="team_manager", person="w-tm"),
    )


def _texts() -> list[Raw]:
    """One phone in two families on two plans: asked, answered, not answered, stopped, and the stop withdrawn."""
    council = "south_gloucestershire"
    second = [{**event, "subject": "P-2", "id": f"{event['id']}-2"} for event in opened(council)]
    asked = {"people": ["f-nan"], "days": EVERY_DAY, "at": "10:00"}
    number = "+447700900100"
    return flat(
        workers(council),
        family("f-nan", mobile=number),
        family("f-aunt", mobile=number),
        opened(council),
        second,
        fact("2026-11-30", "check_ins.started", "P-1", eid="c1", **asked),
        fact("2026-11-30", "check_ins.started", "P-2", eid="c2", **{**asked, "people": ["f-aunt"], "at": "11:00"}),
        fact("2026-12-01T10:20", "check_in.replied", "P-1", person="f-nan", text="1"),
        fact("2026-12-02T10:20", "check_in.replied", "P-1", person="f-nan", text="2"),
        fact("2026-12-04T11:20", "check_in.replied", "P-2", person="f-aunt", text="STOP", eid="stop"),
        fact("2026-12-07T09:00", "event.withdrawn", "P-2", event="stop", reason="by mistake"),
    )


def _a_record_withdrawn(also: Sequence[str]) -> list[Raw]:
    """Somebody sent a STOP, and their record was a mistake, as may be all else that was said of them."""
    council, asked = "south_gloucestershire", {"people": ["f-nan"], "days": EVERY_DAY, "at": "18:00"}
    known = [{**event, "id": f"nan-{number}"} for number, event in enumerate(family("f-nan"))]
    replies = [
        fact(f"2026-12-0{day}T10:20", "check_in.replied", eid=f"r{day}", person="f-nan", text=text)
        for day, text in ((1, "STOP"), (3, "2"), (7, "2"))
    ]
    again = {**family("f-nan", mobile="+447700900444")[0], "id": "again", "time": "2026-12-04T10:00:00+00:00"}
    return flat(
        workers(council),
        known,
        opened(council),
        fact("2026-11-30", "check_ins.started", "P-1", eid="c1", **asked),
        replies,
        [fact("2026-12-02T10:00", "event.withdrawn", "f-nan", event=name, reason="by mistake") for name in also],
        again,
    )


def _gathered() -> list[Raw]:
    """Two plans overdue and listed; one is taken over, the authority's manager changes, people are away uncovered."""
    away = {"from": "2026-12-14", "until": "2026-12-18"}
    return flat(
        cast(),
        plan_opened("2026-11-02"),
        plan_opened("2026-11-04", plan="P-2"),
        fact("2026-11-05", "action.agreed", "P-1", ref="a1", what="x", who="w-sm", due_on="2026-11-27"),
        _crossed("2026-11-30T10:00"),
        fact("2026-11-30T10:20", "alert.closed", alert="b1", by="w-head", outcome="safe"),
        fact("2026-12-01T12:00", "role.ended", "P-1", role="social_worker", person="w-sw"),
        fact("2026-12-03T12:00", "role.assigned", "P-1", role="social_worker", person="w-sw2"),
        authority_role("w-other", "team_manager", "2026-12-04T16:00"),
        {**visit("2026-12-08", by="w-sw2"), "id": "v1"},
        fact("2026-12-10T14:13", "event.withdrawn", "P-1", event="v1", reason="by mistake"),
        fact("2026-12-11T12:00", "absence.recorded", "w-sw", **away),
        fact("2026-12-11T12:00", "absence.recorded", "w-other", **away),
    )


def _strays() -> list[Raw]:
    """Events that wait and would protect, or are about people and hold a slip; some mended in time, some by morning."""
    ours = {"source": "/dudley/cases"}
    history = flat(
        fact("2026-11-04T18:30", "contact.decided", "F-DAD", eid="never", decision="never", decided_by="w-tm"),
        fact("2026-11-04T18:35", "person.excluded", "P-9", eid="unknown-plan", person="f-dad"),
        fact("2026-11-04T18:40", "role.assigned", "P-1", eid="marked", role="parent", person="F-9", victim=True),
        fact("2026-11-04T18:45", "contact.decided", "F-MUM", eid="in-time", decision="never", decided_by="w-tm"),
        fact("2026-11-04T18:50", "role.assigned", "P-1", eid="who-is-that", role="iro", person="w-slip"),
        fact("2026-11-04T18:52", "role.ended", "P-1", eid="who-was-that", role="iro", person="w-slip-too"),
        fact("2026-11-04T18:54", "role.assigned", eid="for-all", role="iro", person="w-slip", authority="dudley"),
        fact("2026-11-04T18:56", "role.assigned", "P-1", eid="comes-soon", role="duty_iro", person="F-MUM"),
        person("F-MUM", "2026-11-04T19:40", kind="family", email=None),
        person("w-new", "2026-11-04T20:00", mobile="020 7946 0123"),
        fact("2026-11-04T20:05", "absence.recorded", "w-sw2", eid="cover", from_="2026-11-09", until="2026-11-10",
             cover="w-late"),
        fact("2026-11-04T20:10", "contact.decided", "f-dad", eid="who", decision="allow", decided_by="w-nobody"),
        fact("2026-11-05T07:00", "event.withdrawn", "F-DAD", event="never", reason="by mistake"),
        person("w-late", "2026-11-05T07:30"),
    )  # fmt: skip
    known = person("f-dad", kind="family", email=None)
    return flat(cast(), known, plan_opened("2026-11-02"), [event | ours for event in history])


def _slips() -> list[Raw]:
    """Events without effect on two plans: told at once, in one email of the morning, or mended before it."""
    other_child = {"ref": "C-other", "initials": "B.B."}
    return flat(
        cast(),
        plan_opened("2026-11-02"),
        plan_opened("2026-11-02", plan="P-2"),
        fact("2026-11-04T18:30", "person.excluded", "P-1", eid="nobody", person="F-9"),
        fact("2026-11-04T18:30", "action.completed", "P-2", eid="early", ref="act-1", on="2026-11-04"),
        fact("2026-11-04T18:40", "role.assigned", "P-1", eid="nearly", role="parent", person="w-other", isVictim=True),
        fact("2026-11-04T19:00", "action.agreed", "P-2", ref="act-1", what="ring", who="w-sw", due_on="2126-11-20"),
        fact("2026-11-04T21:00", "visit.recorded", "P-2", eid="mended", by="w-9", on="2026-11-04"),
        fact("2026-11-05T07:00", "event.withdrawn", "P-2", event="mended", reason="by mistake"),
        fact("2026-11-06T20:00", "plan.opened", "P-1", eid="second", authority="dudley", child=other_child,
             route="court", on="2026-11-06"),
    )  # fmt: skip


def _a_slip_made_again() -> list[Raw]:
    """Two slips are mended before their morning, and stand again after it: where an email has gone, and where none has.

    A third one's email goes at the first of the two mornings.
    """
    wrong = {"reason": "by mistake"}
    return flat(
        cast(),
        plan_opened("2026-11-02"),
        plan_opened("2026-11-02", plan="P-2"),
        visit("2026-11-04T10:00", by="w-9", eid="v1"),
        fact("2026-11-04T12:00", "event.withdrawn", "P-1", eid="no", event="v1", **wrong),
        fact("2026-11-04T14:00", "visit.recorded", "P-2", eid="v2", by="w-9", on="2026-11-04"),
        fact("2026-11-05T07:59", "event.withdrawn", "P-1", event="no", **wrong),
        fact("2026-11-09T10:00", "visit.recorded", "P-2", eid="v3", by="w-9", on="2026-11-09"),
        fact("2026-11-09T12:00", "event.withdrawn", "P-2", eid="nor", event="v3", **wrong),
        fact("2026-11-10T08:31", "event.withdrawn", "P-2", event="nor", **wrong),
    )


def _an_end_read_along() -> list[Raw]:
    """A plan ends while its worker is away uncovered: the team manager reads of it, too, and the cover from then on."""
    away = {"from": "2026-11-09", "until": "2026-11-20"}
    return flat(
        cast(),
        plan_opened("2026-11-02"),
        plan_opened("2026-11-02", plan="P-2"),
        fact("2026-11-06", "absence.recorded", "w-sw", **away),
        fact("2026-11-10", "plan.ended", "P-1", reason="x", on="2026-11-10"),
        fact("2026-11-11T15:00", "absence.recorded", "w-sw", cover="w-cover", **away),
        fact("2026-11-12", "plan.ended", "P-2", reason="x", on="2026-11-12"),
    )


def _opened_again() -> list[Raw]:
    """A plan ends, is opened again late, opened once more while it runs, and who held its role before visits still."""
    again, *_ = plan_opened("2026-11-20", on="2026-11-16", roles={})
    twice, *_ = plan_opened("2026-11-24", roles={}, route="child_protection")
    return flat(
        cast(),
        plan_opened(),
        fact("2026-11-09", "plan.ended", reason="x", on="2026-11-09"),
        again | {"id": "again"},
        twice | {"id": "twice"},
        fact("2026-11-25", "assessment.completed", on="2026-11-25"),
        fact("2026-11-26", "role.assigned", "P-1", role="social_worker", person="w-sw2"),
        visit("2026-11-27", by="w-sw"),
    )


def _who_serves_elsewhere() -> list[Raw]:
    """Actions of who handed the plan over: one serves on another plan until it ends, the other has left at once."""
    action = {"what": "ring", "due_on": "2026-11-18", "on": "2026-11-10"}
    return flat(
        cast(),
        plan_opened(),
        plan_opened(plan="P-2", roles={"w-sw": "social_worker"}),
        fact("2026-11-05", "role.assigned", "P-1", role="social_worker", person="w-sw2"),
        fact("2026-11-05", "role.assigned", "P-1", role="key_professional", person="w-other"),
        fact("2026-11-10", "action.agreed", "P-1", ref="act-1", who="w-sw", **action),
        fact("2026-11-10", "action.agreed", "P-1", ref="act-2", who="w-kp", **action),
        fact("2026-11-17", "plan.ended", "P-2", reason="x", on="2026-11-17"),
    )


def _who_serves_elsewhere_still() -> list[Raw]:
    """Whom an action named that ended with its plan serves on another; the plan is opened again, and their role."""
    return _who_serves_again(plan_opened(plan="P-2"))


def _who_serves_again(*elsewhere: list[Raw]) -> list[Raw]:
    """Whom an action named that ended with its plan holds a role there once more, and on no other plan but these."""
    again, *_ = plan_opened("2026-11-12", on="2026-11-12", roles={})
    action = {"what": "ring", "due_on": "2026-11-18", "on": "2026-11-05"}
    return flat(
        cast(),
        plan_opened(),
        *elsewhere,
        fact("2026-11-05", "action.agreed", "P-1", ref="act-1", who="w-kp", **action),
        fact("2026-11-10", "plan.ended", "P-1", reason="x", on="2026-11-10"),
        again | {"id": "again"},
    )


def _who_is_barred() -> list[Raw]:
    """Copies and signatures under a flag, for who poses a risk, and for who is excluded and got one all the same."""
    agreed = {"version": 1, "review_on": "2027-03-01", "end_on": "2027-03-26", "on": "2026-12-01"}
    return flat(
        workers("darlington"),
        opened("darlington"),
        [family(who) for who in ("f-mum", "f-dad", "f-ex")],
        fact("2026-11-30", "role.assigned", "P-1", role="parent", person="f-ex", poses_risk=True),
        fact("2026-12-01", "plan.agreed", "P-1", parties=["f-mum", "f-dad", "f-ex"], **agreed),
        fact("2026-12-02", "flag.raised", "P-1", flag="coercive_control", on="2026-12-02"),
        fact("2026-12-03", "person.excluded", "P-1", person="f-dad", on="2026-12-03"),
        fact("2026-12-03T15:00", "plan.shared", "P-1", with_="f-dad", how="by post", on="2026-12-03"),
        fact("2026-12-07", "family_contact.approved", "P-1", person="f-mum", by="w-tm", on="2026-12-07"),
    )


def _a_network_lost() -> list[Raw]:
    """Somebody of a network that was big enough is never to be contacted any more."""
    people = ["f-nan", "f-aunt"]
    return flat(
        workers("south_gloucestershire"),
        opened("south_gloucestershire"),
        [family(who) for who in people],
        fact("2026-12-01", "network.agreed", "P-1", people=people, at_least=2, on="2026-12-01"),
        fact("2026-12-09", "contact.decided", "f-aunt", decision="never", decided_by="w-sw"),
    )


def _two_councils() -> list[Raw]:
    """Two councils use the same ids and numbers, of events too; one of them has a breach, a STOP and an exclusion."""
    return [*(event for council in ("dudley", "bradford") for event in _one_of_two(council)), *_rows_for_both()]


def _rows_for_both() -> list[Raw]:
    """Rows of a spreadsheet that name the council; one that names none, and one that contradicts its source."""
    visits = [
        fact("2026-12-01T14:00", "visit.recorded", "P-1", eid=f"row-{name}", by="w-sw", **names)
        for name, names in (("d", {"authority": "dudley"}), ("b", {"authority": "bradford"}), ("nobody", {}))
    ]
    mixed = fact("2026-12-01T14:30", "visit.recorded", "P-1", eid="row-mixed", by="w-sw", authority="dudley")
    return [*(row | {"source": "/spreadsheets/december"} for row in visits), mixed | {"source": "/bradford/cases"}]


def _one_of_two(council: str) -> list[Raw]:
    asked = {"people": ["f-nan"], "days": EVERY_DAY, "at": "10:00"}
    both = flat(
        workers(council),
        family("f-nan"),
        opened(council),
        fact("2026-11-30", "check_ins.started", "P-1", eid="c1", **asked),
        fact("2026-12-01T10:20", "check_in.replied", "P-1", eid="r1", person="f-nan", text="1"),
        fact("2026-12-01", "visit.recorded", "P-1", eid="v1", by="w-sw"),
    )
    alone = flat(
        _crossed("2026-12-01T11:00"),
        fact("2026-12-01T11:40", "alert.acknowledged", "P-1", alert="b1", by="w-tm"),
        fact("2026-12-01T12:40", "alert.closed", "P-1", alert="b1", by="w-tm", outcome="safe"),
        fact("2026-12-02T10:20", "check_in.replied", "P-1", eid="r2", person="f-nan", text="STOP"),
        fact("2026-12-03T09:00", "person.excluded", "P-1", person="f-nan"),
        fact("2026-12-03T09:00", "event.withdrawn", "P-1", event="v1", reason="by mistake"),
        fact("2026-12-04T09:00", "plan.ended", "P-1", reason="moved away", on="2026-12-04"),
    )
    return _sent_by(council, [*both, *(alone if council == "bradford" else [])])


def _sent_by(council: str, events: list[Raw]) -> list[Raw]:
    """A council's events as its own system sends them: whoever they speak of is its own."""
    return [event | {"source": f"/{council}/cases"} for event in of_one_council(events)]


def _crossed_before_its_plan() -> list[Raw]:
    """A bottom line of a plan that nobody has introduced: who can find out is alerted, then the plan's own people."""
    history = flat(
        cast(vacant=["configuration_owner"]),
        _crossed("2026-11-02T23:40", plan="P-7"),
        authority_role("w-config", "configuration_owner", "2026-11-02T23:50"),
        _crossed("2026-11-03T00:20", "b2", plan="P-8"),
        _crossed("2026-11-03T00:30", "b3", plan="P-8"),
        fact("2026-11-03T00:35", "alert.acknowledged", "P-7", alert="b1", by="w-oncall"),
        fact("2026-11-03T00:40", "event.withdrawn", "P-8", event="b2", reason="by mistake"),
        plan_opened("2026-11-03T01:30+00:00", plan="P-7"),
        fact("2026-11-03T01:40", "alert.acknowledged", "P-7", alert="b1", by="w-head"),
        fact("2026-11-03T02:05", "alert.closed", "P-8", alert="b3", by="w-head", outcome="another council's"),
    )
    return [{**event, "source": "/dudley/cases"} for event in history]


SEAM: Mapping[str, tuple[list[Raw], str]] = {
    "late introductions": (_sent_by("dudley", _late_introductions()), "2026-11-20"),
    "an absence told late": (_an_absence_told_late(), "2026-11-26"),
    "a role withdrawn": (_a_role_withdrawn(), "2026-11-26"),
    "a role withdrawn before it comes": (_sent_by("dudley", _a_role_withdrawn_before_it_comes()), "2026-11-04"),
    "twice, and otherwise": (_twice_and_otherwise(), "2026-11-20"),
    "gathered from many plans": (_gathered(), "2026-12-22"),
    "an opening withdrawn": (_an_opening_withdrawn(), "2026-12-04"),
    "strays": (_strays(), "2026-11-10"),
    "slips": (_slips(), "2026-11-10"),
    "a slip made again": (_a_slip_made_again(), "2026-11-13"),
    "an end read along": (_an_end_read_along(), "2026-11-16"),
    "opened again": (_opened_again(), "2026-12-18"),
    "who serves elsewhere": (_who_serves_elsewhere(), "2026-11-20"),
    "who serves elsewhere still": (_who_serves_elsewhere_still(), "2026-11-20"),
    "who serves again": (_who_serves_again(), "2026-11-20"),
    "who is barred": (_who_is_barred(), "2026-12-11"),
    "a network lost": (_a_network_lost(), "2026-12-28"),
    "crossed before its plan": (_crossed_before_its_plan(), "2026-11-04"),
    "people change": (_people_change(), "2026-12-07"),
    "texts to one phone": (_sent_by("south_gloucestershire", _texts()), "2026-12-09"),
    "a record withdrawn": (_sent_by("south_gloucestershire", _a_record_withdrawn(["nan-0"])), "2026-12-09"),
    "a record withdrawn, and all else": (
        _sent_by("south_gloucestershire", _a_record_withdrawn(["nan-0", "nan-1"])),
        "2026-12-09",
    ),
    "two councils with the same ids": (_two_councils(), "2026-12-08"),
}
