"""When somebody is told of an obligation: the rungs of section 4, counted from `act_by` and from `due_on`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count, takewhile

from notifications.message import Purpose
from service.domain.calendar import AFTERNOON, MORNING, OVERDUE_HOUR, Calendar, at_local, local_day, monday_of, start_of
from service.domain.keys.ledger import AskedRungKey, OverdueAgainRungKey, OverdueRungKey, ReminderRungKey
from service.domain.obligations.obligation import Obligation, Status
from service.domain.policy import Ladder, Rule

# The numbers of the ladders, in working days. The plain English of a policy takes them from here.
WORKING_DAYS_BEFORE: Mapping[Ladder, tuple[int, ...]] = {
    "short": (),
    "standard": (5, 2),
    "long": (20, 10, 3),
    "next_morning": (),
}
DAYS_TO_SERVICE_MANAGER = 2
WEEKLY_LIST = "overdue_list"


@dataclass(frozen=True, slots=True)
class LadderRung:
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

    @property
    def past(self) -> bool:
        """Whether it tells of lateness, rather than reminding."""
        return self.purpose in (Purpose.OVERDUE, Purpose.ESCALATION)

    @property
    def template(self) -> str:
        """The template of the email that it goes into."""
        return WEEKLY_LIST if self.listed else self.purpose.value


@dataclass(frozen=True, slots=True)
class DueRungs:
    """The rungs to be told now, the moments that they settle, and when to look again."""

    now: tuple[LadderRung, ...]
    settled: Mapping[str, datetime]
    next: datetime | None


def due_rungs(
    obligation: Obligation, rule: Rule, calendar: Calendar, since: datetime, told_at: Mapping[str, datetime],
    now: datetime, running: int = 1,
) -> DueRungs:  # fmt: skip
    """Where an obligation stands on its ladder; it is known to be open since a moment.

    `told_at` has the moment of each rung that was told. `running` counts the obligations missed in a row up to and
    with this one.
    """
    if rule.ladder == "next_morning":
        rungs = [_asked(obligation, calendar, since, running)]
    elif obligation.status is Status.OVERDUE:
        rungs = _overdue(obligation, calendar, since, told_at, now)
        rungs = rungs[-1:] if rule.overdue == "told_once" else rungs
    else:
        # A reminder whose moment had passed before its cause was known is not caught up.
        rungs = [rung for rung in _reminders(obligation, rule.ladder, calendar) if rung.moment >= since]
    waiting = [rung for rung in rungs if rung.key not in told_at]
    due = [rung for rung in waiting if rung.moment <= now]
    ahead = [rung.moment for rung in waiting if rung.moment > now]
    if obligation.status is Status.OPEN:
        ahead.append(start_of(obligation.due_on + timedelta(days=1)))
    if due and not calendar.routine_hours(now):
        return DueRungs((), {}, min([*ahead, calendar.routine_from(now)]))
    latest = {(rung.past, rung.own, rung.purpose if rung.past else ""): rung for rung in due}
    # Only the latest of several rungs is told after a gap, and the first overdue message before any list. The earlier
    # ones are settled with it.
    settled = {rung.key: rung.moment for rung in due}
    return DueRungs(tuple(latest.values()), settled, min(ahead, default=None))


def _asked(obligation: Obligation, calendar: Calendar, since: datetime, running: int) -> LadderRung:
    """The rung of a duty that belongs to a visit: the next working morning. The second in a row goes higher, too."""
    morning = calendar.next_at(MORNING, max(since, start_of(obligation.opened_on + timedelta(days=1))))
    roles = ("team_manager",) if running > 1 else ()
    return LadderRung(str(AskedRungKey(obligation.key)), morning, Purpose.DIGEST, own=True, roles=roles)


def _reminders(obligation: Obligation, ladder: Ladder, calendar: Calendar) -> list[LadderRung]:
    mornings = [calendar.add_working_days(obligation.act_by, -days) for days in WORKING_DAYS_BEFORE[ladder]]
    moments = {at_local(day, MORNING) for day in [*mornings, obligation.act_by]}
    if ladder == "short":
        moments |= {_first_morning(obligation, calendar), at_local(obligation.act_by, AFTERNOON)}
    start = at_local(calendar.act_by(obligation.start_by), MORNING) if obligation.start_by is not None else None
    opening = obligation.opened_at or start_of(obligation.opened_on)
    end = start_of(obligation.due_on + timedelta(days=1))
    ordered = sorted(moments | ({start} if start is not None else set()))
    return [_reminder(obligation, moment, starts=moment == start) for moment in ordered if opening <= moment < end]


def _first_morning(obligation: Obligation, calendar: Calendar) -> datetime:
    if obligation.opened_at is not None:
        return calendar.next_at(MORNING, obligation.opened_at)
    return at_local(calendar.add_working_days(obligation.opened_on, 1), MORNING)


def _reminder(obligation: Obligation, moment: datetime, *, starts: bool) -> LadderRung:
    # A duty that ends tonight is an email of its own. The rest of a morning is one digest.
    purpose = Purpose.REMINDER if local_day(moment) == obligation.act_by else Purpose.DIGEST
    return LadderRung(str(ReminderRungKey(obligation.key, moment)), moment, purpose, own=True, starts=starts)


def _overdue(
    obligation: Obligation, calendar: Calendar, since: datetime, told_at: Mapping[str, datetime], now: datetime
) -> list[LadderRung]:
    """The rungs past the deadline, up to the next one ahead. They count from the last of these, the first message."""
    plain = OverdueRungKey.of_steps(obligation.key, obligation.due_on)
    key_of = plain if _begun(plain, since, told_at) else _again(obligation, since)
    nominal = at_local(calendar.add_working_days(obligation.due_on, 1), OVERDUE_HOUR)
    moment = told_at.get(key_of(1)) or (nominal if nominal >= since else calendar.next_at(OVERDUE_HOUR, since))
    first_rung = LadderRung(key_of(1), moment, Purpose.OVERDUE, own=True, roles=("team_manager",))
    above = at_local(calendar.add_working_days(local_day(moment), DAYS_TO_SERVICE_MANAGER), OVERDUE_HOUR)
    escalation = LadderRung(key_of("escalation"), above, Purpose.ESCALATION, own=False, roles=("service_manager",))
    return [*_lists(plain, calendar, first_rung, told_at, now), escalation, first_rung]


def _begun(plain: Callable[[object], str], since: datetime, told_at: Mapping[str, datetime]) -> bool:
    """Whether the ladder is climbed for the first time, or was begun again by an older version, which had one only."""
    first_moment = told_at.get(plain(1))
    repeats = takewhile(lambda key: key in told_at, (plain(number) for number in count(2)))
    later = (told_at[key] for key in (*repeats, plain("escalation")) if key in told_at)
    return first_moment is None or first_moment >= since or any(moment >= since for moment in later)


def _again(obligation: Obligation, since: datetime) -> Callable[[object], str]:
    """What writes the keys of the steps of what is overdue again, since the withdrawal of a visit, say."""
    return lambda step: str(OverdueAgainRungKey(obligation.key, obligation.due_on, since, str(step)))


def _lists(
    key_of: Callable[[object], str], calendar: Calendar, first_rung: LadderRung, told_at: Mapping[str, datetime],
    now: datetime,
) -> Iterator[LadderRung]:  # fmt: skip
    """The weekly lists of this week and the next. In the week of the first message that message takes the list's place.

    A list that was missed on its day is caught up in its week, if the one of the week before was told or not needed.
    """
    week_of_first, today = monday_of(local_day(first_rung.moment)), local_day(now)
    begins = first_rung.key not in told_at
    if begins:
        yield _listed(key_of(week_of_first), first_rung.moment)
    for week in (monday_of(today), monday_of(today) + timedelta(weeks=1)):
        listed_on = calendar.week_begins(week)
        missed = listed_on < today and key_of(week - timedelta(weeks=1)) not in told_at
        if week > week_of_first and (begins or not missed):
            yield _listed(key_of(week), at_local(listed_on, OVERDUE_HOUR))


def _listed(key: str, moment: datetime) -> LadderRung:
    return LadderRung(key, moment, Purpose.OVERDUE, own=True, roles=("team_manager",), listed=True)


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
