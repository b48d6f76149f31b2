"""Replies are read once each, and a text that was answered is gone through no more: it comes to the same."""

from __future__ import annotations

from datetime import datetime

from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.keys.ledger import StepKey
from service.domain.look import Look, look_at
from service.domain.telling.check_ins import check_in_series
from service.domain.telling.plan_replies import replies_of
from service.domain.telling.records import Ledger
from tests.unit.domain.builders import Raw, at, book, directory, fact, parsed, run
from tests.unit.domain.elsewhere import EVERY_DAY, family, opened, workers

COUNCIL = "south_gloucestershire"
ANYBODY = [*workers(COUNCIL), *family()]
PEOPLE = directory(*ANYBODY)
DAY, MORNING = at("2026-12-02").date(), at("2026-12-03T08:30")


def asked(**data: object) -> Raw:
    usual: dict[str, object] = {"people": ["f-nan"], "days": EVERY_DAY, "at": "18:00"}
    return fact("2026-12-01", "check_ins.started", eid="c1", **{**usual, **data})


def reply(when: str, text: str = "1") -> Raw:
    return fact(when, "check_in.replied", person="f-nan", text=text, at=at(when).isoformat())


ANSWERED, ANSWER = reply("2026-12-01T18:20"), reply("2026-12-02T19:00")
EVENTS = parsed(*opened(COUNCIL), asked(), ANSWERED, ANSWER)
IN_THE_END = local_day(MORNING)


def facts_of(number: int) -> Facts:
    """The facts of the first so many events."""
    facts = Facts.for_alerts(EVENTS[:number], PEOPLE, IN_THE_END)
    assert facts is not None
    return facts


def look(facts: Facts, asked_at: str, now: datetime = MORNING) -> Look:
    """A look at a plan whose text of the day went at this hour."""
    (series,) = check_in_series(facts)
    known_since = {str(series.key): series.started.time}
    days = [str(series.key_on(each)) for each in (series.first_day, DAY)]
    went = [at("2026-12-01T18:00"), at(f"2026-12-02T{asked_at}")]
    return look_at(book(), facts, Ledger(known_since, dict(zip(days, went, strict=True))), now)


def is_missed(facts: Facts, asked_at: str = "18:00") -> bool:
    """Whether the worker is told the next morning that the text of the day went unanswered."""
    (series,) = check_in_series(facts)
    return str(StepKey.missed(str(series.key_on(DAY)))) in look(facts, asked_at).ledger.told


def test_what_an_answer_settled_is_not_settled_for_facts_without_it() -> None:
    without, whole = facts_of(len(EVENTS) - 1), facts_of(len(EVENTS))
    assert [is_missed(without), is_missed(whole), is_missed(without), is_missed(whole)] == [True, False, True, False]
    assert len(replies_of(whole).answered) == 2
    assert len(replies_of(without).answered) == 1


def test_what_an_answer_settled_is_not_settled_for_a_text_of_another_hour() -> None:
    whole = facts_of(len(EVENTS))
    assert [is_missed(whole, "18:00"), is_missed(whole, "15:00"), is_missed(whole, "18:00")] == [False, True, False]


def test_what_is_settled_is_looked_at_again_before_its_two_hours_are_over() -> None:
    whole, early = facts_of(len(EVENTS)), at("2026-12-02T19:30")
    look(whole, "18:00")
    assert look(whole, "18:00", early).next_look == at("2026-12-02T20:00")


def test_a_text_that_went_between_two_withheld_ones_has_both_told() -> None:
    window = {"days": ["wed"], "from": "10:00", "until": "20:00"}
    found = run(workers(COUNCIL), opened(COUNCIL), family(window=window), asked(), ANSWER, until="2026-12-04")
    assert [held.reason for held in found.withheld()] == ["outside_window"] * 3
    told = [message for message in found.messages(purpose="notice") if message.template == "check_in_withheld"]
    assert [message.at.astimezone(at("2026-12-02").tzinfo).day for message in told] == [2, 4]


def test_the_answer_of_a_machine_answers_no_text() -> None:
    machine = reply("2026-12-02T19:00", "This is an automatic reply")
    found = run(ANYBODY, opened(COUNCIL), asked(), ANSWERED, machine, until="2026-12-03")
    assert [message.template for message in found.messages(purpose="notice")] == ["check_in_missed"]


def test_that_all_is_well_is_read_from_somebody_who_had_asked_for_no_more_texts() -> None:
    stop, fine = reply("2026-12-01T18:20", "STOP"), reply("2026-12-02T19:00")
    found = run(ANYBODY, opened(COUNCIL), asked(), stop, fine, until="2026-12-02")
    assert {message.person for message in found.messages(purpose="alert")} == {"w-sw"}
