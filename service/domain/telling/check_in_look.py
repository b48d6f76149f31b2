"""What the check-ins of a plan call for now: texts, answers to replies, and word to the workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from service.domain.calendar import Calendar, iso_local, local_day
from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.facts import Fact, Facts
from service.domain.telling.check_ins import (
    ANSWER_WITHIN,
    Round,
    answered,
    clear_visits,
    missed_in_a_row,
    moment_on,
    room_until,
    rounds,
    stopped_before,
    stops_of,
)
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell
from service.domain.telling.notices import initials_for, next_morning
from service.domain.telling.recipients import FALLBACK, Reach, Recipient
from service.domain.telling.records import LISTENING, Handed, Heard, Notice, Purpose, Withheld
from service.domain.telling.wording import day_text, moment_text

# So long after its time a conclusion may wait for us to hear; then the worker is told that it is we who cannot.
_DEAF_FOR = timedelta(hours=1)
# When to look again at what waits: soon where we have just heard, later where it lasts (whoever hears again calls).
_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=15)
_JUST_NOW = timedelta(minutes=5)


@dataclass(slots=True)
class CheckInResult:
    """Notices and withheld texts of now, ledger entries, and the moments at which to look again."""

    notices: list[Notice] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    seen: dict[str, datetime] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    again: list[datetime] = field(default_factory=list)


def look_at_check_ins(
    facts: Facts, calendar: Calendar, reach: Reach, seen: Mapping[str, datetime], told: Mapping[str, datetime],
    now: datetime, heard: Heard = LISTENING,
) -> CheckInResult:  # fmt: skip
    """Work out what a plan's check-ins and the replies to them call for at a moment."""
    looker = _Looker(facts, calendar, reach, seen, told, now, heard)
    looker.replies()
    for one in rounds(facts):
        looker.round(one)
    return looker.found


class _Looker:
    def __init__(
        self, facts: Facts, calendar: Calendar, reach: Reach, seen: Mapping[str, datetime],
        told: Mapping[str, datetime], now: datetime, heard: Heard,
    ) -> None:  # fmt: skip
        self.facts, self.calendar, self.reach, self.now = facts, calendar, reach, now
        self.seen, self.told, self.heard = seen, told, heard
        self.found = CheckInResult()

    # ---------------------------------------------------------------------------------------------------- replies

    def replies(self) -> None:
        for fact in self.facts.ever("check_in.replied"):
            key = f"reply|{self.facts.plan}|{fact.uid}"
            since = self._since(key)
            meaning = meaning_of(str(fact.get("text")))
            if meaning is ReplyMeaning.STOP and not stopped_before(fact, self.facts):
                self._tell_morning(f"{key}|stop", "check_in_stopped", fact, {}, since)
            if key in self.told or meaning is ReplyMeaning.OK:
                continue
            self.found.told[key] = since
            if meaning is not ReplyMeaning.STOP:
                self._alert(key, ("social_worker",), fact, meaning.value)
            if meaning is not ReplyMeaning.UNCLEAR:
                self._answer(key, fact, meaning)

    def _answer(self, key: str, fact: Fact, meaning: ReplyMeaning) -> None:
        """One neutral answer, to somebody who may be texted; the hour does not matter: they have just written."""
        person = str(fact.get("person"))
        verdict = may_tell(self.facts, person, "sms", self.now, answers=meaning is ReplyMeaning.STOP)
        if isinstance(verdict, Refused):
            self._withhold(key, person, "reply", verdict.reason)
        elif meaning is ReplyMeaning.STOP and stopped_before(fact, self.facts):
            return
        else:
            template = "reply_stop" if meaning is ReplyMeaning.STOP else "reply_call"
            self.found.notices.append(self._text(key, person, "reply", template, self._about(fact, person)))

    # ------------------------------------------------------------------------------------------------------ texts

    def round(self, one: Round) -> None:
        since = self._since(f"round|{one.started.uid}|{one.person}")
        today = local_day(self.now)
        sent: list[Handed] = []
        last_reason: str | None = None
        if self.facts.ended is not None:
            # With the plan its check-ins end: nothing is asked, and nobody is told of an answer that did not come.
            return
        for day in one.days_until(today):
            moment = self._day(one, day, since)
            key = one.key(day)
            if (asked := self._told(key)) is not None:
                last_reason = None
                self._follow_up(one, day, asked, sent)
            elif (reason := self._reason_on(one, day)) is not None:
                if reason != last_reason:
                    self._tell_withheld(one, day, reason, moment)
                last_reason = reason
        self._next(one, today)
        self._may_end(one)

    def _day(self, one: Round, day: date, since: datetime) -> datetime:
        """Send the day's text, or withhold it, once its moment has come; the moment."""
        person = self.facts.directory.persons.get(one.person)
        moment, has_room = moment_on(day, one.at, person)
        key = one.key(day)
        if moment < since or self._told(key) is not None or self._reason_on(one, day) is not None:
            return moment
        if moment > self.now:
            self.found.again.append(moment)
        elif not has_room:
            # Asked all the same: another reason comes before the window.
            verdict = may_tell(self.facts, one.person, "sms", self.now)
            self._hold_day(one, day, verdict.reason if isinstance(verdict, Refused) else Reason.OUTSIDE_WINDOW)
        elif self.now > room_until(day, person):
            self._hold_day(one, day, Reason.OUTDATED)
        else:
            self._ask(one, day)
        return moment

    def _ask(self, one: Round, day: date) -> None:
        verdict = may_tell(self.facts, one.person, "sms", self.now)
        if isinstance(verdict, Allowed):
            self.found.told[one.key(day)] = self.now
            about = self._about(one.started, one.person)
            text = self._text(one.key(day), one.person, "check_in", "check_in", about)
            until = room_until(day, self.facts.directory.persons.get(one.person))
            self.found.notices.append(replace(text, valid_until=until))
        else:
            self._hold_day(one, day, verdict.reason)

    def _hold_day(self, one: Round, day: date, reason: Reason) -> None:
        self.found.told[f"{one.key(day)}|withheld|{reason.value}"] = self.now
        self._withhold(one.key(day), one.person, "check_in", reason)

    def _reason_on(self, one: Round, day: date) -> str | None:
        return next((r.value for r in Reason if self._told(f"{one.key(day)}|withheld|{r.value}") is not None), None)

    def _tell_withheld(self, one: Round, day: date, reason: str, moment: datetime) -> None:
        if reason == Reason.OPTED_OUT and stops_of(one.person, self.facts):
            return
        words = {"reason": reason.replace("_", " "), "day": day_text(day)}
        self._tell_morning(f"{one.key(day)}|untold", "check_in_withheld", one.started, words, moment, one.person)

    def _next(self, one: Round, today: date) -> None:
        day = one.next_day(today)
        if day is not None:
            self.found.again.append(moment_on(day, one.at, self.facts.directory.persons.get(one.person))[0])

    # ------------------------------------------------------------------------------------------------- unanswered

    def _follow_up(self, one: Round, day: date, asked: datetime, sent: list[Handed]) -> None:
        """Conclude from silence once its two hours are over, counted from the hand-over, and we would have heard."""
        text = self.heard.texts.get(one.key(day), Handed(asked, asked))
        if text is None:
            self.found.again.append(self.now + _LATER)  # it is still on its way
            return
        sent.append(text)
        over = text.at + ANSWER_WITHIN
        if over > self.now:
            self.found.again.append(over)
        elif not answered(one.person, text, self.facts):
            self._silence(one, day, sent, over)

    def _silence(self, one: Round, day: date, sent: list[Handed], over: datetime) -> None:
        key = f"{one.key(day)}|missed"
        if key in self.told:
            return
        if self.heard.until is not None and self.heard.until < over:
            self._deaf(one, over, self.heard.until)
        elif missed_in_a_row(sent, one.person, self.facts, over) < 2:
            words = {"asked_at": moment_text(sent[-1].at)}
            self._tell_morning(key, "check_in_missed", one.started, words, over, one.person)
        else:
            self.found.told[key] = over
            self._alert(key, ("social_worker", "team_manager"), one.started, "missed", one.person)

    def _deaf(self, one: Round, over: datetime, until: datetime) -> None:
        """Wait until we can hear; where that lasts, say once that it is we who cannot, not they who do not answer."""
        self.found.again.append(self.now + (_SOON if self.now - until < _JUST_NOW else _LATER))
        key = f"deaf|{self.facts.plan}|{until.isoformat()}"
        if self.now < over + _DEAF_FOR:
            self.found.again.append(over + _DEAF_FOR)
        elif self._told(key) is None:
            self.found.told[key] = self.now
            self._alert(key, ("social_worker",), one.started, "unheard", one.person, over - ANSWER_WITHIN)

    def _may_end(self, one: Round) -> None:
        for visit in clear_visits(one.started, self.facts):
            key = f"may_end|{one.started.uid}|{visit.uid}"
            if one.ends_before is None and key not in self.found.told:
                self._tell_morning(key, "check_ins_may_end", one.started, {}, self._since(key), one.person)

    # -------------------------------------------------------------------------------------------------- who is told

    def _alert(
        self, key: str, roles: tuple[str, ...], fact: Fact, what: str, person: str | None = None,
        when: datetime | None = None,
    ) -> None:  # fmt: skip
        """Tell holders at once, by text and email, each once; `when` it was, where not now or at the fact's moment."""
        when = when or (self.now if person is not None else fact.moment or fact.time)
        reached: set[tuple[str, str]] = set()
        for role in roles:
            for to in self._urgent(role):
                if (to.person, to.channel) not in reached:
                    reached.add((to.person, to.channel))
                    about = self._about(fact, person or str(fact.get("person")))
                    context = {"what": what, "when": moment_text(when)}
                    name = f"{key}|{to.person}|{to.channel}"
                    self.found.notices.append(self._notice(name, to, "alert", "check_in_alert", about, context))

    def _urgent(self, role: str) -> list[Recipient]:
        for candidate in dict.fromkeys((role, *FALLBACK)):
            holder = self.facts.holder(candidate, self.now)
            if holder is None:
                self.reach.vacant(candidate)
            elif found := self.reach.urgent(role, holder):
                return found
        return []

    def _tell_morning(
        self, key: str, template: str, fact: Fact, words: Mapping[str, object], since: datetime,
        person: str | None = None,
    ) -> None:  # fmt: skip
        """Tell the social worker the next working morning."""
        moment = next_morning(self.calendar, since)
        if key in self.told:
            return
        if moment > self.now or not self.calendar.routine_hours(self.now):
            # A morning that has passed is caught up in working hours.
            self.found.again.append(max(moment, self.calendar.routine_from(self.now)))
            return
        self.found.told[key] = moment
        to = self.reach.routine("social_worker", self.facts.holder("social_worker", self.now), "notice")
        if to is not None:
            about = self._about(fact, person or str(fact.get("person")))
            self.found.notices.append(self._notice(f"{key}|{to.person}", to, "notice", template, about, words))

    def _notice(
        self, key: str, to: Recipient, purpose: Purpose, template: str, about: Mapping[str, object],
        words: Mapping[str, object],
    ) -> Notice:  # fmt: skip
        context = {"plan": self.facts.plan, "initials": initials_for(self.facts, to), "link": None, **words}
        return Notice(
            key, self.facts.plan, self.facts.authority, to.role, to.person, to.channel, purpose,
            purpose == "alert", (about,), template, context, self.now,
        )  # fmt: skip

    def _text(self, key: str, person: str, purpose: Purpose, template: str, about: Mapping[str, object]) -> Notice:
        known = self.facts.directory.persons[person]
        decision = known.decision
        context = {
            "sender": decision.sender_name if decision is not None else None,
            "plain": decision is not None and decision.wording == "plain",
        }
        return Notice(
            f"{key}|text", self.facts.plan, self.facts.authority, "network_member", person, "sms", purpose, False,
            (about,), template, context, self.now,
        )  # fmt: skip

    def _withhold(self, key: str, person: str, purpose: Purpose, reason: Reason) -> None:
        name = f"withheld|{self.facts.plan}|{key}|{reason.value}|{iso_local(self.now)}"
        self.found.withheld.append(Withheld(name, self.now, self.facts.plan, person, purpose, reason.value))

    def _about(self, fact: Fact, person: str) -> Mapping[str, object]:
        """Which check-ins, and whose: the newest agreement with that person, where it is about a reply."""
        if fact.type == "check_ins.started":
            return {"check_in": fact.id, "person": person}
        mine = [one.started.id for one in rounds(self.facts) if one.person == person]
        return {"check_in": mine[-1] if mine else None, "person": person}

    def _told(self, key: str) -> datetime | None:
        return self.found.told.get(key) or self.told.get(key)

    def _since(self, key: str) -> datetime:
        self.found.seen[key] = self.found.seen.get(key) or self.seen.get(key, self.now)
        return self.found.seen[key]
