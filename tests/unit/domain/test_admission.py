"""Admission, without a database: what takes effect, what waits and for what, what is refused, and what is touched."""

from __future__ import annotations

from datetime import UTC, datetime

from service.domain.admission import Duplicate, Intake, Known, Refusal, Rejected, Waiting, announced, take_in
from service.domain.admitted import Wait
from service.domain.events.event import Event
from service.domain.events.slip import plain_slips
from service.domain.own_id import OwnId
from tests.unit.domain.builders import SOURCE, Raw, authority_role, book, fact, flat, parsed, person, plan_opened

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PLAN = OwnId("dudley", "P-1")


def taken(known: Known, *parts: Raw | list[Raw], writer: str | None = None) -> Intake:
    """What happens to events that come in together; what waits is kept under the numbers 1, 2, …

    They are Dudley's, if nothing else is said.
    """
    raws = [raw | {"source": "/dudley/cases"} if raw["source"] == SOURCE else raw for raw in flat(*parts)]
    intake = take_in(parsed(raws), known, writer, NOW)
    for number, one in enumerate((one for one in intake.admitted if one.waits), 1):
        known.keep_waiting(Waiting(number, one.event, one.authority, one.writer, set(one.waits)))
    return intake


def known() -> Known:
    """Nothing is stored yet."""
    return Known(book().authorities)


def names(events: list[Event]) -> list[str]:
    """The types of events."""
    return [event.type for event in events]


def test_an_event_waits_for_all_that_it_needs_and_is_released_by_the_last() -> None:
    before = known()
    role = fact("2026-11-02", "role.assigned", role="social_worker", person="w-new")
    (waiting,) = taken(before, role).admitted
    assert set(waiting.waits) == {Wait("plan", PLAN), Wait("person", OwnId("dudley", "w-new"))}
    half = taken(before, plan_opened(roles={}))
    assert (half.settled, half.released) == (((1, Wait("plan", PLAN)),), ())
    whole = taken(before, person("w-new"))
    assert [(number, one.about, one.authority) for number, one in whole.released] == [(1, "plan", "dudley")]
    assert names([one.event for one in whole.effective]) == ["person.recorded", "role.assigned"]


def test_what_is_released_touches_its_plan_and_names_its_person() -> None:
    before = known()
    taken(before, fact("2026-11-02", "visit.recorded", by="w-sw"))
    touched = taken(before, plan_opened(roles={})).touched
    assert (touched.plans, touched.named) == (frozenset({PLAN}), frozenset({(PLAN, "w-sw")}))


def test_what_another_authority_wrote_waits_for_ever() -> None:
    before = known()
    taken(before, fact("2026-11-02", "plan.ended", reason="x"), writer="bradford")
    opened = taken(before, plan_opened(roles={}))
    assert (opened.settled, opened.released) == ((), ())


def test_a_withdrawal_touches_the_authority_whose_role_it_withdraws() -> None:
    before = known()
    taken(before, person("w-tm"), authority_role("w-tm", "team_manager") | {"id": "wrong"})
    withdrawn = fact("2026-11-03", "event.withdrawn", None, event="wrong", reason="by mistake")
    assert taken(before, withdrawn | {"source": "/elsewhere"}).touched.authorities == {"dudley"}


def test_one_that_comes_before_the_role_belongs_to_the_authority_of_its_source() -> None:
    withdrawn = fact("2026-11-03", "event.withdrawn", None, event="wrong", reason="by mistake")
    assert [one.authority for one in taken(known(), withdrawn).effective] == ["dudley"]
    (refused,) = taken(known(), withdrawn | {"source": "/elsewhere"}).verdicts
    assert isinstance(refused, Rejected)
    assert (refused.field, refused.refusal) == ("source", Refusal.NOBODYS)


def test_one_that_stands_before_the_role_in_a_batch_belongs_to_the_authority_of_the_role() -> None:
    withdrawn = fact("2026-11-03", "event.withdrawn", None, event="wrong", reason="by mistake")
    role = authority_role("w-tm", "team_manager") | {"id": "wrong"}
    (first, *_) = taken(known(), withdrawn | {"source": "/elsewhere"}, role, person("w-tm")).admitted
    assert (first.event.type, first.authority) == ("event.withdrawn", "dudley")


def test_a_stop_touches_whoever_said_it_on_every_plan() -> None:
    before = known()
    taken(before, plan_opened(roles={}))
    said = fact("2026-11-03", "check_in.replied", person="f-nan", text="STOP")
    assert taken(before, said).touched.persons == {OwnId("dudley", "f-nan")}


def test_a_known_event_has_no_effect_and_its_name_with_other_content_is_a_conflict() -> None:
    before = known()
    opened = plan_opened(roles={})
    taken(before, opened)
    again = taken(before, opened, opened[0] | {"time": "2026-11-03T09:00:00+00:00"})
    (duplicate, refused) = again.verdicts
    assert isinstance(duplicate, Duplicate)
    assert isinstance(refused, Rejected)
    assert (refused.refusal, again.effective) == (Refusal.CONFLICT, [])


def of(source: str, raw: Raw) -> Raw:
    """An event as another system sent it."""
    return {**raw, "source": source}


def test_another_authoritys_event_of_the_same_name_is_another_event() -> None:
    before = known()
    taken(before, plan_opened(roles={}))
    theirs = plan_opened(roles={}, authority="bradford")[0]
    (accepted,) = taken(before, theirs, writer="bradford").admitted
    assert accepted.subject == OwnId("bradford", "P-1")
    assert before.introduced == {("plan", PLAN), ("plan", OwnId("bradford", "P-1"))}


def test_over_http_an_event_belongs_to_the_token_whatever_its_source_says() -> None:
    visit = of("/dudley/casework", fact("2026-11-02", "visit.recorded", by="w-sw"))
    (accepted,) = taken(known(), visit, writer="bradford").admitted
    assert (accepted.authority, accepted.subject.authority) == ("bradford", "bradford")
    (refused,) = taken(known(), person("w-sw"), writer="bradford").verdicts
    assert isinstance(refused, Rejected)
    assert (refused.field, refused.refusal) == ("data.authority", Refusal.FORBIDDEN)


def test_in_a_file_the_source_says_whose_an_event_is_and_its_data_only_where_it_does_not() -> None:
    theirs = fact("2026-11-02", "person.recorded", "w-sw", authority="bradford", name="N", kind="worker")
    by_source = taken(known(), of("/dudley/casework", theirs))
    by_data = taken(known(), of("/elsewhere", theirs))
    assert [one.authority for one in (*by_source.admitted, *by_data.admitted)] == ["dudley", "bradford"]
    assert [(one.code, one.authority) for one in by_source.problems(NOW)] == [("authority_differs", "dudley")]
    assert by_data.problems(NOW) == []


def test_the_data_names_the_authority_in_an_event_of_any_type() -> None:
    visit = fact("2026-11-02", "visit.recorded", by="w-sw", authority="bradford")
    (accepted,) = taken(known(), of("/elsewhere", visit)).admitted
    (by_source,) = taken(known(), of("/dudley/casework", visit)).admitted
    (refused,) = taken(known(), visit, writer="dudley").verdicts
    assert (accepted.authority, by_source.authority) == ("bradford", "dudley")
    assert [slip.code for slip in plain_slips(by_source.event)] == ["authority_differs"]
    assert isinstance(refused, Rejected)
    assert (refused.field, refused.refusal) == ("data.authority", Refusal.FORBIDDEN)


def test_an_authority_that_nobody_knows_does_not_cost_an_event_whose_plan_is_known() -> None:
    visit = of("/elsewhere", fact("2026-11-02", "visit.recorded", by="w-sw", authority="atlantis"))
    before = known()
    taken(before, plan_opened(roles={}))
    (accepted,) = taken(before, visit).admitted
    assert accepted.authority == "dudley"
    assert [slip.code for slip in plain_slips(accepted.event)] == ["authority_differs"]


def test_else_it_is_whose_plan_it_names_where_there_is_one_such_plan() -> None:
    visit = of("/elsewhere", fact("2026-11-02", "visit.recorded", by="w-sw"))
    before = known()
    taken(before, plan_opened(roles={}))
    (accepted,) = taken(before, {**visit, "id": "v-1"}).admitted
    taken(before, plan_opened(roles={}, authority="bradford"), writer="bradford")
    (refused,) = taken(before, {**visit, "id": "v-2"}).verdicts
    assert accepted.authority == "dudley"
    assert isinstance(refused, Rejected)
    assert (refused.field, refused.refusal) == ("source", Refusal.NOBODYS)


def test_else_it_is_whose_people_it_names_and_waits_for_their_plan() -> None:
    before = known()
    taken(before, person("w-sw"))
    (accepted,) = taken(before, of("/elsewhere", fact("2026-11-02", "visit.recorded", by="w-sw"))).admitted
    assert (accepted.authority, accepted.waits) == ("dudley", (Wait("plan", PLAN),))


def test_what_a_file_introduces_further_down_counts_for_all_of_it() -> None:
    visit = of("/elsewhere", fact("2026-11-02", "visit.recorded", by="w-sw"))
    opened = [of("/elsewhere", raw) for raw in plan_opened(roles={})]
    (accepted,) = take_in(parsed(visit), announced(parsed(visit, opened), book().authorities), None, NOW).admitted
    assert (accepted.authority, accepted.waits) == ("dudley", (Wait("plan", PLAN),))
