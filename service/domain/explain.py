"""Why a message was sent: the rule, the clock, the sum with its days, the facts, and in what role it was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.domain.calendar import Calendar, Unit, local_day
from service.domain.events.event import Event
from service.domain.events.event_types import ABOUT_PERSONS
from service.domain.fact import Fact, fact_of
from service.domain.facts import Facts
from service.domain.language.clocks import Due
from service.domain.obligations.obligation import Obligation, standing_of
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory
from service.domain.policy import BottomLine, Policy, PolicyBook, Rule
from service.domain.telling.acknowledgements import line_of
from service.domain.telling.wording import about as about_of
from service.domain.telling.wording import day_text, due_text, moment_text, role_text, rule_of

_BASIS = {
    "guidance": "the number is stated in the guidance",
    "reading": "the number is taken from a sentence that is not quite clear",
    "local_default": "the number is our own default; the guidance gives none",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One thing that a message spoke of: a heading, what is to be known of it line by line, and the event behind it."""

    heading: str
    lines: tuple[tuple[str, str], ...]
    event: str | None = None


def explain(
    book: PolicyBook, plan: OwnId, events: Sequence[Event], directory: Directory,
    about: Sequence[Mapping[str, object]], purpose: str, at: datetime,
) -> list[Explanation]:  # fmt: skip
    """The explanations of a message about one plan, from the facts that were known at its moment (`events`).

    Without an opening among them the plan was an awaited one then, whatever is known of it by now.
    """
    today = local_day(at)
    facts = Facts.for_alerts(events, directory, today) or Facts.awaiting(plan, events, directory, today)
    obligations = standing_of(facts, book, at).obligations if facts.introduced else ()
    explanations: list[Explanation] = []
    for thing in about:
        if "alert" in thing:
            explanations.append(_alert(book, facts, str(thing["alert"])))
        elif "event" in thing:
            explanations.append(_event(facts, str(thing["event"])))
        else:
            matching = (obligation for obligation in obligations if _is(obligation, thing))
            explanations += [_obligation(book, facts, obligation, purpose, at) for obligation in matching]
    return explanations


def _is(obligation: Obligation, about: Mapping[str, object]) -> bool:
    names = ("plan", "kind", "due_on", "about")
    return [about.get(name) for name in names] == [about_of(obligation).get(name) for name in names]


def _obligation(book: PolicyBook, facts: Facts, obligation: Obligation, purpose: str, at: datetime) -> Explanation:
    rule = rule_of(book, obligation)
    policy = book.in_force(facts.authority, obligation.opened_on)
    calendar = policy.calendar
    opened = next((fact for fact in facts.everything if fact.id == obligation.from_event), facts.opened)
    lines = [
        ("Rule", f"{obligation.rule} (version {policy.version} of the policy)"),
        ("Asks", rule.asks),
        ("Source", policy.origin(rule.source)),
        ("Catalogue", ", ".join(rule.source.answers)),
        ("Basis", _BASIS[obligation.basis]),
        ("Opened by", f"{opened.type} {opened.id} of {day_text(opened.day)}"),
        ("Clock", _clock(rule.due)),
        *_sum(rule.due, obligation, calendar),
        *_due(obligation, rule),
        ("Told now", _rung(rule, purpose, obligation, calendar, at)),
        ("Done when", rule.done_when),
    ]
    return Explanation(f"{obligation.plan}: {rule.label}", tuple(lines), opened.id)


def _due(obligation: Obligation, rule: Rule) -> list[tuple[str, str]]:
    if obligation.due_at is not None or rule.due.called is not None:
        return [("Due", f"{due_text(obligation, rule)}; late from that moment on")]
    return [
        ("Due", f"{day_text(obligation.due_on)}; late from the day after"),
        ("Act by", f"{day_text(obligation.act_by)}, the last working day on or before it"),
    ]


def _clock(due: Due) -> str:
    if due.before_fact is not None:
        return f"before {due.called}: there is no day, and it is late once that has come first"
    if due.by_the_hour:
        return f"within {due.within} of the moment, or of the end of the day where the fact has no moment"
    if due.within is not None:
        return f"within {due.within}, counted from the day after" + (", or an earlier date" if due.or_earlier else "")
    if due.hours_before:
        return f"{due.before} before the moment that is in the diary, or before the end of the day if it has no moment"
    if due.on is not None or due.same_day:
        return "on the date that the fact gives" if due.on else "on the day of the fact"
    return f"at least every {due.every}" if due.every is not None else "as the meetings agreed: a date, or an interval"


def _sum(due: Due, obligation: Obligation, calendar: Calendar) -> list[tuple[str, str]]:
    """The days of the sum. Of working days, which were counted and which were not, and why not."""
    if due.before_fact is not None:
        return []
    if due.by_the_hour:
        begins = (
            moment_text(obligation.opened_at)
            if obligation.opened_at
            else f"the end of {day_text(obligation.opened_on)}"
        )
        return [("Sum", f"{due.within} from {begins}")]
    if due.within is None or due.within.unit is not Unit.WORKING_DAYS:
        days = (obligation.due_on - obligation.opened_on).days
        return [("Sum", f"{day_text(obligation.opened_on)} is day 0; {day_text(obligation.due_on)} is {days} days on")]
    span = (obligation.due_on - obligation.opened_on).days
    between = [obligation.opened_on + timedelta(days=number) for number in range(1, span + 1)]
    counted = [day for day in between if calendar.is_working(day)]
    numbered = ", ".join(f"{day:%a} {day.day} {day:%b} ({number})" for number, day in enumerate(counted, 1))
    lines = [("Sum", f"{day_text(obligation.opened_on)} is day 0; counted: {numbered}")]
    left_out = [f"{day:%a} {day.day} {day:%b} ({name})" for day in between if (name := calendar.why_not_working(day))]
    return lines + ([("Not counted", ", ".join(left_out))] if left_out else [])


def _rung(rule: Rule, purpose: str, obligation: Obligation, calendar: Calendar, at: datetime) -> str:
    today = local_day(at)
    if purpose in ("overdue", "escalation"):
        days = calendar.working_days_between(obligation.due_on, today)
        return f"{purpose}: {_working_days(days)} after the due day ({day_text(today)})"
    if not obligation.has_day:
        return f"when it opened, on the ladder '{rule.ladder}'"
    left = calendar.working_days_between(today, obligation.act_by)
    when = "on the day to act by" if left == 0 else f"{_working_days(left)} before it is to be done"
    return f"{when}, on the ladder '{rule.ladder}'"


def _working_days(count: int) -> str:
    return f"{count} working day{'' if count == 1 else 's'}"


def _alert(book: PolicyBook, facts: Facts, event_id: str) -> Explanation:
    breach = next((fact for fact in facts.ever("bottom_line.breached") if fact.id == event_id), None)
    if breach is None:
        return Explanation(f"Alert {event_id}: withdrawn since", ())
    policy, line = book.in_force(facts.authority, breach.day), line_of(book, facts, breach)
    lines = tuple(_ladder(policy, line, breach, facts))
    return Explanation(f"{facts.plan}: a bottom line was crossed", lines, breach.id)


def _ladder(policy: Policy, line: BottomLine, breach: Fact, facts: Facts) -> list[tuple[str, str]]:
    acknowledged = [fact for fact in facts.ever("alert.acknowledged") if fact.get("alert") == breach.id]
    people = ", ".join(f"{fact.get('by')} at {moment_text(fact.moment or fact.time)}" for fact in acknowledged)
    later = "; ".join(f"after {rung.after} minutes the {role_text(rung.role)} too" for rung in line.then)
    unknown = "no event had opened it then, so those are alerted who can find out whose it is"
    return [
        *([("Plan", unknown)] if facts.awaited else []),
        ("Policy", f"{policy.authority}, version {policy.version}"),
        ("Crossed", moment_text(breach.moment or breach.time)),
        ("Alerted at once", " and ".join(role_text(role) for role in line.alert)),
        ("Again", f"every {line.again_every} minutes, by text and email, until acknowledged"),
        ("Then", later or "nobody further"),
        ("Acknowledged by", people or "nobody yet"),
    ]


def _event(facts: Facts, event_id: str) -> Explanation:
    fact = next((fact for fact in facts.everything if fact.id == event_id), None)
    if fact is None:
        return Explanation(f"Event {event_id}: withdrawn since", ())
    lines = (*_days_of(fact), ("Told", "the next working morning"))
    return Explanation(f"{facts.plan}: {fact.type} {fact.id}", lines, fact.id)


def explain_slip(event: Event, problems: Sequence[str]) -> Explanation:
    """An event that a message names because something is wrong with it: `problems` are the words of what is."""
    lines = (*_days_of(fact_of(event)), *(("Problem", words) for words in problems))
    plan = "" if event.type in ABOUT_PERSONS or event.subject is None else f"{event.subject}: "
    return Explanation(f"{plan}{event.type} {event.id}", lines, event.id)


def _days_of(fact: Fact) -> tuple[tuple[str, str], ...]:
    return ("Of", day_text(fact.day)), ("Recorded", day_text(local_day(fact.time)))
