"""What the check-ins of a plan call for now: texts, answers to replies, and word to the workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from notifications.message import Channel, Purpose
from service.domain.calendar import Calendar, local_day
from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import (
    CheckInKey,
    DeafKey,
    MayEndKey,
    ReplyKey,
    StepKey,
    WithheldCheckInKey,
)
from service.domain.telling.check_in_messages import CheckInMessages, CheckInResult
from service.domain.telling.check_ins import (
    ANSWER_WITHIN,
    CheckInSeries,
    answered,
    check_in_series,
    clear_visits,
    missed_in_a_row,
    moment_on,
    room_until,
    stopped_before,
    stops_of,
)
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell
from service.domain.telling.recipients import Reach
from service.domain.telling.records import LISTENING, Handed, Heard, Ledger
from service.domain.telling.wording import day_text, moment_text

# So long after its time a conclusion may wait for us to hear; then the worker is told that it is we who cannot.
_DEAF_FOR = timedelta(hours=1)
# When to look again at what waits: soon where we have just heard, later where it lasts (whoever hears again calls).
_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=15)
_JUST_NOW = timedelta(minutes=5)


def look_at_check_ins(
    facts: Facts, calendar: Calendar, reach: Reach, ledger: Ledger, now: datetime, heard: Heard = LISTENING
) -> CheckInResult:
    """Work out what a plan's check-ins and the replies to them call for at a moment."""
    looker = _Looker(CheckInMessages(facts, calendar, reach, ledger, now), heard)
    looker.replies()
    for series in check_in_series(facts):
        looker.series(series)
    return looker.messages.result


class _Looker:
    def __init__(self, messages: CheckInMessages, heard: Heard) -> None:
        self.messages, self.heard = messages, heard
        self.facts, self.ledger, self.now = messages.facts, messages.ledger, messages.now

    # ---------------------------------------------------------------------------------------------------- replies

    def replies(self) -> None:
        for fact in self.facts.ever("check_in.replied"):
            reply = ReplyKey(self.facts.plan, fact.uid)
            key = str(reply)
            since = self.messages.since(key)
            meaning = meaning_of(str(fact.get("text")))
            if meaning is ReplyMeaning.STOP and not stopped_before(fact, self.facts):
                self.messages.tell_morning(str(reply.stop), "check_in_stopped", fact, {}, since)
            if key in self.ledger.told or meaning is ReplyMeaning.OK:
                continue
            self.messages.result.told[key] = since
            if meaning is not ReplyMeaning.STOP:
                self.messages.alert(key, ("social_worker",), fact, meaning.value)
            if meaning is not ReplyMeaning.UNCLEAR:
                self._answer(reply, fact, meaning)

    def _answer(self, reply: ReplyKey, fact: Fact, meaning: ReplyMeaning) -> None:
        """One neutral answer, to somebody who may be texted; the hour does not matter: they have just written."""
        person = str(fact.get("person"))
        verdict = may_tell(self.facts, person, Channel.SMS, self.now, answers=meaning is ReplyMeaning.STOP)
        if isinstance(verdict, Refused):
            self.messages.withhold(reply, person, Purpose.REPLY, verdict.reason)
        elif meaning is ReplyMeaning.STOP and stopped_before(fact, self.facts):
            return
        else:
            template = "reply_stop" if meaning is ReplyMeaning.STOP else "reply_call"
            about = self.messages.about(fact, person)
            self.messages.result.messages.append(self.messages.text(reply, person, Purpose.REPLY, template, about))

    # ------------------------------------------------------------------------------------------------------ texts

    def series(self, series: CheckInSeries) -> None:
        """What the texts of one agreement with one person call for."""
        since = self.messages.since(str(series.key))
        today = local_day(self.now)
        sent: list[Handed] = []
        last_reason: str | None = None
        if self.facts.ended is not None:
            # With the plan its check-ins end: nothing is asked, and nobody is told of an answer that did not come.
            return
        for day in series.days_until(today):
            check_in = series.key_on(day)
            key = str(check_in)
            if self.messages.told_at(key) is None and self._withheld_for(key) is None:
                self._day(series, check_in, since)
            if (asked_at := self.messages.told_at(key)) is not None:
                last_reason = None
                self._follow_up(series, check_in, asked_at, sent)
            elif (reason := self._withheld_for(key)) is not None:
                if reason != last_reason:
                    self._tell_withheld(series, check_in, reason)
                last_reason = reason
        self._next(series, today)
        self._may_end(series)

    def _day(self, series: CheckInSeries, check_in: CheckInKey, since: datetime) -> None:
        """Send the day's text, or withhold it, once its moment has come."""
        person = self.facts.directory.persons.get(series.person)
        moment, has_room = moment_on(check_in.day, series.at, person)
        if moment < since:
            return
        if moment > self.now:
            self.messages.result.again.append(moment)
        elif not has_room:
            # Asked all the same: another reason comes before the window.
            verdict = may_tell(self.facts, series.person, Channel.SMS, self.now)
            self._hold_day(check_in, verdict.reason if isinstance(verdict, Refused) else Reason.OUTSIDE_WINDOW)
        elif self.now > room_until(check_in.day, person):
            self._hold_day(check_in, Reason.OUTDATED)
        else:
            self._ask(series, check_in)

    def _ask(self, series: CheckInSeries, check_in: CheckInKey) -> None:
        verdict = may_tell(self.facts, series.person, Channel.SMS, self.now)
        if isinstance(verdict, Allowed):
            self.messages.result.told[str(check_in)] = self.now
            about = self.messages.about(series.started, series.person)
            text = self.messages.text(check_in, series.person, Purpose.CHECK_IN, "check_in", about)
            until = room_until(check_in.day, self.facts.directory.persons.get(series.person))
            self.messages.result.messages.append(replace(text, valid_until=until))
        else:
            self._hold_day(check_in, verdict.reason)

    def _hold_day(self, check_in: CheckInKey, reason: Reason) -> None:
        self.messages.result.told[str(WithheldCheckInKey(str(check_in), reason.value))] = self.now
        self.messages.withhold(check_in, check_in.person, Purpose.CHECK_IN, reason)

    def _withheld_for(self, check_in: str) -> str | None:
        """Why a day's check-in was not asked, where that was so."""
        keys = {reason: str(WithheldCheckInKey(check_in, reason.value)) for reason in Reason}
        return next((reason.value for reason, key in keys.items() if self.messages.told_at(key) is not None), None)

    def _tell_withheld(self, series: CheckInSeries, check_in: CheckInKey, reason: str) -> None:
        if reason == Reason.OPTED_OUT and stops_of(series.person, self.facts):
            return
        words = {"reason": reason.replace("_", " "), "day": day_text(check_in.day)}
        moment, _ = moment_on(check_in.day, series.at, self.facts.directory.persons.get(series.person))
        untold = str(StepKey.untold(str(check_in)))
        self.messages.tell_morning(untold, "check_in_withheld", series.started, words, moment, series.person)

    def _next(self, series: CheckInSeries, today: date) -> None:
        day = series.next_day(today)
        if day is not None:
            moment, _ = moment_on(day, series.at, self.facts.directory.persons.get(series.person))
            self.messages.result.again.append(moment)

    # ------------------------------------------------------------------------------------------------- unanswered

    def _follow_up(self, series: CheckInSeries, check_in: CheckInKey, asked_at: datetime, sent: list[Handed]) -> None:
        """Conclude from silence once its two hours are over, counted from the hand-over, and we would have heard."""
        text = self.heard.texts.get(str(check_in), Handed(asked_at, asked_at))
        if text is None:
            self.messages.result.again.append(self.now + _LATER)  # it is still on its way
            return
        sent.append(text)
        over = text.at + ANSWER_WITHIN
        if over > self.now:
            self.messages.result.again.append(over)
        elif not answered(series.person, text, self.facts):
            self._silence(series, check_in, sent, over)

    def _silence(self, series: CheckInSeries, check_in: CheckInKey, sent: list[Handed], over: datetime) -> None:
        key = str(check_in.missed)
        if key in self.ledger.told:
            return
        if self.heard.until is not None and self.heard.until < over:
            self._deaf(series, over, self.heard.until)
        elif missed_in_a_row(sent, series.person, self.facts, over) < 2:
            words = {"asked_at": moment_text(sent[-1].at)}
            self.messages.tell_morning(key, "check_in_missed", series.started, words, over, series.person)
        else:
            self.messages.result.told[key] = over
            self.messages.alert(key, ("social_worker", "team_manager"), series.started, "missed", series.person)

    def _deaf(self, series: CheckInSeries, over: datetime, until: datetime) -> None:
        """Wait until we can hear; where that lasts, say once that it is we who cannot, not they who do not answer."""
        self.messages.result.again.append(self.now + (_SOON if self.now - until < _JUST_NOW else _LATER))
        key = str(DeafKey(self.facts.plan, until))
        if self.now < over + _DEAF_FOR:
            self.messages.result.again.append(over + _DEAF_FOR)
        elif self.messages.told_at(key) is None:
            self.messages.result.told[key] = self.now
            self.messages.alert(key, ("social_worker",), series.started, "unheard", series.person, over - ANSWER_WITHIN)

    def _may_end(self, series: CheckInSeries) -> None:
        for visit in clear_visits(series.started, self.facts):
            key = str(MayEndKey(series.started.uid, visit.uid))
            if series.ends_before is None and key not in self.messages.result.told:
                since = self.messages.since(key)
                self.messages.tell_morning(key, "check_ins_may_end", series.started, {}, since, series.person)
