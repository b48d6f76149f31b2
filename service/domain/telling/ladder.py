"""When somebody is told of an obligation: the rungs of section 4, counted from `act_by` and from `due_on`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count, takewhile
from typing import NamedTuple

from notifications.message import Channel, Purpose
from service.domain.calendar import (
    OPEN_ENDED,
    Calendar,
    Interval,
    Unit,
    at_local,
    hours_after,
    local,
    local_day,
    monday_of,
    start_of,
)  # fmt: skip
from service.domain.keys.ledger import AskedRungKey, OverdueAgainRungKey, OverdueRungKey, ReminderRungKey
from service.domain.language.base import OWNER
from service.domain.language.ladders import AskOnce, Ladder, LateStep, Reminder
from service.domain.obligations.obligation import Obligation, Status

WEEKLY_LIST = "overdue_list"


class LadderRung(NamedTuple):
    """One moment at which an obligation is told. `roles` are told beside the responsible person where `own` is set.

    `listed`: it stands in the weekly list of what is overdue.
    """

    key: str
    moment: datetime
    purpose: Purpose
    own: bool
    roles: tuple[str, ...] = ()
    starts: bool = False
    listed: bool = False
    # By which channels each person is told at any hour; none: by one, in routine hours.
    channels: tuple[Channel, ...] = ()

    @property
    def past(self) -> bool:
        """Whether it tells of lateness, rather than reminding."""
        return self.purpose in (Purpose.OVERDUE, Purpose.ESCALATION)

    @property
    def template(self) -> str:
        """The template of the email that it goes into."""
        return WEEKLY_LIST if self.listed else self.purpose.value


class Span(NamedTuple):
    """From when until when a duty is open: its days, its moments where it has any, and the day to act by.

    `known_at`: since when it is known to be open. `lapses_at`: from which moment on it is late.
    """

    opened_on: date
    opened_at: datetime | None
    known_at: datetime
    lapses_at: datetime
    act_by: date

    @property
    def begins(self) -> datetime:
        """The moment of the opening, or the beginning of its day."""
        return self.opened_at or start_of(self.opened_on)

    def has(self, moment: datetime) -> bool:
        """Whether a moment lies between the opening and lateness."""
        return self.begins <= moment < self.lapses_at


class DueRungs(NamedTuple):
    """The rungs to be told now, the moments that they settle, and when to look again."""

    now: tuple[LadderRung, ...]
    settled: Mapping[str, datetime]
    next: datetime | None


def due_rungs(
    obligation: Obligation, ladder: Ladder, calendar: Calendar, since: datetime, told_at: Mapping[str, datetime],
    now: datetime, running: int = 1, *, told_once: bool = False,
) -> DueRungs:  # fmt: skip
    """Where an obligation stands on its ladder; it is known to be open since a moment.

    `told_at` has the moment of each rung that was told. `running` counts the obligations missed in a row up to and
    with this one. `told_once`: lateness is told by the first step alone.
    """
    if ladder.ask_once is not None:
        rungs = [_asked(obligation, ladder.ask_once, calendar, since, running)]
    elif obligation.status is Status.OVERDUE:
        rungs = _overdue(obligation, ladder, calendar, since, told_at, now)
        rungs = rungs[-1:] if told_once else rungs
    else:
        # A reminder whose moment had passed before its cause was known is not caught up.
        rungs = [rung for rung in _reminders(obligation, ladder, calendar, since) if rung.moment >= since]
    waiting = [rung for rung in rungs if rung.key not in told_at]
    due = [rung for rung in waiting if rung.moment <= now]
    ahead = [rung.moment for rung in waiting if rung.moment > now]
    if obligation.status is Status.OPEN and obligation.has_day:
        ahead.append(obligation.lapses_at)
    if due and not ladder.at_any_hour and not calendar.routine_hours(now):
        return DueRungs((), {}, min([*ahead, calendar.routine_from(now)]))
    latest = {(rung.past, rung.own, rung.purpose if rung.past else ""): rung for rung in due}
    # Only the latest of several rungs is told after a gap, and the first overdue message before any list. The earlier
    # ones are settled with it.
    settled = {rung.key: rung.moment for rung in due}
    return DueRungs(tuple(latest.values()), settled, min(ahead, default=None))


def rungs_ahead(
    obligation: Obligation, ladder: Ladder, calendar: Calendar, since: datetime, told_at: Mapping[str, datetime],
    now: datetime,
) -> list[LadderRung]:  # fmt: skip
    """What will be told of a live obligation as long as nothing is recorded, in order; of weekly lists the next two."""
    if ladder.ask_once is not None:
        rungs = [_asked(obligation, ladder.ask_once, calendar, since, 1)]
    else:
        # Without a day it is never late as long as nothing is recorded.
        rungs = _overdue(obligation, ladder, calendar, since, told_at, now) if obligation.has_day else []
        rungs += _reminders(obligation, ladder, calendar, since) if obligation.status is Status.OPEN else []
    ahead = [rung for rung in rungs if rung.moment > now and rung.key not in told_at]
    return sorted(ahead, key=lambda rung: (rung.moment, rung.key))


def _asked(obligation: Obligation, question: AskOnce, calendar: Calendar, since: datetime, running: int) -> LadderRung:
    """The rung of a duty that belongs to a visit: the next working morning. So many in a row go higher, too."""
    morning = calendar.next_morning(max(since, start_of(obligation.opened_on + timedelta(days=1))))
    roles = tuple(question.then) if running >= question.running else ()
    return LadderRung(str(AskedRungKey(obligation.key)), morning, Purpose.DIGEST, own=True, roles=roles)


def _reminders(obligation: Obligation, ladder: Ladder, calendar: Calendar, since: datetime) -> list[LadderRung]:
    clock = Span(obligation.opened_on, obligation.opened_at, since, obligation.lapses_at, obligation.act_by)
    start, moments = _start_of_work(obligation, calendar), reminded_at(ladder, clock, calendar)
    if start is not None and clock.has(start):
        moments.add(start)
    return [_reminder(obligation, ladder, calendar, moment, starts=moment == start) for moment in sorted(moments)]


def _start_of_work(obligation: Obligation, calendar: Calendar) -> datetime | None:
    if obligation.start_by is None:
        return None
    return at_local(calendar.act_by(obligation.start_by), calendar.message_hours.morning)


def reminded_at(ladder: Ladder, clock: Span, calendar: Calendar) -> set[datetime]:
    """The moments at which a ladder reminds: from the opening on, and not after it is due."""
    # Without a day there is nothing to count back from.
    reminders = (reminder for reminder in ladder.remind if reminder.of_the_opening or clock.act_by != OPEN_ENDED)
    moments = (_moment(reminder, clock, calendar) for reminder in reminders)
    return {moment for moment in moments if clock.has(moment)}


def _moment(reminder: Reminder, clock: Span, calendar: Calendar) -> datetime:
    """When a reminder falls. Reminders count back from the day to act by."""
    hours = calendar.message_hours
    match reminder.at:
        case "first morning":
            return _first_morning(clock, calendar)
        case "in the afternoon":
            return at_local(clock.act_by, hours.afternoon)
        case "on the morning":
            return at_local(clock.act_by, hours.morning)
        case "at opening":
            return max(clock.begins, clock.known_at)
        case "half way":
            return clock.begins + (clock.lapses_at - clock.begins) // 2
        case None:
            assert reminder.before is not None  # noqa: S101 - a reminder has a moment or a length
            return _before(reminder.before, clock, calendar)


def _before(length: Interval, clock: Span, calendar: Calendar) -> datetime:
    """So many hours before it is late, or a morning so many days before the day to act by."""
    back = Interval(-length.count, length.unit)
    if length.unit is Unit.HOURS:
        return hours_after(clock.lapses_at, back)
    return at_local(calendar.act_by(calendar.add(clock.act_by, back)), calendar.message_hours.morning)


def _first_morning(clock: Span, calendar: Calendar) -> datetime:
    if clock.opened_at is not None:
        return calendar.next_morning(clock.opened_at)
    return at_local(calendar.add_working_days(clock.opened_on, 1), calendar.message_hours.morning)


def _reminder(
    obligation: Obligation, ladder: Ladder, calendar: Calendar, moment: datetime, *, starts: bool
) -> LadderRung:
    # A duty that ends tonight is an email of its own, and so is what cannot wait. The rest of a morning is one digest.
    of_a_morning = not ladder.at_any_hour and local(moment).time() == calendar.message_hours.morning
    purpose = Purpose.DIGEST if of_a_morning and local_day(moment) != obligation.act_by else Purpose.REMINDER
    key = str(ReminderRungKey(obligation.key, moment))
    return LadderRung(key, moment, purpose, own=True, starts=starts, channels=ladder.channels)


def _overdue(
    obligation: Obligation, ladder: Ladder, calendar: Calendar, since: datetime, told_at: Mapping[str, datetime],
    now: datetime,
) -> list[LadderRung]:  # fmt: skip
    """The rungs past the deadline, up to the next one ahead. They count from the last of these, the first message."""
    plain = OverdueRungKey.of_steps(obligation.key, obligation.due_on)
    steps = step_names(ladder)
    key_of = plain if _begun(plain, steps, since, told_at) else _again(obligation, since)
    moment = told_at.get(key_of(1)) or _first_late(ladder, obligation, calendar, since)
    first_rung = _late(ladder, ladder.late[0], key_of(1), moment)
    later = [
        _late(ladder, step, key_of(name), _after(step, moment, calendar))
        for step, name in zip(ladder.late[1:], steps[1:], strict=True)
    ]
    return [*_lists(plain, ladder, calendar, first_rung, told_at, now), *later, first_rung]


def step_names(ladder: Ladder) -> list[str]:
    """The names of the steps past the deadline in their keys. Plain numbers after 1 were repeats in older versions."""
    names = ["1"]
    for number, step in enumerate(ladder.late[1:], 2):
        taken = step.purpose != "escalation" or "escalation" in names
        names.append(f"step {number}" if taken else "escalation")
    return names


def _first_late(ladder: Ladder, obligation: Obligation, calendar: Calendar, since: datetime) -> datetime:
    if ladder.late[0].at == "once":
        moment = max(obligation.lapses_at, since)
        return moment if ladder.at_any_hour else calendar.routine_from(moment)
    hour = calendar.message_hours.overdue
    nominal = at_local(calendar.add_working_days(obligation.due_on, 1), hour)
    return nominal if nominal >= since else calendar.next_at(hour, since)


def _late(ladder: Ladder, step: LateStep, key: str, moment: datetime) -> LadderRung:
    purpose, roles = Purpose(step.purpose), step.roles
    return LadderRung(key, moment, purpose, own=step.tells_owner, roles=roles, channels=ladder.channels)


def _after(step: LateStep, moment: datetime, calendar: Calendar) -> datetime:
    """When a later step is told, counted from the first message."""
    assert step.after is not None  # noqa: S101 - each step but the first has it
    if step.after.unit is Unit.HOURS:
        return hours_after(moment, step.after)
    return at_local(calendar.add(local_day(moment), step.after), calendar.message_hours.overdue)


def _begun(
    plain: Callable[[object], str], steps: Sequence[str], since: datetime, told_at: Mapping[str, datetime]
) -> bool:
    """Whether the ladder is climbed for the first time, or was begun again by an older version, which had one only."""
    first_moment = told_at.get(plain(1))
    repeats = takewhile(lambda key: key in told_at, (plain(number) for number in count(2)))
    later = (told_at[key] for key in (*repeats, *map(plain, steps[1:])) if key in told_at)
    return first_moment is None or first_moment >= since or any(moment >= since for moment in later)


def _again(obligation: Obligation, since: datetime) -> Callable[[object], str]:
    """What writes the keys of the steps of what is overdue again, since the withdrawal of a visit, say."""
    return lambda step: str(OverdueAgainRungKey(obligation.key, obligation.due_on, since, str(step)))


def _lists(
    key_of: Callable[[object], str], ladder: Ladder, calendar: Calendar, first_rung: LadderRung,
    told_at: Mapping[str, datetime], now: datetime,
) -> Iterator[LadderRung]:  # fmt: skip
    """The weekly lists of this week and the next. In the week of the first message that message takes the list's place.

    A list that was missed on its day is caught up in its week, if the one of the week before was told or not needed.
    """
    if not ladder.weekly:
        return
    begins, today = first_rung.key not in told_at, local_day(now)
    # A first message that is caught up goes today, whatever its moment was.
    goes_on = max(local_day(first_rung.moment), today) if begins else local_day(first_rung.moment)
    week_of_first = monday_of(goes_on)
    if begins:
        yield _listed(key_of(week_of_first), ladder, first_rung.moment)
    for week in (monday_of(today), monday_of(today) + timedelta(weeks=1)):
        listed_on = calendar.week_begins(week)
        missed = listed_on < today and key_of(week - timedelta(weeks=1)) not in told_at
        if week > week_of_first and (begins or not missed):
            yield _listed(key_of(week), ladder, at_local(listed_on, calendar.message_hours.overdue))


def _listed(key: str, ladder: Ladder, moment: datetime) -> LadderRung:
    own = OWNER in ladder.weekly
    return LadderRung(key, moment, Purpose.OVERDUE, own=own, roles=ladder.listed_roles, listed=True)


def missed_in_a_row(obligations: Sequence[Obligation]) -> Mapping[str, int]:
    """For what each occasion calls for anew: of how many unmet in a row each is the last, by rule, in order of day."""
    running: dict[str, int] = {}
    by_obligation: dict[str, int] = {}
    for obligation in sorted(obligations, key=_in_order_of_day):
        running[obligation.rule] = running.get(obligation.rule, 0) + 1 if obligation.live else 0
        by_obligation[obligation.key] = running[obligation.rule]
    return by_obligation


def _in_order_of_day(obligation: Obligation) -> tuple[date, datetime, str]:
    return obligation.opened_on, obligation.opened_at or start_of(obligation.opened_on), obligation.key
