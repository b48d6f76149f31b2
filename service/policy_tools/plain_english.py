"""Sentences in plain English for each rule of a policy, with its source, for a policy lead to read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.domain.language.clocks import Due
from service.domain.policy import Basis, Chair, Named, Policy, Rule
from service.policy_tools.clauses import clause, clauses, opening_clause, repeated, takes_clause
from service.policy_tools.ladder_words import late_words, reminder_words
from service.policy_tools.words import TRUTHS, both, either, plain, sentence, the_role

BASIS: Mapping[Basis, str] = {
    "guidance": "The time is stated in the guidance. Reminders, and what follows lateness, are a local default.",
    "reading": (
        "The time is read out of a sentence that is not quite clear. Reminders, and what follows lateness, are a local "
        "default."
    ),
    "local_default": (
        "LOCAL DEFAULT, not the guidance's: the document gives no number or time. The authority may set it otherwise."
    ),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One rule in plain English: headings and sentences, in order."""

    name: str
    label: str
    asks: str
    lines: tuple[tuple[str, str], ...]
    source: str
    entries: tuple[str, ...]
    basis: Basis

    @property
    def basis_text(self) -> str:
        """The origin of the number, in a sentence."""
        return BASIS[self.basis]


def read_aloud(policy: Policy) -> list[Reading]:
    """All rules of a policy in plain English, in the policy's order."""
    rules = {rule.rule: rule for rule in policy.rules}
    return [_reading(rule, policy, rules) for rule in policy.rules]


def _reading(rule: Rule, policy: Policy, rules: Mapping[str, Rule]) -> Reading:
    lines = [
        ("Opens", sentence(_opens(rule, rules))),
        *_repeated(rule),
        ("Clock", sentence(_clock(rule.due))),
        ("Done when", rule.done_when),
        ("Met when", sentence(clauses(rule.met))),
        ("Owed by", sentence(_owed(rule))),
        *_chair(rule.chair),
        *_attendance(rule),
        ("Told", sentence(f"{_whom(rule)} is reminded {reminder_words(policy.ladders[rule.ladder], policy.hours)}")),
        *_late(rule, policy),
        ("Ends", sentence(_ends(rule))),
        *_also(rule),
    ]
    source = f"{rule.source.document or policy.document.title}, {rule.source.section}"
    return Reading(
        rule.rule, rule.label, rule.asks, tuple(lines), source, tuple(rule.source.answers), rule.source.basis
    )


def _opens(rule: Rule, rules: Mapping[str, Rule]) -> str:
    openings = dict.fromkeys(opening_clause(opening, rules) for opening in rule.opens)
    if not openings:
        return "as soon as a fact agrees when or how often"
    text = "; or ".join(openings)
    return f"{text}; while one is open, no second opens for the same" if rule.one_at_a_time else text


def _repeated(rule: Rule) -> Iterator[tuple[str, str]]:
    repetitions = dict.fromkeys(words for opening in rule.opens if (words := repeated(opening)) is not None)
    if repetitions:
        yield "Repeated", sentence(either(repetitions))


def _clock(due: Due) -> str:
    if due.by_the_hour:
        return f"within {due.within} of the moment; of a fact that has a day only, counted from the end of that day"
    if due.within is not None:
        limit = f"within {due.within}; the day itself is day {int(due.the_day_counts)}"
        return f"{limit}. Earlier, on {takes_clause(due.or_earlier)}; never later" if due.or_earlier else limit
    if due.on is not None:
        return _on(due)
    if due.same_day:
        return "on that same day"
    if due.next_working_day:
        return "on the next working day: the first one whose office hours begin after that moment"
    if due.before_fact is not None:
        fact = f"before {due.called}, which is when {clauses(due.before_fact)}"
        return f"{fact}. No day is given: it is late from the moment at which that comes first"
    if due.in_weeks is not None:
        weeks = due.in_weeks
        fields = f"'{plain(weeks.first)}', '{plain(weeks.last)}', '{plain(weeks.every)}'"
        return f"in each week of the timeline that was agreed ({fields}), on the last day of the week at the latest"
    return _recurring(due)


def _on(due: Due) -> str:
    before = f"{due.before} before" if due.before is not None else "by"
    if due.hours_before:
        return f"{before} the moment for which it is in the diary; of a day only, before the end of that day"
    if due.on in ("on", "at"):
        return f"{before} the day for which it is in the diary"
    week = f", or by the last day of the week of the timeline given ('{plain(due.or_week)}')" if due.or_week else ""
    return f"{before} the date given ('{plain(str(due.on))}'){week}"


def _recurring(due: Due) -> str:
    parts = []
    if due.as_agreed is not None and due.as_agreed.on:
        parts.append(f"on the date agreed: {takes_clause(due.as_agreed.on)}")
    if due.as_agreed is not None and due.as_agreed.every:
        parts.append(f"as often as agreed: {takes_clause(due.as_agreed.every)}")
    if due.each is not None:
        by = f"the {due.by_day}th of each month" if due.by_day is not None else f"the end of each {due.each}"
        parts.append(f"once by {by}")
    if due.first_within is not None:
        parts.append(f"the first time within {due.first_within}")
    if due.every is not None:
        parts.append(f"{'otherwise ' if parts else ''}at least every {due.every} since it was last done")
    return ". ".join(words[:1].upper() + words[1:] for words in parts)


def _owed(rule: Rule) -> str:
    if isinstance(rule.owed_by, Named):
        named = f"the person named for it ('{plain(rule.owed_by.person_in)}')"
        return f"{named}; {the_role(rule.owed_by.otherwise)}, where nobody is named, or somebody of the family"
    return the_role(rule.owed_by)


def _chair(chair: Chair | None) -> Iterator[tuple[str, str]]:
    if chair is None:
        return
    parts = [the_role(chair.role)] if chair.role else []
    leads: dict[str, list[str]] = {}
    for service, role in chair.in_service.items():
        leads.setdefault(role, []).append(plain(service))
    parts += [f"{the_role(role)}, for young people of {both(services)}" for role, services in leads.items()]
    parts += [takes_clause(chair.as_agreed)] if chair.as_agreed else []
    chairs = "; or ".join([*parts, "whoever the diary names for the meeting"])
    yield "Chair", sentence(f"{chairs}. Whoever chairs gets the same reminders, and no overdue message")


def _attendance(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.attendance is None:
        return
    without = TRUTHS.get((rule.attendance.field, False), f"without '{plain(rule.attendance.field)}'")
    agreed = takes_clause([rule.attendance.one_in])
    telling = f"when as many in a row were held {without}, {_whom(rule)} is told the next working morning"
    yield "Attended", sentence(f"one in as many as agreed ({agreed}); {telling}")


def _whom(rule: Rule) -> str:
    return "the person named" if isinstance(rule.owed_by, Named) else the_role(rule.owed_by)


def _late(rule: Rule, policy: Policy) -> Iterator[tuple[str, str]]:
    ladder = policy.ladders[rule.ladder]
    if ladder.ask_once is None:
        once = rule.overdue == "told_once"
        yield "When late", sentence(late_words(ladder, policy.hours, rule.owed_by, _whom(rule), once=once))


def _ends(rule: Rule) -> str:
    parts = ["each time it is met, the next begins"] if rule.due.recurs else []
    if rule.superseded_by:
        parts.append(f"it is replaced when later on {clauses(rule.superseded_by)}")
    if rule.cancelled_by:
        parts.append(f"it is cancelled when {clauses(rule.cancelled_by)}")
    ended = any(clause(pattern) == "the plan is ended" for pattern in rule.met)
    parts.append("the end of the plan meets it" if ended else "the end of the plan cancels it")
    return "; ".join(parts)


def _also(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.problem is not None:
        yield "Shown", sentence(f"while it is open, the plan shows '{plain(rule.problem)}' for a person to mend")
    if rule.tell_when_moved_later is not None:
        yield "Moved", sentence(f"a date that is moved later is told to {the_role(rule.tell_when_moved_later)}")
