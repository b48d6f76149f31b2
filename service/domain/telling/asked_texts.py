"""The texts that ask a person how things are, over all plans of the authority that check in with that person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifications.message import Channel, Message
from service.domain.calendar import local_day
from service.domain.events.payloads.check_ins import CheckInReplied
from service.domain.events.payloads.plans import EventWithdrawn
from service.domain.facts import Facts
from service.domain.keys.ledger import CheckInKey
from service.domain.keys.messages import TextKey
from service.domain.telling.check_ins import (
    ANSWER_WITHIN,
    CheckInSeries,
    answered,
    check_in_series,
    every_series,
    moment_on,
)
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell
from service.domain.telling.records import Handed


@dataclass(frozen=True, slots=True)
class DueCheckIn:
    """The check-in of one agreement that falls on a moment."""

    facts: Facts
    series: CheckInSeries
    key: CheckInKey


@dataclass(frozen=True, slots=True)
class AskedText:
    """A text that has gone, and the plans for which it asked."""

    sent: Handed
    plans: frozenset[str]


def check_ins_of(text: Message) -> list[tuple[str, str]]:
    """The check-ins for which a text in the outbox asks: each plan, and the key of the day's check-in in its ledger."""
    spoken_for = text.context.get("check_ins")
    if isinstance(spoken_for, list):
        return [(str(plan), str(key)) for plan, key in spoken_for]
    return [(str(text.plan), TextKey.parse(text.key).of)]  # older versions wrote one text for each


def falling_on(moment: datetime, person: str, plans: Sequence[Facts]) -> list[DueCheckIn]:
    """The check-ins of a person that fall on a moment, on all these plans; the agreement that began first comes first.

    Of a plan that has ended there is none. They are one text.
    """
    day = local_day(moment)
    due: list[DueCheckIn] = []
    for facts in plans:
        if facts.ended is not None:
            continue
        for series in check_in_series(facts):
            recorded = facts.directory.persons.get(series.person)
            if series.person == person and series.has_text_on(day) and moment_on(day, series.at, recorded)[0] == moment:
                due.append(DueCheckIn(facts, series, series.key_on(day)))
    return sorted(due, key=lambda check_in: (*check_in.series.order, check_in.series.plan))


def first_refusal(due: Sequence[DueCheckIn], person: str, now: datetime) -> Reason | None:
    """The first reason that holds on any of the plans for which one text would ask; None: it may go."""
    verdict = may_ask(due, person, now)
    return verdict.reason if isinstance(verdict, Refused) else None


def may_ask(due: Sequence[DueCheckIn], person: str, now: datetime) -> Allowed | Refused | None:
    """The same, or the address to use, which is that of the first plan. None: there is nothing to ask."""
    by_plan = {check_in.facts.plan: check_in.facts for check_in in due}
    verdicts = [may_tell(facts, person, Channel.SMS, now) for facts in by_plan.values()]
    refused = {verdict.reason for verdict in verdicts if isinstance(verdict, Refused)}
    if refused:
        return Refused(next(reason for reason in Reason if reason in refused))
    return next(iter(verdicts), None)


def asked_texts(
    person: str,
    plans: Sequence[tuple[Facts, Mapping[str, datetime]]],
    handed_over: Mapping[str, Handed | None],
    now: datetime,
) -> list[AskedText]:
    """The texts that a person was sent, in order, for all these plans: each with what was told of it."""
    plans_asked: dict[Handed, set[str]] = defaultdict(set)
    for facts, told_at in plans:
        agreed = [series for series in every_series(facts) if series.person == person]
        for key in (name for series in agreed for _, name in series.named_until(local_day(now))):
            asked_at = told_at.get(key)
            sent = None if asked_at is None else handed_over.get(key, Handed(asked_at, asked_at))
            if sent is not None:
                plans_asked[sent].add(facts.plan)
    texts = [AskedText(sent, frozenset(names)) for sent, names in plans_asked.items()]
    return sorted(texts, key=lambda text: text.sent.at)


def text_answered(text: AskedText, person: str, plans: Sequence[Facts]) -> bool:
    """Whether a person answered a text: on any of the plans for which it asked, for it counts for each."""
    return any(answered(person, text.sent, facts) for facts in plans if facts.plan in text.plans)


def missed_since(text: AskedText, person: str, plans: Sequence[Facts]) -> datetime:
    """Since when it is known that a text went unanswered: once its two hours are over, or its answer is withdrawn."""
    over = text.sent.at + ANSWER_WITHIN
    taken_back = [over]
    for facts in plans:
        if facts.plan in text.plans:
            answers = _answers_within(facts, person, text.sent.began, over)
            withdrawals = (event for event in facts.recorded if isinstance(event.data, EventWithdrawn))
            taken_back += [event.time for event in withdrawals if event.data.__dict__["event"] in answers]
    return max(taken_back)


def _answers_within(facts: Facts, person: str, begins: datetime, ends: datetime) -> frozenset[str]:
    """The ids of a person's replies on a plan between two moments, withdrawn since or not."""
    replies = ((event.id, event.data, event.time) for event in facts.recorded if isinstance(event.data, CheckInReplied))
    return frozenset(
        name for name, reply, time in replies if reply.person == person and begins <= (reply.at or time) <= ends
    )


def missed_in_a_row(texts: Sequence[AskedText], person: str, plans: Sequence[Facts], now: datetime) -> int:
    """How many of the texts whose two hours are over went unanswered, counted back from the last such."""
    count = 0
    for text in reversed([text for text in texts if text.sent.at + ANSWER_WITHIN <= now]):
        if text_answered(text, person, plans):
            break
        count += 1
    return count
