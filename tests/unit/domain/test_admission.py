"""Admission, without a database: what takes effect, what waits and for what, what is refused, and what is touched."""

from __future__ import annotations

from datetime import UTC, datetime

from service.domain.admission import Duplicate, Intake, Known, Refusal, Rejected, Wait, Waiting, take_in
from service.domain.events.event import Event
from tests.unit.domain.builders import Raw, authority_role, book, fact, parsed, person, plan_opened

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def taken(known: Known, *parts: Raw | list[Raw], writer: str | None = None) -> Intake:
    """What happens to events that come in together; what waits is kept under the numbers 1, 2, …"""
    intake = take_in(parsed(*parts), known, writer, NOW)
    for number, one in enumerate((one for one in intake.admitted if one.waits), 1):
        known.keep_waiting(Waiting(number, one.event, one.writer, set(one.waits)))
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
    assert set(waiting.waits) == {Wait("plan", "P-1"), Wait("person", "w-new")}
    half = taken(before, plan_opened(roles={}))
    assert (half.settled, half.released) == (((1, Wait("plan", "P-1")),), ())
    whole = taken(before, person("w-new"))
    assert [(number, one.about, one.authority) for number, one in whole.released] == [(1, "plan", "dudley")]
    assert names([one.event for one in whole.effective]) == ["person.recorded", "role.assigned"]


def test_what_is_released_touches_its_plan_and_names_its_person() -> None:
    before = known()
    taken(before, fact("2026-11-02", "visit.recorded", by="w-sw"))
    touched = taken(before, plan_opened(roles={})).touched
    assert (touched.plans, touched.named) == (frozenset({"P-1"}), frozenset({("P-1", "w-sw")}))


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
    assert [one.authority for one in taken(known(), withdrawn | {"source": "/elsewhere"}).effective] == [None]


def test_one_that_stands_before_the_role_in_a_batch_belongs_to_the_authority_of_the_role() -> None:
    withdrawn = fact("2026-11-03", "event.withdrawn", None, event="wrong", reason="by mistake")
    role = authority_role("w-tm", "team_manager") | {"id": "wrong"}
    (first, *_) = taken(known(), withdrawn | {"source": "/elsewhere"}, role, person("w-tm")).admitted
    assert (first.event.type, first.authority) == ("event.withdrawn", "dudley")


def test_a_stop_touches_whoever_said_it_on_every_plan() -> None:
    before = known()
    taken(before, plan_opened(roles={}))
    said = fact("2026-11-03", "check_in.replied", person="f-nan", text="STOP")
    assert taken(before, said).touched.persons == {"f-nan"}


def test_known_events_and_those_of_another_authority_have_no_effect() -> None:
    before = known()
    opened = plan_opened(roles={})
    taken(before, opened)
    moved = plan_opened(roles={}, authority="bradford")[0] | {"id": "moved"}
    again = taken(before, opened, moved)
    (duplicate, refused) = again.verdicts
    assert isinstance(duplicate, Duplicate)
    assert isinstance(refused, Rejected)
    assert (refused.refusal, again.effective) == (Refusal.FORBIDDEN, [])
