"""What the check-ins of a plan call for now: texts, answers to replies, and word to the workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property

from notifications.message import Purpose
from service.domain.calendar import Calendar, local_day
from service.domain.events.event_types import WITHDRAWAL
from service.domain.facts import Facts
from service.domain.keys.ledger import (
    JoinedSeriesKey,
    MayEndKey,
    StepKey,
    WithheldCheckInKey,
)
from service.domain.telling.answers_look import AnswersLook
from service.domain.telling.asked_texts import (
    DueCheckIn,
    falling_on,
    first_refusal,
)
from service.domain.telling.check_in_messages import CheckInMessages, CheckInResult
from service.domain.telling.check_ins import (
    CheckInSeries,
    FellowPlan,
    check_in_series,
    clear_visits,
    moment_on,
    room_until,
)
from service.domain.telling.contact import Reason
from service.domain.telling.plan_replies import replies_of
from service.domain.telling.recipients import Reach
from service.domain.telling.records import LISTENING, Heard, Ledger
from service.domain.telling.reply_look import look_at_replies, tell_stops
from service.domain.telling.wording import day_text


def look_at_check_ins(
    facts: Facts,
    calendar: Calendar,
    reach: Reach,
    ledger: Ledger,
    now: datetime,
    heard: Heard = LISTENING,
    fellows: Sequence[FellowPlan] = (),
) -> CheckInResult:
    """Work out what a plan's check-ins and the replies to them call for at a moment.

    `fellows` are the other plans of the authority that check in with somebody of this one.
    """
    messages = CheckInMessages(facts, calendar, reach, ledger, now)
    look_at_replies(messages)
    stopped = tell_stops(messages)
    if facts.ended is None:  # with the plan they end: nothing is asked, and no silence is told
        by_person: dict[str, list[CheckInSeries]] = {}
        for series in check_in_series(facts):
            by_person.setdefault(series.person, []).append(series)
        for person, agreed in by_person.items():
            _Looker(messages, heard, fellows, person, agreed, stopped.get(person)).look()
    return messages.result


def asked_of(facts: Facts) -> object:
    """What check-ins follow from of a plan's facts, and what is known of people: the same is equal to itself alone.

    Whether somebody may be texted is asked when a text is due, and not of this.
    """
    return facts.derive_once(asked_of, lambda: _asked_of(facts))


def _asked_of(facts: Facts) -> tuple[object, ...]:
    started = facts.ever("check_ins.started")
    until_visits = any(getattr(fact.data, "until_visits", None) for fact in started)
    return (
        facts.directory.itself,
        facts.periods,
        _withdrawals(facts),
        tuple(started),
        tuple(facts.ever("check_ins.stopped")),
        replies_of(facts),
        tuple(facts.ever("visit.recorded")) if until_visits else (),
    )


def _withdrawals(facts: Facts) -> Sequence[str]:
    if len(facts.recorded) == len(facts.everything):  # each event is among the facts
        return ()
    return tuple(event.uid for event in facts.recorded if event.type == WITHDRAWAL)


class _Looker:
    """Looks at the check-ins of one person on the plan. `stopped`: the STOP of which the worker is told, if any."""

    def __init__(
        self, messages: CheckInMessages, heard: Heard, fellows: Sequence[FellowPlan], person: str,
        agreed: Sequence[CheckInSeries], stopped: datetime | None,
    ) -> None:  # fmt: skip
        self.messages, self.heard, self.fellows = messages, heard, fellows
        self.person, self.agreed, self.stopped = person, agreed, stopped
        self.facts, self.ledger, self.now = messages.facts, messages.ledger, messages.now
        self.recorded = self.facts.directory.persons.get(person)
        self.plans = (self.facts, *(fellow.facts for fellow in fellows))

    def look(self) -> None:
        """Go through the days of all agreements in order."""
        today = local_day(self.now)
        self.known_since = {series.key: self.messages.since(str(series.key)) for series in self.agreed}
        self.joined_since = {
            series.key: self.messages.since(str(JoinedSeriesKey(str(series.key))))
            for series in self.agreed
            if series.joined_on is not None
        }
        last_reason: str | None = None
        answers = AnswersLook(self.messages, self.heard, self.fellows, self.person, self.agreed)
        for series, day, key in self._days(today):
            asked_at = self.ledger.told.get(key)
            if asked_at is not None and answers.is_settled(key, asked_at):
                last_reason = None
                continue
            asked_at = self.messages.told_at(key)
            if asked_at is None and key not in self._withheld:
                self._day(*self._due(series, day))
                asked_at = self.messages.told_at(key)
            if asked_at is not None:
                last_reason = None
                answers.follow_up(key, asked_at)
            elif (reason := self._withheld.get(key)) is not None:
                if reason != last_reason:
                    self._tell_withheld(*self._due(series, day)[::2], reason)
                last_reason = reason
        answers.replies_elsewhere()
        for series in self.agreed:
            self._next(series, today)
            self._may_end(series)

    # ------------------------------------------------------------------------------------------------------ texts

    def _days(self, today: date) -> list[tuple[CheckInSeries, date, str]]:
        """The days of all agreements until today in order of their moments, each with the check-in's name."""
        days = [  # those before we learnt of an agreement were over then
            (series, day, name)
            for series in self.agreed
            for day, name in series.named_in(local_day(self.known_since[series.key]), today)
        ]
        if len(self.agreed) > 1:  # the days of one are in order already
            days.sort(key=lambda of: (moment_on(of[1], of[0].at, self.recorded)[0], of[0].order))
        return days

    def _due(self, series: CheckInSeries, day: date) -> tuple[DueCheckIn, bool, datetime]:
        """A day's check-in, whether that day has room for its text, and the text's moment."""
        moment, has_room = moment_on(day, series.at, self.recorded)
        return DueCheckIn(self.facts, series, series.key_on(day)), has_room, moment

    def _since(self, check_in: DueCheckIn) -> datetime:
        """Since when a check-in of this plan is known; one beside a newer agreement, since that is known too."""
        series, since = check_in.series, self.known_since[check_in.series.key]
        if series.joined_on is not None and check_in.key.day >= series.joined_on:
            return max(since, self.joined_since[series.key])
        return since

    def _day(self, check_in: DueCheckIn, has_room: bool, moment: datetime) -> None:
        """Send the day's text, or withhold it, once its moment has come."""
        if moment < self._since(check_in):
            return
        if moment > self.now:
            self.messages.result.again.append(moment)
            return
        together = self._together(moment)
        refusal = first_refusal(together, self.person, self.now)
        if not has_room:
            # Asked all the same: another reason comes before the window.
            self._hold_day(check_in, together, refusal or Reason.OUTSIDE_WINDOW)
        elif self.now > room_until(check_in.key.day, self.recorded):
            self._hold_day(check_in, together, Reason.OUTDATED)
        elif refusal is not None:
            self._hold_day(check_in, together, refusal)
        else:
            self._ask(check_in, together, moment)

    def _together(self, moment: datetime) -> list[DueCheckIn]:
        """All check-ins of the person that fall on this moment: those of other plans if known by then."""
        known_since = {fellow.facts.plan: fellow.ledger.seen for fellow in self.fellows}
        due = falling_on(moment, self.person, self.plans)
        return [
            check_in
            for check_in in due
            if check_in.facts is self.facts
            or known_since[check_in.facts.plan].get(str(check_in.series.key), self.now) <= moment
        ]

    def _ask(self, check_in: DueCheckIn, together: Sequence[DueCheckIn], moment: datetime) -> None:
        self.messages.result.told[str(check_in.key)] = self.now
        text = self.messages.asks(together, self.person, moment, room_until(check_in.key.day, self.recorded))
        if all(message.key != text.key for message in self.messages.result.messages):
            self.messages.result.messages.append(text)

    def _hold_day(self, check_in: DueCheckIn, together: Sequence[DueCheckIn], reason: Reason) -> None:
        """One record for the plan, whatever number of its agreements the text would have asked for."""
        self.messages.result.told[str(WithheldCheckInKey(str(check_in.key), reason.value))] = self.now
        self._withheld[str(check_in.key)] = reason.value
        on_this_plan = [due.key for due in together if due.facts is self.facts]
        if check_in.key == (on_this_plan or [check_in.key])[0]:
            self.messages.withhold(check_in.key, self.person, Purpose.CHECK_IN, reason)

    @cached_property
    def _withheld(self) -> dict[str, str]:
        """Why a check-in was not asked, by its key, for each that was not."""
        # All days of a year, each with any of the reasons, would be thousands of keys to write at each look.
        return {key.check_in: key.reason for key in WithheldCheckInKey.all_in(self.ledger.told)}

    def _tell_withheld(self, check_in: DueCheckIn, moment: datetime, reason: str) -> None:
        if reason == Reason.OPTED_OUT and self.stopped is not None and self.stopped <= moment:
            return
        words = {"reason": reason.replace("_", " "), "day": day_text(check_in.key.day)}
        untold = str(StepKey.untold(str(check_in.key)))
        self.messages.tell_morning(untold, "check_in_withheld", (check_in.series.about,), words, moment)

    def _next(self, series: CheckInSeries, today: date) -> None:
        day = series.next_day(today)
        if day is not None:
            self.messages.result.again.append(moment_on(day, series.at, self.recorded)[0])

    def _may_end(self, series: CheckInSeries) -> None:
        for visit in clear_visits(series.started, self.facts) if series.ends_before is None else ():
            key = str(MayEndKey(series.started.uid, visit.uid))
            if key not in self.messages.result.told:
                since = self.messages.since(key)
                self.messages.tell_morning(key, "check_ins_may_end", (series.about,), {}, since)
