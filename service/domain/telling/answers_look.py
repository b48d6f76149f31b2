"""Whether a person answered the texts that asked, on this plan and on all that ask together with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from service.domain.calendar import local_day
from service.domain.fact import Fact
from service.domain.keys.ledger import DeafKey, StepKey
from service.domain.telling.asked_texts import AskedText, asked_texts, missed_in_a_row, missed_since, text_answered
from service.domain.telling.check_in_messages import About, CheckInMessages
from service.domain.telling.check_ins import ANSWER_WITHIN, CheckInSeries, FellowPlan, answered
from service.domain.telling.plan_replies import replies_of
from service.domain.telling.records import Handed, Heard
from service.domain.telling.reply_look import replies_to_tell, tell_reply
from service.domain.telling.wording import moment_text

# So long after its time a conclusion may wait for us to hear; then the worker is told that it is we who cannot.
_DEAF_FOR = timedelta(hours=1)
# When to look again at what waits: soon where we have just heard, later where it lasts (whoever hears again calls).
_SOON, _LATER = timedelta(minutes=1), timedelta(minutes=15)
_JUST_NOW = timedelta(minutes=5)


@lru_cache(maxsize=1024)  # each look asks for that of every text which nobody answered
def _missed(name: str) -> str:
    return str(StepKey.missed(name))


class AnswersLook:
    """Looks at what one person answered, or did not, to the texts of one plan."""

    def __init__(
        self, messages: CheckInMessages, heard: Heard, fellows: Sequence[FellowPlan], person: str,
        agreed: Sequence[CheckInSeries],
    ) -> None:  # fmt: skip
        self.messages, self.heard, self.fellows = messages, heard, fellows
        self.person, self.agreed = person, agreed
        self.facts, self.ledger, self.now = messages.facts, messages.ledger, messages.now
        self.plans = (self.facts, *(fellow.facts for fellow in fellows))
        self.followed: set[Handed] = set()
        # Texts of whose hand-over nothing is known but when they were asked, and that are answered on this plan.
        self._answered: dict[str, datetime] = {} if heard.texts else replies_of(self.facts).answered
        self._over = self.now - ANSWER_WITHIN

    def is_settled(self, name: str, asked_at: datetime) -> bool:
        """Whether it was found before that a text is answered, and its two hours are over: then nothing follows."""
        return self._answered.get(name) == asked_at and asked_at <= self._over

    def follow_up(self, name: str, asked_at: datetime) -> None:
        """Conclude from silence once its two hours are over, counted from the hand-over, and we would have heard.

        `name`: the check-in's in the ledger.
        """
        sent = self.heard.texts.get(name, Handed(asked_at, asked_at))
        if sent is None:
            self.messages.result.again.append(self.now + _LATER)  # it is still on its way
        elif sent.at + ANSWER_WITHIN > self.now:
            self.messages.result.again.append(sent.at + ANSWER_WITHIN)
        elif sent not in self.followed:
            self.followed.add(sent)
            if answered(self.person, sent, self.facts):  # as nearly all texts are, on this plan
                self._answered[name] = sent.at
            else:
                self._silence(name, sent)

    @cached_property
    def _asked(self) -> Sequence[AskedText]:
        """What the person was asked until now, on all plans."""
        told_at = {**self.ledger.told, **self.messages.result.told}
        plans = [(self.facts, told_at), *((fellow.facts, fellow.ledger.told) for fellow in self.fellows)]
        return asked_texts(self.person, plans, self.heard.texts, self.now)

    @cached_property
    def _asked_by(self) -> Mapping[Handed, AskedText]:
        return {text.sent: text for text in self._asked}

    def _silence(self, name: str, sent: Handed) -> None:
        key, over = _missed(name), sent.at + ANSWER_WITHIN
        if key in self.ledger.told:
            return
        if text_answered(self._asked_by[sent], self.person, self.plans):
            return
        if self.heard.until is not None and self.heard.until < over:
            self._deaf(sent, over, self.heard.until)
        elif missed_in_a_row(self._asked, self.person, self.plans, over) < 2:
            words = {"asked_at": moment_text(sent.at)}
            since = missed_since(self._asked_by[sent], self.person, self.plans)
            self.messages.tell_morning(key, "check_in_missed", self._about(sent), words, since)
            self._told_of(sent, key)
        else:
            self.messages.result.told[key] = over
            roles = (self.messages.reach.policy.lead, "team_manager")
            self.messages.alert(key, roles, self._about(sent), "missed", self.now)
            self._told_of(sent, key)

    def _told_of(self, sent: Handed, key: str) -> None:
        """Where that silence was told, it was for each check-in of a text: one of its agreements may be withdrawn."""
        if (told_at := self.messages.result.told.get(key)) is not None:
            names = [name for series in self.agreed for name in self._asked_under(series, sent)]
            self.messages.result.told.update({_missed(name): told_at for name in names})

    def replies_elsewhere(self) -> None:
        """Tell of a reply on another plan to a text that asked for this one, too: it counts for each."""
        for fellow in self.fellows:
            for fact in replies_to_tell(self.messages, fellow.facts, self.person):
                if (text := self._answered_by(fact, fellow.facts.plan)) is not None:
                    tell_reply(self.messages, fellow.facts.plan, fact, self._about(text.sent))

    def _answered_by(self, reply: Fact, plan: str) -> AskedText | None:
        """The text that asked for a plan and for this one, and to which a reply on that plan is the answer."""
        when = reply.moment or reply.time
        ours = (text for text in self._asked if {plan, self.facts.plan} <= text.plans)
        return next((text for text in ours if text.sent.began <= when <= text.sent.at + ANSWER_WITHIN), None)

    def _about(self, sent: Handed) -> About:
        """The agreements of this plan for which a text asked."""
        spoken_for = [series for series in self.agreed if self._asked_under(series, sent)]
        return tuple(series.about for series in sorted(spoken_for, key=lambda series: series.order))

    def _asked_under(self, series: CheckInSeries, sent: Handed) -> list[str]:
        """The check-ins of an agreement for which a text asked; none: it did not ask for that agreement."""
        names = (str(series.key_on(day)) for day in (local_day(sent.began), local_day(sent.at)))
        return [
            name
            for name in names
            if (asked_at := self.messages.told_at(name)) is not None
            and self.heard.texts.get(name, Handed(asked_at, asked_at)) == sent
        ]

    def _deaf(self, sent: Handed, over: datetime, until: datetime) -> None:
        """Wait until we can hear; where that lasts, say once that it is we who cannot, not they who do not answer."""
        self.messages.result.again.append(self.now + (_SOON if self.now - until < _JUST_NOW else _LATER))
        key = str(DeafKey(self.facts.plan, until))
        if self.now < over + _DEAF_FOR:
            self.messages.result.again.append(over + _DEAF_FOR)
        elif self.messages.told_at(key) is None:
            self.messages.result.told[key] = self.now
            lead, when = self.messages.reach.policy.lead, over - ANSWER_WITHIN
            self.messages.alert(key, (lead,), self._about(sent), "unheard", when)
