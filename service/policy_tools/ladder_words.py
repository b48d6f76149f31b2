"""The words for a ladder: when somebody is reminded of a duty, and what follows lateness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.domain.language.base import OWNER
from service.domain.language.ladders import AskOnce, Ladder, LateStep, MessageTimes, Reminder
from service.domain.policy import Named
from service.policy_tools.words import both, the_role

_MORNING_OF = "the morning of the day to act by"
_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}


def reminder_words(ladder: Ladder, hours: MessageTimes) -> str:
    """`5 and 2 working days before the day to act by, and on its morning`."""
    if ladder.ask_once is not None:
        return _asked(ladder.ask_once)
    before = [reminder.before for reminder in ladder.remind if reminder.before and not reminder.counts_hours]
    lengths = [str(length.count) for length in before[:-1]] + [str(length) for length in before[-1:]]
    moments = [f"{both(lengths)} before the day to act by"] if before else []
    moments += [words for reminder in ladder.remind if (words := _named(reminder, hours, after=bool(before)))]
    words = _in_order(moments) if moments else "never before it is late"
    by = both(f"by {channel.spec.word}" for channel in ladder.channels)
    return f"{words}, at any hour, {by}" if ladder.at_any_hour else words


def _in_order(moments: Sequence[str]) -> str:
    return moments[0] if len(moments) == 1 else f"{', '.join(moments[:-1])}, and {moments[-1]}"


def _named(reminder: Reminder, hours: MessageTimes, *, after: bool) -> str | None:
    match reminder.at:
        case "first morning":
            return "on the first working morning after it opens"
        case "on the morning":
            return "on its morning" if after else f"on {_MORNING_OF}"
        case "in the afternoon":
            return f"at {hours.afternoon:%H:%M} that day"
        case "at opening" | "half way":
            return "when it opens" if reminder.at == "at opening" else "half way to the moment at which it is due"
        case None:
            return f"{reminder.before} before it is due" if reminder.counts_hours else None


def _asked(question: AskOnce) -> str:
    words = "once, on the next working morning, where it was not done there and then"
    if question.then:
        running, roles = _COUNTS.get(question.running, question.running), both(the_role(role) for role in question.then)
        words += f"; after {running} running {roles} is told that morning too"
    return f"{words}; nothing more follows"


def late_words(ladder: Ladder, hours: MessageTimes, owed_by: str | Named, owner: str, *, once: bool) -> str:
    """What follows lateness. `owner` is how whoever owes the duty is called; `once`: the first step alone."""
    steps = [_step(step, hours, owed_by, owner) for step in ladder.late]
    if once:
        return f"{steps[0]}, once"
    if ladder.weekly:
        steps[-1] += f"; {_listed(hours)}"
    return "; ".join(steps)


def _step(step: LateStep, hours: MessageTimes, owed_by: str | Named, owner: str) -> str:
    people = _people(step.to, owed_by, owner)
    if step.at == "once":
        return f"{both(people)} {'is' if len(people) == 1 else 'are'} told at once"
    if step.after is not None:
        return f"{step.after} later {both(people)}"
    are = "is" if len(people) == 1 else "are"
    return f"{both(people)} {are} told at {hours.overdue:%H:%M} on the next working day"


def _people(to: Iterable[str], owed_by: str | Named, owner: str) -> list[str]:
    return list(dict.fromkeys(owner if role in (OWNER, owed_by) else the_role(role) for role in to))


def _listed(hours: MessageTimes) -> str:
    return (
        "from the next week on, while it is open, it stands in the weekly list, at "
        f"{hours.overdue:%H:%M} on the first working day of the week"
    )
